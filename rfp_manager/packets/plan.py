"""What a returned sheet would do, row by row, to the answers as they are now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from rfp_manager.drafting import allowed_choice
from rfp_manager.editing import MAX_CHARACTERS
from rfp_manager.models import Answer, AnswerState, Assignment, ExpertPacket, Question
from rfp_manager.packets.columns import is_ticked
from rfp_manager.packets.making import may_take
from rfp_manager.packets.matching import Matched, Row, match, says_something
from rfp_manager.packets.sheet import CUT, fitting


class Fate(StrEnum):
    """What becomes of a row."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    DECLINED = "declined"
    CONFLICT = "conflict"
    KEPT = "kept"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    DONE = "done"
    UNCHANGED = "unchanged"


#: What a sheet can do to an answer.
DOING = (Fate.ACCEPTED, Fate.CHANGED, Fate.DECLINED)


@dataclass(frozen=True)
class Step:
    """One row: its question (None where none was recognised), what it says, and what follows.
    `text` and `choice` are what the answer would say; `why` is a sentence."""

    fate: Fate
    row: Row
    question: Question | None = None
    answer: Answer | None = None
    text: str = ""
    choice: str = ""
    why: str = ""


@dataclass
class Plan:
    """`missing`: questions of the packet that the sheet does not hold any more."""

    steps: list[Step] = field(default_factory=list)
    missing: int = 0

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(step.fate.value for step in self.steps)

    def of(self, fate: Fate) -> list[Step]:
        return [step for step in self.steps if step.fate == fate]


@dataclass(frozen=True)
class Settled:
    """What an earlier application of this packet's sheets has made of a question."""

    text: str
    choice: str
    version: int
    declined: bool = False


def plan_of(packet: ExpertPacket, number: int, user: Any, *, to_write: bool = False) -> Plan:
    """What return `number` (from 0) of the packet would do now. In a constant number of queries.
    `to_write`: its answers will be written, so they are read with all their columns."""
    back = packet.outcome["returns"][number]
    found = match(back["rows"], packet.contents, packet.token)
    judge = _Judge(packet, user, back.get("kept", {}), to_write=to_write)
    steps = [judge.step(one) for one in found]
    named = {one.question for one in found if one.question is not None}
    return Plan(steps, missing=len(packet.contents) - len(named))


def settled_of(packet: ExpertPacket) -> dict[int, Settled]:
    return {int(pk): Settled(**kept) for pk, kept in packet.outcome.get("settled", {}).items()}


#: Columns that cost time to read, and say nothing here.
_UNUSED = ("existing_answer", "further_places", "condition", "earlier_change", "answer__signals",
           "answer__explanation", "answer__unsupported")  # fmt: skip
#: All that is said of an answer before it is written.
_SHOWN = ("rfp", "number", "ordinal", "text", "allowed_choices", "answer__text", "answer__choice",
          "answer__state", "answer__version")  # fmt: skip


class _Judge:
    """Knows the questions and answers of a packet as they are now."""

    def __init__(
        self, packet: ExpertPacket, user: Any, kept: Mapping[str, Any], *, to_write: bool
    ) -> None:
        ids = [int(pk) for pk in packet.contents]
        related = Question.objects.filter(pk__in=ids, rfp=packet.rfp_id).select_related("answer")
        wanted = related.defer(*_UNUSED) if to_write else related.only(*_SHOWN)
        self._questions = wanted.in_bulk()
        self._may = may_take(user, packet.rfp_id, ids, to_write=to_write)
        held = Assignment.objects.filter(question__in=ids, assignee=packet.expert_id)
        self._held = set(held.filter(declined_at=None).values_list("question_id", flat=True))
        self._contents, self._settled, self._kept = packet.contents, settled_of(packet), kept

    def step(self, one: Matched) -> Step:
        if one.question is None:
            return Step(Fate.UNKNOWN, one.row, why=one.why)
        question = self._questions.get(one.question)
        if question is None:
            return Step(Fate.PROBLEM, one.row, why="The question is not in the RFP any more.")
        if question.pk not in self._may:
            return Step(Fate.PROBLEM, one.row, why="The question is not yours any more.")
        if is_ticked(one.row["declined"]):
            return self._declined(one.row, question)
        if not says_something(one.row):
            return _step(Fate.UNCHANGED, one.row, question)
        return self._answered(one.row, question)

    def _declined(self, row: Row, question: Question) -> Step:
        if row["answer"]:
            why = "It says “not mine” and gives an answer, too. Decide that here."
            return _step(Fate.PROBLEM, row, question, text=row["answer"], why=why)
        before = self._settled.get(question.pk)
        if before and before.declined:
            return _step(Fate.DONE, row, question)
        if question.pk not in self._held:
            why = "It says “not mine”, but the question is not assigned to the expert."
            return _step(Fate.PROBLEM, row, question, why=why)
        return _step(Fate.DECLINED, row, question, why=row["declined"])

    def _answered(self, row: Row, question: Question) -> Step:
        base = self._contents[str(question.pk)]
        text = row["answer"]
        # Some write the choice where the answer goes.
        choice = allowed_choice(row["choice"] or text, question.allowed_choices)
        if row["choice"] and not choice:
            why = f"The questionnaire does not offer the choice “{row['choice'][:200]}”."
            return _step(Fate.PROBLEM, row, question, text=text, why=why)
        if len(text) > MAX_CHARACTERS:
            why = f"The answer is longer than {MAX_CHARACTERS:,} characters."
            return _step(Fate.PROBLEM, row, question, why=why)
        text, choice = text or base["text"], choice or base["choice"]
        if not (text or choice):
            return _step(Fate.PROBLEM, row, question, why="There was no draft to be right.")
        return self._compared(row, question, text, choice)

    def _compared(self, row: Row, question: Question, text: str, choice: str) -> Step:
        base, now = self._contents[str(question.pk)], _answer_of(question)
        before = self._settled.get(question.pk)
        said = {"text": text, "choice": choice}
        if before and _same(text, choice, before.text, before.choice):
            return _step(Fate.DONE, row, question, **said)
        if now and _says(now, text, choice):
            waits = now.state == AnswerState.DRAFT
            return _step(Fate.ACCEPTED if waits else Fate.UNCHANGED, row, question, **said)
        as_given = _same(text, choice, base["text"], base["choice"])
        if not as_given and _untouched(now, base, before):
            return _step(Fate.CHANGED, row, question, **said)
        if text.endswith(CUT):
            why = "The draft has changed meanwhile. It was too long for the sheet."
            return _step(Fate.PROBLEM, row, question, why=why)
        return self._conflicting(row, question, said)

    def _conflicting(self, row: Row, question: Question, said: Mapping[str, str]) -> Step:
        now = _answer_of(question)
        kept = self._kept.get(str(question.pk)) == (now.version if now else 0)
        return _step(Fate.KEPT if kept else Fate.CONFLICT, row, question, **said)


def _step(fate: Fate, row: Row, question: Question, **more: Any) -> Step:
    return Step(fate, row, question, _answer_of(question), **more)


def _answer_of(question: Question) -> Answer | None:
    found: Answer | None = getattr(question, "answer", None)
    return found


def _untouched(now: Answer | None, base: Mapping[str, Any], before: Settled | None) -> bool:
    """Whether nobody here has said anything else since the sheet was made, or since it was last
    brought back."""
    version = now.version if now else 0
    if version == base["version"] or (before and before.version == version):
        return True
    return now is not None and _says(now, base["text"], base["choice"])


def _says(answer: Answer, text: str, choice: str) -> bool:
    as_stored = _same(answer.text, answer.choice, text, choice)
    return as_stored or _same(fitting(answer.text), answer.choice, text, choice)


def _same(text: str, choice: str, other: str, other_choice: str) -> bool:
    """Programs change line ends and the spaces around a text when they save a sheet."""
    return _plain(text) == _plain(other) and choice == other_choice


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def rows_of(steps: Sequence[Step]) -> list[list[Any]]:
    """As ExpertPacket.outcome keeps them: place, question, fate, reason."""
    return [
        [step.row["at"], step.question.pk if step.question else None, step.fate.value, step.why]
        for step in steps
    ]
