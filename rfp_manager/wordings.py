"""Turns of a statement against the sentence it comes from: “at least” that became “at most”,
“may” that became “must”, what was planned and is now said to be done, and who does it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llm_manager.providers.builtin.polarity import nearest_clause
from llm_manager.providers.builtin.words import terms
from rfp_manager.facts import counting_words, figures

#: (kind, start, end) in characters of the statement; the whole of it where words are missing.
Turn = tuple[str, int, int]
#: Characters between "at least" and the figure it belongs to.
REACH = 28
#: Whoever is named so early in a sentence does what it says.
SUBJECT = 12
#: Shares of words: of a statement and the sentence, or the clause, that it comes from.
ALIGNED, CLAUSE = 0.6, 0.8

LEAST = (
    r"at least|at a minimum|minimum|min\.|no(?:t)? (?:less|fewer|earlier|sooner|shorter) than"
    r"|more than|over|above|longer than|older than|exceed\w*|mindestens|wenigstens|mehr als|über"
    r"|länger als|nicht weniger als|frühestens|au moins|au minimum|plus de|al menos|como mínimo"
    r"|mínimo|más de|por lo menos|almeno|pelo menos|minstens"
)
MOST = (
    r"at most|maximum|max\.|up to|no(?:t)? (?:more|later|longer|older|greater) than|less than"
    r"|fewer than|under|below|within|shorter than|höchstens|maximal|bis zu|weniger als|unter"
    r"|innerhalb|binnen|spätestens|nicht (?:mehr|später|länger) als|au plus|au maximum"
    r"|jusqu['’]à|moins de|dans un délai|como máximo|máximo|hasta|menos de|en un plazo|al massimo"
    r"|entro|no máximo|hoogstens"
)
BEFORE = r"before|prior to|ahead of|vor|bevor|avant|antes de|prima di|voor"
AFTER = r"after|(?<!the )following(?! \w+:)(?!:)|nach|nachdem|après|después de|tras|dopo|depois de"
BOUND = re.compile(
    rf"(?<!\w)(?:(?P<most>{MOST})|(?P<least>{LEAST})|(?P<before>{BEFORE})|(?P<after>{AFTER}))(?!\w)"
    r"|(?P<back_least>\bor (?:more|higher|later|above|longer|newer|better)\b|\bat the earliest\b"
    r"|\boder (?:höher|mehr|neuer)\b)"
    r"|(?P<back_most>\bor (?:less|fewer|lower|earlier)\b|\bat the latest\b)",
    re.IGNORECASE,
)
OPPOSITE = {
    "least": {"most"}, "most": {"least", "after"}, "before": {"after"}, "after": {"before", "most"}
}  # fmt: skip
MODALS = {
    # Not the month.
    "may": r"(?<!\d )may(?! \d)|can|cannot|might|could|allows?|optional(?:ly)?|allowed|permitted"
    r"|voluntary|kann|können|darf"
    r"|dürfen|freiwillig\w*|optional\w*|peut|peuvent|facultati\w+|puede\w*|opcional\w*|può"
    r"|possono|pode\w*|kunnen",
    "must": r"must|shall|required|requires?|mandatory|obliged|obligatory|compulsory|ha(?:ve|s) to"
    r"|needs?|muss|müssen|verpflicht\w+|vorgeschrieben\w*|zwingend|doit|doivent|obligatoires?"
    r"|exigée?s?|debe|deben|obligatori[oa]s?|exigid[oa]s?|deve|devono|devem|moeten",
    "should": r"should|recommend\w*|soll(?:te|ten|en)?|empfohlen\w*|devrai\w+|recommandée?s?"
    r"|debería\w*|recomendad[oa]s?|dovrebbe\w*|deveria\w*",
}
PLANNED = re.compile(
    r"\b(?:planned|plans? to|roadmap|will (?:be|become)|going to|scheduled|intend(?:s|ed)?"
    r"|in progress|under ?way|in preparation|geplant\w*|vorgesehen\w*|in Vorbereitung|prévue?s?"
    r"|planifiée?s?|en cours|seront|sera|previst[oa]s?|planificad[oa]s?|en curso|será|serán)\b",
    re.IGNORECASE,
)
ROLES = {
    "customer": r"(?:customer|client|tenant|buyer)s?(?!['’]?s? (?:data|content|information|records"
    r"|support|service|environment|portal|success))|controller|you|kunden?|auftraggeber\w*"
    r"|clients?|clientes?",
    "provider": r"we|us|our|provider|vendor|supplier|processor|wir|uns|unser\w*|anbieters?"
    r"|auftragnehmers?|dienstleisters?|nous|notre|nos|fournisseurs?|prestataires?|nosotros"
    r"|nuestr[oa]s?|proveedor(?:es)?",
}
BY = re.compile(r"\b(?:by|durch|von|vom|par|por)\b", re.IGNORECASE)


def _classes(table: dict[str, str]) -> re.Pattern[str]:
    named = "|".join(f"(?P<{name}>{words})" for name, words in table.items())
    return re.compile(rf"(?<![\w-])(?:{named})(?!\w)", re.IGNORECASE)


MODAL, ROLE = _classes(MODALS), _classes(ROLES)


@dataclass(frozen=True)
class Bound:
    """A comparison ("at least") and what it is bound to: a figure, or the next word."""

    side: str
    start: int
    end: int
    anchors: frozenset[str]


def turned(statement: str, sources: Sequence[str], language: str, *, copy: bool) -> Iterator[Turn]:
    """What the statement turns round. `copy`: it says nearly all that its sources say, so that
    every word of theirs counts."""
    yield from _comparisons(statement, sources, language)
    for source in sources if copy else _clauses(statement, sources, language):
        if _share(statement, source, language) >= ALIGNED:
            yield from _moved("comparison", BOUND, statement, source)
            yield from _modality(statement, source)
            yield from _responsibility(statement, source)
            break


def _clauses(statement: str, sources: Sequence[str], language: str) -> Iterator[str]:
    """The clauses of longer sentences that the statement is nearly a copy of."""
    words = set(terms(statement, language))
    for source in sources:
        clause = nearest_clause(words, source, language)
        if clause != source and _share(clause, statement, language) >= CLAUSE:
            yield clause


def _share(text: str, other: str, language: str) -> float:
    """Of the words of `text`, how many are in `other` too."""
    ours = set(terms(text, language))
    return len(ours & set(terms(other, language))) / max(1, len(ours))


# -- comparisons ---------------------------------------------------------------------------
def _comparisons(statement: str, sources: Sequence[str], language: str) -> Iterator[Turn]:
    ours = [bound for bound in bounds(statement, language) if bound.anchors]
    if not ours:
        return
    theirs = [bound for source in sources for bound in bounds(source, language)]
    for bound in ours:
        same = [t for t in theirs if t.anchors & bound.anchors]
        sides = {t.side for t in same}
        if bound.side not in sides and sides & OPPOSITE[bound.side]:
            yield "comparison", bound.start, bound.end


def bounds(text: str, language: str) -> Iterator[Bound]:
    """Every comparison of a text that is bound to something."""
    found = sorted([*figures(text), *counting_words(text)], key=lambda f: f.start)
    for match in BOUND.finditer(text):
        name = match.lastgroup or ""
        side = name.removeprefix("back_")
        if name.startswith("back_"):
            near = [f for f in found if 0 <= match.start() - f.end <= REACH][-1:]
        else:
            near = [f for f in found if 0 <= f.start - match.end() <= REACH][:1]
        anchors = frozenset(near[0].readings) if near else frozenset[str]()
        if not anchors and side in ("before", "after"):
            anchors = frozenset(terms(text[match.end() : match.end() + 60], language)[:1])
        if anchors:
            yield Bound(side, match.start(), match.end(), anchors)


# -- who must, who may, and what is only planned -------------------------------------------
def _modality(statement: str, source: str) -> Iterator[Turn]:
    yield from _moved("modality", MODAL, statement, source)
    ours, theirs = len(PLANNED.findall(statement)), len(PLANNED.findall(source))
    if theirs > ours:
        whole = statement.strip()
        at = statement.find(whole)
        yield "modality lost", at, at + len(whole)


def _responsibility(statement: str, source: str) -> Iterator[Turn]:
    found = list(_moved("responsibility", ROLE, statement, source))
    yield from found
    ours = [m.lastgroup for m in ROLE.finditer(statement)]
    theirs = [m.lastgroup for m in ROLE.finditer(source)]
    # "The customer tells us" is not "we tell the customer"; "told by us" would be.
    same_voice = len(BY.findall(statement)) == len(BY.findall(source))
    first, other = ROLE.search(statement), ROLE.search(source)
    if found or not (same_voice and first and other):
        return
    begins = max(first.start(), other.start()) <= SUBJECT
    if begins and len(set(ours)) == 2 and ours == theirs[::-1] != theirs:
        yield "responsibility", first.start(), first.end()


def _moved(kind: str, pattern: re.Pattern[str], statement: str, source: str) -> Iterator[Turn]:
    """Words of a class that the source has fewer of, where it has more of another class."""
    ours, theirs = _counted(pattern, statement), _counted(pattern, source)
    fewer = any(theirs[name] > ours[name] for name in theirs)
    seen: Counter[str] = Counter()
    for match in pattern.finditer(statement):
        name = _class_of(match)
        seen[name] += 1
        if fewer and seen[name] > theirs[name]:
            yield kind, match.start(), match.end()


def _counted(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(_class_of(match) for match in pattern.finditer(text))


def _class_of(match: re.Match[str]) -> str:
    return (match.lastgroup or "").removeprefix("back_")
