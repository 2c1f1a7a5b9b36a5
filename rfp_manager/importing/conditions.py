"""Questions that only apply after another one's answer: "If yes, please describe"."""

import re

from rfp_manager.importing.types import FoundQuestion

_YES = r"(yes|so|ja|oui|sí|si|sì|sim|tak|ano|да|نعم)"
_NO = r"(no|not|nein|non|não|nie|nee|ne|нет|لا)"
_APPLIES = (
    r"(applicable|any(?=\W*[,:;?]|$)|relevant|available|zutreffend|vorhanden|"
    r"le cas échéant|aplica|"
    r"aplicable|procede|applicabile|van toepassing|aplicável|dotyczy|partial(ly)?|other)"
)
_IF = (
    r"(if|where|when|wenn|falls|sofern|si|en caso|se|in caso|indien|zo|caso|em caso|jeśli|pokud|"
    r"если)"
)
_DEPENDS = re.compile(
    rf"^\W*(?P<word>{_IF}( (the |your |you )?(answer(ed)?|response|antwort|réponse|respuesta|"
    rf"risposta|antwoord|resposta|odpowied\w+)( \w+){{0,3}}?| affirmati\w+| negati\w+| de| di)?"
    rf"\W{{1,3}}({_YES}|{_NO}|{_APPLIES}))(?!\w)|"
    r"^\W*(?P<other>following on from (the )?(above|previous)|le cas échéant|ggf\.|gegebenenfalls|"
    r"(ある|あり|はい)の?場合|如(果)?(是|有|否))",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    rf"^\W*{_IF}( you answered)?\W{{1,3}}({_YES}|{_NO})[\"'”’]?\s+"
    r"(to|in|for|zu|bei|bij|à|a|alla|op)\s+(question |q\.? ?|frage |item |no\.? ?|nr\.? ?)?"
    r"[\"'“]?(?P<number>[A-Za-z]{0,6}[-.]?\d[\w.\-]*)",
    re.IGNORECASE,
)
_TAIL = re.compile(r"^(?P<stem>.*\d)[.\-_]?\(?(?P<letter>[a-z]|[ivx]{1,4})\)?[.)]?$", re.IGNORECASE)


def condition_of(text: str) -> str:
    """The words with which the question says when it applies, or ""."""
    elsewhere = _ELSEWHERE.match(text)
    if elsewhere:
        return _tidy(elsewhere[0])
    match = _DEPENDS.match(text)
    return _tidy(match["word"] or match["other"]) if match else ""


def _tidy(words: str) -> str:
    return " ".join(words.split()).strip(" ,;:-–(\"'“”")


def link_conditions(questions: list[FoundQuestion]) -> None:
    """Set `condition` and `parent` (an ordinal) of each question that follows from another."""
    by_number: dict[tuple[str, str], int] = {}
    open_parent: FoundQuestion | None = None
    for question in questions:
        sheet, number = question.place.sheet, _plain(question.number)
        question.condition = condition_of(_without_number(question))
        question.parent = _named_parent(question, by_number) or _lettered(question, by_number)
        near = open_parent and open_parent.place.sheet == sheet
        same = open_parent is not None and open_parent.section == question.section
        if question.condition and question.parent is None and open_parent and near and same:
            question.parent = open_parent.ordinal
        if not question.condition:
            open_parent = question
        if number:
            by_number.setdefault((sheet, number), question.ordinal)


def _without_number(question: FoundQuestion) -> str:
    text = question.text.lstrip()
    return text.removeprefix(question.number) if question.number else text


def _plain(number: str) -> str:
    return number.strip(" .:()").lower()


def _named_parent(question: FoundQuestion, known: dict[tuple[str, str], int]) -> int | None:
    """ "If yes to 4.2, ..." names the question it depends on."""
    match = _ELSEWHERE.match(_without_number(question))
    return known.get((question.place.sheet, _plain(match["number"]))) if match else None


def _lettered(question: FoundQuestion, known: dict[tuple[str, str], int]) -> int | None:
    """3.1.a and 3.1a come after 3.1."""
    match = _TAIL.match(_plain(question.number))
    if not match:
        return None
    return known.get((question.place.sheet, match["stem"].strip(" .-_")))
