"""Finds the questions of an RFP that ask the same as an earlier one, so that one draft serves all.

Precision before recall: a draft in the wrong place is worse than a second call of the model. Two
questions are the same where they ask for the same sort of thing in the same words, apart from
their order, their inflection and what is said around a question; figures, codes, denials and
words such as “before” or “all” must agree exactly.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from llm_manager.providers.builtin.asking import Kind, kind_of
from llm_manager.providers.builtin.words import guess_language, terms
from rfp_manager.models import Question
from solution_library.answers.sameness import Facts, differences, facts_of

#: Of the words of two questions, this share has to stand in the same order.
SAME_ORDER = 0.6
#: A question of fewer telling words means what its section or its parent makes of it.
TELLING_ALONE = 3
#: Words by which a question goes on from the one before it.
LEANS = re.compile(
    r"""\A\W*(?:if|wenn|falls|si|en\ cas|se|caso|indien|als)\b
    | \b(?: this | these | those | it | its | they | them | their | such | above | said | same
      | dies\w* | deren | dessen | solche\w* | obig\w*
      | cette | cet | ces | celui-ci | leurs? | ci-dessus
      | estos? | estas | dichos? | quest[oaie] | tal[ei] | isso | dess[ae]s?
      | deze | daarvan )\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: Words that the comparison of contents passes over, and that turn a question into another.
_TURNING = """before after above below over under until only all both each every more most less
    fewer few some any off out other same own once during against between from to into through
    inside outside
    vor nach über unter nur alle jede jeder jedes mehr weniger einige ohne während bis aus gegen
    avant après sans tous toutes chaque plus moins pendant contre seulement entre
    antes después sin todos todas cada más menos durante contra solo sólo entre desde hasta
    prima dopo senza tutti tutte ogni più meno durante contro tra da
    depois sem cada mais menos durante contra apenas entre
    voor na zonder elke meer minder tijdens tegen alleen tussen"""
TURNING = frozenset(_TURNING.split())
_WORD = re.compile(r"[^\W\d_]+")
#: One word for what questionnaires call by several.
_SAME_WORDS = {
    word: words.split()[0]
    for words in (
        "employee employees staff personnel",
        "encrypt encrypted encryption encrypting encryptions",
        "annually yearly annual",
        "policy policies",
        "customer customers client clients",
        "use utilize utilise utilizes utilises",
        "mitarbeiter beschäftigte mitarbeitende mitarbeitenden beschäftigten",
    )
    for word in words.split()
}


@dataclass(frozen=True)
class Asking:
    """A question as it is compared. `around`: what it depends on, where it does not speak for
    itself."""

    words: tuple[str, ...]
    kind: Kind
    facts: Facts
    turning: tuple[str, ...]
    around: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """Questions of different keys are never the same."""
        return self.kind, tuple(sorted(self.words)), self.turning, self.around, self.facts.denies


def asking_of(text: str, around: str = "") -> Asking:
    """`around` is compared only where the text does not speak for itself."""
    language = guess_language(text)
    words = tuple(terms(_in_one_word(text), language))
    found = (word.casefold() for word in _WORD.findall(text))
    return Asking(
        words=words,
        kind=kind_of(text),
        facts=facts_of(text),
        turning=tuple(sorted(word for word in found if word in TURNING)),
        around=" ".join(around.casefold().split()) if _leans(text, words) else "",
    )


def _leans(text: str, words: Sequence[str]) -> bool:
    """Whether it means nothing without what stands before or above it."""
    return len(set(words)) < TELLING_ALONE or bool(LEANS.search(text))


def _in_one_word(text: str) -> str:
    return _WORD.sub(lambda match: _SAME_WORDS.get(match[0].casefold(), match[0]), text)


def is_same(one: Asking, other: Asking) -> bool:
    if one.key != other.key or not one.words:
        return False
    return _in_order(one.words, other.words) and not differences(one.facts, other.facts)


def _in_order(one: Sequence[str], other: Sequence[str]) -> bool:
    """So that “the buyer tells the bank” is not “the bank tells the buyer”."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_ORDER


def same_questions(questions: Iterable[Question]) -> dict[int, int]:
    """The id of each question that asks the same as an earlier one, with that one's. Expects them
    in the order of the questionnaire, with section and rfp at hand."""
    firsts: dict[tuple[object, ...], list[tuple[int, Asking]]] = {}
    by_number = dict[str, str]()
    found: dict[int, int] = {}
    before = ""
    for question in questions:
        asking = asking_of(question.text, _around(question, by_number, before))
        by_number.setdefault(question.number.strip(), question.text)
        before = question.text
        earlier = firsts.setdefault((*asking.key, *_dependence(question, found)), [])
        first = next((pk for pk, known in earlier if is_same(asking, known)), None)
        if first is None:
            earlier.append((question.pk, asking))
        else:
            found[question.pk] = first
    return found


def _around(question: Question, by_number: dict[str, str], before: str) -> str:
    """What it goes on from: the question above it, and the one just before it."""
    stem = question.number.strip().rpartition(".")[0]
    return f"{by_number.get(stem, '') or question.section.title} {before}"


def _dependence(question: Question, found: dict[int, int]) -> tuple[object, ...]:
    """Sub-questions are the same only below the same question, on the same condition."""
    if question.parent_id is None:
        return ()
    condition = question.condition.strip().casefold()
    return found.get(question.parent_id, question.parent_id), condition


def group_questions(rfp_id: int) -> int:
    """Note at each question of the RFP which earlier one it repeats. Returns how many do. Writes
    only what has changed."""
    questions = list(
        Question.objects.filter(rfp=rfp_id).select_related("section").order_by("ordinal")
    )
    same = same_questions(questions)
    changed = [q for q in questions if q.same_as_id != same.get(q.pk)]
    for question in changed:
        question.same_as_id = same.get(question.pk)
    Question.objects.bulk_update(changed, ["same_as"], batch_size=500)
    return len(same)


def has_same_form(question: Question, other: Question) -> bool:
    """Whether a draft for the one can be one for the other: the same choices to choose from."""
    ours, theirs = (
        [str(choice).strip().casefold() for choice in q.allowed_choices] for q in (question, other)
    )
    return sorted(ours) == sorted(theirs)
