"""Whether a table really is one of questions to answer, not of prices, terms or tasks."""

import re

from rfp_manager.importing.columns import STRONG_LABEL, WEAK_LABEL, Mapping, Profile
from rfp_manager.importing.headers import Header
from rfp_manager.importing.words import ANSWER, COMMENT, OTHER, QUESTION, SECTION, is_price_label

MIN_NAMED = 4
_SCHEDULE = re.compile(
    r"^\W*(due|deadlines?|start|end|finish|duration|milestones?|tasks?|activit(y|ies)|actions?|"
    r"deliverables?|serial|e-?mail|phone|signature|signed|speaker|attendees?|participants?|"
    r"responsible|assigned to|termin|aufgabe|beginn|ende|frist|unterschrift|teilnehmer|telefon|"
    r"échéance|tâche|début|fin|responsable|tarea|inicio|plazo|firma|asset|invoice|account|"
    r"first name|last name|surname|names?|steps?|planned|done|who|until|vorname|"
    r"nachname|nom|nombre|version|author)\b",
    re.IGNORECASE,
)
# Titles of lists in which a company keeps its own things.
_RECORD = re.compile(
    r"^\W*(assets?\b|serial n|field name|data ?type|test (case|step)|expected result|isbn|"
    r"publisher|drawing|employee n|inventory|stock\b|trainer|ticket\b)",
    re.IGNORECASE,
)
# One of these alone titles a column of an agenda.
_AGENDA = re.compile(
    r"(time|lead|speakers?|presenters?|moderator|duration|uhrzeit|zeit|referent(in)?|dauer|heure|"
    r"durée|intervenants?|hora|ponente|duración|orario|relatore|durata|tijd|spreker|duur)",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"(answers?|response|reply|antwort(en)?|réponses?|respuestas?|rispost[ae]) "
    r"(of|by|from|der|des|durch|du|de|del|della)\b"
)
WEAK_TITLE = 3.2  # more than "description" or "item"
MIN_SENTENCE = 5.0  # words on average
CERTAIN_ANSWER = 5.3  # the word makes up a third of the title or more
RULES_ONLY = 0.25  # less than that asks nobody: the rest are rules
OFFERED = ("offered", "angeboten", "proposed")
SURE_ANSWER = 5.0  # "answer", "response", "reply", not "status" or "value"


def is_convincing(
    mapping: Mapping, header: Header | None, *, strict: bool, marked: bool = False
) -> bool:
    """Whether the columns of `mapping` are those of a questionnaire; `marked` says that the
    room for answers is plain to see although no title names it."""
    if header is None:
        shown = _is_open(mapping) or (_is_picked(mapping) and not strict)
        return shown or _asks_plainly(mapping, strict=strict, marked=marked)
    if _is_no_price_sheet(mapping, header) and _awaits_answers(mapping, header):
        return True
    if is_ruled_out(mapping, header):
        return False
    return _asks_under_titles(mapping, header) or leaves_room(mapping, header)


def is_ruled_out(mapping: Mapping, header: Header) -> bool:
    """Whether the titles say that it is something else: prices, results, definitions."""
    if _is_no_price_sheet(mapping, header) and _awaits_answers(mapping, header):
        return False
    if _is_priced(mapping, header) or _is_done(mapping, header) or _is_answered(mapping, header):
        return True
    told = header.labels.get(mapping.question)
    if told is None or told.role != OTHER:
        return False
    # Definitions and guidance may sound like requirements; "Evaluation criteria" may ask.
    asked = mapping.profiles[mapping.question].questions >= 0.5
    return not (asked and header.weight(mapping.answer, ANSWER) >= STRONG_LABEL)


def _asks_plainly(mapping: Mapping, *, strict: bool, marked: bool) -> bool:
    """Without titles the texts themselves must ask, and there must be room beside them."""
    asked = mapping.profiles[mapping.question]
    count = round(asked.asking * asked.filled)
    beside = mapping.profiles.get(mapping.question + 1, Profile())
    marked = marked or mapping.answer_found
    elsewhere = beside.numbers > 0.5 or mapping.answer < mapping.question
    if beside.fill_share > 0.7 and not (marked or elsewhere):
        return False
    # "The supplier shall ..." alone is a contract; among questions it is a requirement.
    if not marked and asked.questions < RULES_ONLY:
        return False
    return asked.asking >= (0.6 if strict else 0.5) and count >= (3 if strict else 2)


def _is_priced(mapping: Mapping, header: Header) -> bool:
    """Whether the columns are those of a price sheet, with nothing to say in words."""
    asked = mapping.profiles[mapping.question]
    title = header.texts.get(mapping.answer, "")
    worded = mapping.answer_found and not is_price_label(title)
    return header.prices >= 2 and (asked.asking < 0.5 or not worded)


def _is_no_price_sheet(mapping: Mapping, header: Header) -> bool:
    """Prices beside "Minimum specification | Offered specification" are asked besides."""
    asked = header.weight(mapping.question, QUESTION) >= WEAK_TITLE
    worded = not is_price_label(header.texts.get(mapping.answer, ""))
    return header.prices < 2 or (asked and worded and _is_offered(mapping, header))


def _is_done(mapping: Mapping, header: Header) -> bool:
    """Whether everything is filled in already: results, or a list of tasks with their status."""
    answer = mapping.profiles.get(mapping.answer, Profile())
    if answer.fill_share < 0.9 or answer.choices or mapping.ticking:
        return answer.fill_share >= 0.9 and answer.numbers >= 0.9 and not answer.choices
    if any(header.weight(c, COMMENT) and not mapping.profiles[c].filled for c in mapping.profiles):
        return False
    if answer.fill_share >= 0.9 and answer.words >= 2 and is_schedule(header):
        return True  # findings with the response of the management and the date it is due
    named = header.weight(mapping.question, QUESTION) >= STRONG_LABEL
    sure = header.weight(mapping.answer, ANSWER) >= SURE_ANSWER
    return answer.numbers >= 0.9 or not (named or sure)


def _is_answered(mapping: Mapping, header: Header) -> bool:
    """Whether the buyer has answered everything ("Answer of the authority") and nobody else may."""
    given = [c for c in header.columns(OTHER) if _GIVEN.match(header.labels[c].word)]
    filled = any(mapping.profiles.get(c, Profile()).fill_share >= 0.9 for c in given)
    return filled and not mapping.answer_found


def _asks_under_titles(mapping: Mapping, header: Header) -> bool:
    asked = mapping.profiles[mapping.question]
    told = header.labels.get(mapping.question)
    label = header.weight(mapping.question, QUESTION)
    if told and told.role in (SECTION, ANSWER) and asked.speaks:
        label = WEAK_LABEL
    if told is None and asked.speaks:
        label = _of_group(mapping, header)
    answer = max(header.weight(mapping.answer, ANSWER), 5 * (_best_choices(mapping) > 0))
    if label >= STRONG_LABEL:
        return mapping.answer_found or asked.asking >= 0.4
    if not mapping.answer_found and asked.questions < RULES_ONLY:
        return False  # "Clause | Text" with rules only is a contract
    if label:
        # "Response | Description" with every response given is a legend, not a form.
        room = mapping.profiles.get(mapping.answer, Profile()).fill_share < 0.5
        sure = answer >= SURE_ANSWER and room and (asked.asking >= 0.2 or asked.words >= 4)
        return sure or (mapping.answer_found and asked.asking >= 0.5)
    count = round(asked.asking * asked.filled)
    return asked.asking >= 0.4 and (mapping.answer_found or count >= 2)


def _of_group(mapping: Mapping, header: Header) -> float:
    """How sure the title of a column is whose cells group the rows: "Practices" holds for
    the "Tasks" beside it."""
    left = [(c, p) for c, p in mapping.profiles.items() if c < mapping.question]
    tall = [c for c, p in left if p.merged >= 0.3 or p.fill_share <= 0.5]
    return max((header.weight(c, QUESTION) for c in tall), default=0.0)


def _is_open(mapping: Mapping) -> bool:
    """Whether the sheet's protection leaves the answers to write and locks what is asked."""
    asked, answer = mapping.profiles[mapping.question], mapping.profiles.get(mapping.answer)
    locked = asked.unlocked < 0.1 and asked.filled >= 3
    return locked and answer is not None and answer.unlocked >= 0.5


def _is_picked(mapping: Mapping) -> bool:
    """Whether different things are named, each beside a list to pick from that is still open."""
    asked, answer = mapping.profiles[mapping.question], mapping.profiles.get(mapping.answer)
    named = asked.filled >= MIN_NAMED and asked.unique >= 0.9 and asked.words >= 1.5
    return named and answer is not None and answer.choices >= 0.7 and answer.fill_share < 0.5


def _awaits_answers(mapping: Mapping, header: Header) -> bool:
    """Whether different things are named and the place for answers to them is still empty."""
    asked = mapping.profiles[mapping.question]
    certain = header.weight(mapping.answer, ANSWER) >= CERTAIN_ANSWER
    certain = certain or _is_offered(mapping, header) or (bool(mapping.ticking) and asked.speaks)
    if not certain and (not header.weight(mapping.question, QUESTION) or header.prices):
        return False
    if not certain and any(_RECORD.search(text) for text in header.texts.values()):
        return False
    empty = mapping.profiles.get(mapping.answer, Profile()).fill_share < 0.2
    marked = certain or len(mapping.ticks) >= 2 or (mapping.answer_found and asked.words >= 4)
    return marked and empty and asked.filled >= 3 and asked.unique >= 0.8


def leaves_room(mapping: Mapping, header: Header) -> bool:
    """Whether things are named row by row and a titled column beside them is empty throughout,
    although none of the titles is known."""
    asked, answer = mapping.profiles[mapping.question], mapping.profiles.get(mapping.answer)
    title = header.texts.get(mapping.answer, "")
    if answer is None or not title or is_price_label(title) or is_schedule(header):
        return False
    if header.prices > 1:
        return False
    named = asked.filled >= MIN_NAMED and asked.unique >= 0.9 and asked.words >= 1.5
    empty = answer.fill_share <= 0.05 or answer.choices >= 0.5
    other = any(label.role == OTHER and c == mapping.answer for c, label in header.labels.items())
    return named and empty and not other and asked.numbers < 0.2 and _hints(mapping, header)


def _hints(mapping: Mapping, header: Header) -> bool:
    """Whether anything beyond empty cells tells a form from a list kept for other ends: one known
    title, sentences rather than names, or cells made to choose or to write in."""
    asked, answer = mapping.profiles[mapping.question], mapping.profiles[mapping.answer]
    titled = header.weight(mapping.question, QUESTION) >= WEAK_TITLE
    titled = titled or header.weight(mapping.answer, ANSWER) >= WEAK_LABEL
    made = answer.choices >= 0.5 or answer.unlocked >= 0.5
    return titled or made or asked.words >= MIN_SENTENCE or asked.asking >= 0.2


def is_agenda(titles: list[str]) -> bool:
    """Whether a first row reads "Time | Topic | Speaker"."""
    return len(titles) >= 2 and any(_AGENDA.fullmatch(title.strip(" :")) for title in titles)


def is_schedule(header: Header) -> bool:
    """Whether its titles are those of a plan, a register or a list of people."""
    return any(_SCHEDULE.search(t) or _RECORD.search(t) for t in header.texts.values())


def _is_offered(mapping: Mapping, header: Header) -> bool:
    """Whether the title asks for what is offered, so that short names are asked for, too."""
    label = header.labels.get(mapping.answer)
    return label is not None and label.role == ANSWER and label.word.startswith(OFFERED)


def _best_choices(mapping: Mapping) -> float:
    return mapping.profiles[mapping.answer].choices if mapping.answer in mapping.profiles else 0.0
