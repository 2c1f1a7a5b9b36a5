"""The parts of a question, and whether an answer speaks to each of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llm_manager.providers.builtin.asking import Kind, kind_of
from llm_manager.providers.builtin.words import guess_language, same_language, terms
from rfp_manager.facts import CODE, NAME, all_counting_words, figures
from rfp_manager.rhythms import rhythms

#: Items of a list within a question: "(a)", "b)", "ii.", "3.", or a bullet.
ITEM = re.compile(
    r"(?:(?<=\s)|\A|\n)(?:\((?:[a-h]|[ivx]{1,4}|\d{1,2})\)|(?:[a-h]|[ivx]{1,4}|\d{1,2})[.)](?=\s)"
    r"|[•▪–-](?=\s))\s*",
)
#: Where a second question begins inside of a sentence.
SECOND = re.compile(
    r",?\s+(?:and|as well as|und|sowie|et|y|e)\s+(?=(?:how|what|which|who|whom|where|when|why"
    r"|whether|wie|was|welche\w*|wer|wo|wann|warum|ob|comment|quel\w*|qui|où|quand|pourquoi|si"
    r"|cómo|qué|cuál\w*|quién\w*|dónde|cuándo|come|quali?|chi|dove)\b)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[?？])\s+|(?<=[a-z)]\.)\s+(?=[A-ZÄÖÜÉ])")
TIME_UNIT = re.compile(r"sec|min|hou|day|wee|mon|qua|yea")
#: A part whose words the answer holds fewer of is not spoken to.
SPOKEN = 0.25
#: Of two parts that are told apart by fewer words nothing can be said.
TELLING = 2
#: What also says how long, how often, when: without a figure.
SAID = {
    "how long": r"until|unlimited|indefinite\w*|permanent\w*|immediate\w*|at once|as long as|never"
    r"|real[ -]time|not (?:kept|stored|retained)|unbegrenzt|dauerhaft|sofort|solange|bis"
    r"|immédiat\w*|illimité\w*|jusqu\w*|inmediat\w*|indefinid\w*|hasta",
    "how often": r"continu\w+|regular\w*|on demand|each|every|whenever|after|never|always"
    r"|real[ -]time"
    r"|ad hoc|laufend|ständig|jede\w*|nach|nie|en continu|chaque|toujours|jamais|continu\w*"
    r"|cada|siempre|nunca|once|permanent\w*",
    "when": r"before|after|within|once|as soon as|immediate\w*|during|until|since|today|already"
    r"|vor|nach|seit|sofort|sobald|avant|après|depuis|dès|antes|después|desde|cuando",
    "how many": r"none|no|all|every|single|several|kein\w*|alle|aucune?|tous|ningun\w*|todos"
    r"|un[oa]?"
    r"|one|ein\w*|unlimited|unbegrenzt",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One thing that is asked, and of which sort it is."""

    text: str
    kind: Kind


def parts_of(question: str) -> list[Part]:
    """What a question asks for, in order; itself where it asks for one thing."""
    found = [Part(text, kind_of(text)) for text in _pieces(question)]
    # "Our policy is this." before a question asks nothing.
    asking = [p for p in found if p.kind != "statement"] or found
    return asking or [Part(question.strip(), kind_of(question))]


def _pieces(question: str) -> Iterator[str]:
    items = list(ITEM.finditer(question))
    if len(items) < 2:
        for sentence in SENTENCE.split(question):
            yield from _clauses(sentence)
        return
    lead = question[: items[0].start()].strip(" :\n")
    ends = [item.start() for item in items[1:]] + [len(question)]
    for item, end in zip(items, ends, strict=True):
        text = question[item.end() : end].strip(" ,;\n")
        if text:
            yield text if kind_of(text) != "statement" else f"{lead} {text}".strip()


def _clauses(sentence: str) -> Iterator[str]:
    for clause in SECOND.split(sentence):
        if len(clause.split()) > 1:
            yield clause.strip()


def unanswered(question: str, answer: str) -> list[Part]:
    """The parts that the answer says nothing to. In doubt a part counts as answered."""
    parts = parts_of(question)
    missing = [part for part in parts if _lacks_its_sort(part, answer)]
    if len(parts) > 1 and same_language(question, answer):
        missing += [p for p in _unspoken(parts, answer) if p not in missing]
    return [part for part in parts if part in missing]


def _lacks_its_sort(part: Part, answer: str) -> bool:
    """“How long” without any time in the answer, “how many” without a number, and so on."""
    has_figure = bool(next(figures(answer), None) or next(all_counting_words(answer), None))
    if part.kind == "how long":
        timed = any(TIME_UNIT.match(f.unit) for f in figures(answer) if f.unit)
        counted = any(TIME_UNIT.match(f.unit) for f in all_counting_words(answer) if f.unit)
        return not (timed or counted or _says(part.kind, answer) or rhythms(answer))
    if part.kind == "how often":
        return not (rhythms(answer) or _says(part.kind, answer))
    if part.kind in ("when", "how many"):
        return not (has_figure or rhythms(answer) or _says(part.kind, answer))
    return False


def _says(kind: str, answer: str) -> bool:
    return bool(re.search(rf"(?<!\w)(?:{SAID[kind]})(?!\w)", answer, re.IGNORECASE))


def _unspoken(parts: list[Part], answer: str) -> Iterator[Part]:
    """Parts of whose own words, which no other part has, the answer has next to none."""
    language = guess_language(answer)
    said = set(terms(answer, language))
    words = [set(terms(part.text, language)) for part in parts]
    for part, own in zip(parts, words, strict=True):
        telling = own - set[str]().union(*(w for w in words if w is not own))
        of_a_person = part.kind in ("who", "where") and (CODE.search(answer) or NAME.search(answer))
        enough = len(telling) >= TELLING and len(telling & said) < SPOKEN * len(telling)
        if enough and not of_a_person and not _has_its_sort(part, answer):
            yield part


def _has_its_sort(part: Part, answer: str) -> bool:
    return part.kind in SAID and not _lacks_its_sort(part, answer)
