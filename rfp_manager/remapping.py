"""Reads a questionnaire again as a person has corrected it, and merges that into the RFP.

Questions that are still there keep their rows, and with them answers, comments and all else.
Those that are not are deleted only if no person has put work into them.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from jobs.models import ACTIVE
from rfp_manager import editions, layouts
from rfp_manager.importing.overrides import Overrides
from rfp_manager.importing.types import FoundQuestion
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerState,
    ExportJob,
    Question,
    ReviewerTestJob,
    RFPBatchJob,
    Section,
)
from rfp_manager.reading import Reading, keep_preview, read_again
from rfp_manager.storing import (
    COLUMNS,
    answer_cell,
    link_parents,
    one_per_answer_cell,
    report_of,
    section_key,
    values_of,
)
from solution_library.similarity import words_of

#: Numbers and rows are moved out of the way by this, so that no two are the same in between.
ASIDE = 100_000_000


class RemappingRefused(Exception):
    """The correction cannot be applied; the message says why and what to do."""


@dataclass(frozen=True)
class Held:
    """A question that the corrected reading does not find, with what people have done on it.
    `must_stay`: it has left the house in an export, whose record it belongs to."""

    question: Question
    reasons: list[str]
    must_stay: bool


@dataclass
class Plan:
    """What a reading makes of the questions that an RFP has."""

    reading: Reading
    found: list[FoundQuestion]
    old: list[Question]
    pairs: dict[int, Question]  # index in `found` -> the question it is already
    held: list[Held] = field(default_factory=list)

    @property
    def new(self) -> list[FoundQuestion]:
        return [found for n, found in enumerate(self.found) if n not in self.pairs]

    @cached_property
    def gone(self) -> list[Question]:
        kept = {question.pk for question in self.pairs.values()}
        return [question for question in self.old if question.pk not in kept]

    @cached_property
    def reworded(self) -> list[Question]:
        """Those whose words are others now: what was approved was approved for other words."""
        return [
            question
            for n, question in self.pairs.items()
            if words(question.text) != words(self.found[n].text)
        ]


@dataclass(frozen=True)
class Applied:
    """How many questions there are now, and what became of them."""

    total: int
    new: int
    deleted: int
    kept_anyway: int
    to_check: int


def trial(rfp: RFP, overrides: Overrides) -> Plan:
    """What applying these corrections would do. Raises QuestionnaireRefused."""
    return plan_of(read_again(rfp, overrides), list(rfp.questions.select_related("section")))


def plan_of(reading: Reading, old: list[Question]) -> Plan:
    """Pair what was found with what there is, and find out what people would lose."""
    found = one_per_answer_cell(reading.found.questions if reading.found else [])
    plan = Plan(reading, found, old, pair(found, old))
    plan.held = held(plan.gone)
    return plan


def state_of(rfp: RFP) -> str:
    """Two states of a mapping have the same digest only if nothing was applied in between."""
    told = json.dumps([rfp.mapping, rfp.import_report.get("sheets")], sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


def apply(
    rfp: RFP, overrides: Overrides, user: Any, *, seen: str, drop: frozenset[int] = frozenset()
) -> Applied:
    """Read the file with these corrections and keep the outcome. `seen` is the state (state_of)
    that the person has corrected; `drop` the questions that may go although people have worked
    on them. Raises QuestionnaireRefused or RemappingRefused; then nothing is changed."""
    reading = read_again(rfp, overrides)
    with transaction.atomic():
        # Batches take this lock, too, before they start.
        rfp = RFP.objects.select_for_update().get(pk=rfp.pk)
        if state_of(rfp) != seen:
            raise RemappingRefused(
                "Somebody else has corrected this mapping since you opened the page. Below is "
                "what holds now; set your corrections again."
            )
        refuse_while_working(rfp)
        # Nobody can answer or comment on a question while it is decided whether it goes.
        old = list(rfp.questions.select_for_update(of=("self",)).select_related("section"))
        plan = plan_of(reading, old)
        applied = _write(rfp, plan, drop)
        rfp.mapping = {"sheets": overrides} if overrides else {}
        rfp.import_report = report_of(reading.found, reading.nothing)
        rfp.save(update_fields=["mapping", "import_report", "updated_at"])
        if user is not None:
            layouts.remember(rfp, reading.preview, user)
        editions.link(rfp)
    keep_preview(rfp, reading.preview)
    return applied


def refuse_while_working(rfp: RFP) -> None:
    """Raises RemappingRefused while anything works on the questions of an RFP."""
    kinds = ((RFPBatchJob, "A batch"), (ExportJob, "An export"), (ReviewerTestJob, "A test"))
    for model, name in kinds:
        if model._default_manager.filter(rfp=rfp, status__in=ACTIVE).exists():
            raise RemappingRefused(
                f"{name} is working on this RFP. Wait until it has ended, or stop it, and apply "
                "the correction then."
            )


# -- pairing -----------------------------------------------------------------------------
def words(text: str) -> str:
    """Two questions with the same words are the same, however they are set."""
    return " ".join(words_of([text])) or text.strip()


def pair(found: Sequence[FoundQuestion], old: Sequence[Question]) -> dict[int, Question]:
    """Index of a found question -> the question it is: by its words first, then by its place."""
    pairs: dict[int, Question] = {}
    new_words, old_words = [words(q.text) for q in found], {q.pk: words(q.text) for q in old}

    def match(of_new: Callable[[int], Hashable], of_old: Callable[[Question], Hashable]) -> None:
        taken = {question.pk for question in pairs.values()}
        left = [question for question in old if question.pk not in taken]
        open_ = [n for n in range(len(found)) if n not in pairs]
        pairs.update(_unique_pairs(open_, of_new, left, of_old))

    def cell(n: int) -> Hashable:
        return answer_cell(found[n])

    def old_cell(q: Question) -> Hashable:
        return q.sheet, q.answer_row, q.answer_column

    match(lambda n: (cell(n), new_words[n]), lambda q: (old_cell(q), old_words[q.pk]))
    match(lambda n: (_place(found[n]), new_words[n]), lambda q: (_spot(q), old_words[q.pk]))
    match(lambda n: (found[n].number, new_words[n]), lambda q: (q.number, old_words[q.pk]))
    match(lambda n: new_words[n], lambda q: old_words[q.pk])
    match(cell, old_cell)
    match(lambda n: _place(found[n]), _spot)
    return pairs


def _place(found: FoundQuestion) -> Hashable:
    return found.place.sheet, found.place.row, found.place.column


def _spot(question: Question) -> Hashable:
    return question.sheet, question.row, question.column


def _unique_pairs(
    new: Sequence[int],
    of_new: Callable[[int], Hashable],
    old: Sequence[Question],
    of_old: Callable[[Question], Hashable],
) -> dict[int, Question]:
    """Those whose key stands once on either side: anything else would be a guess."""
    counts = Counter(map(of_new, new))
    by_key: dict[Hashable, list[Question]] = defaultdict(list)
    for question in old:
        by_key[of_old(question)].append(question)
    return {
        n: by_key[key][0]
        for n in new
        if counts[key := of_new(n)] == 1 and len(by_key.get(key, ())) == 1
    }


# -- what people would lose ----------------------------------------------------------------
def held(questions: Sequence[Question]) -> list[Held]:
    """Those of `questions` that people have put work into. A constant number of queries."""
    found: dict[int, list[str]] = defaultdict(list)
    ids = [question.pk for question in questions]
    if not ids:
        return []
    for sentence, condition in WORK:
        hits = Question.objects.filter(condition, pk__in=ids).values_list("pk", flat=True)
        for pk in hits.distinct():
            found[pk].append(sentence)
    return [
        Held(question, found[question.pk], EXPORTED in found[question.pk])
        for question in questions
        if question.pk in found
    ]


EXPORTED = "its answer has been exported"
WORK = (
    (EXPORTED, Q(exported_answers__isnull=False)),
    ("its answer is approved or in review", ~Q(answer__state=AnswerState.DRAFT)
     & Q(answer__isnull=False)),
    ("a person has written its answer", Q(answer__edited_by__isnull=False)
     | Q(answer__versions__made_by__isnull=False)),
    ("its answer is in the answer library", Q(answer__library_uses__kind="fed")),
    ("it has comments", Q(comments__isnull=False)),
    ("it is assigned", Q(assignment__isnull=False)),
    ("somebody is typing an answer", Q(unsaved_edits__isnull=False)),
)  # fmt: skip


# -- writing -------------------------------------------------------------------------------
def _write(rfp: RFP, plan: Plan, drop: frozenset[int]) -> Applied:
    staying = [h.question for h in plan.held if h.must_stay or h.question.pk not in drop]
    _refuse_clashes(plan, staying)
    kept = {question.pk for question in staying}
    going = [question.pk for question in plan.gone if question.pk not in kept]
    Question.objects.filter(pk__in=going).delete()
    changed = [question.pk for question in plan.reworded]
    rfp.questions.update(ordinal=F("ordinal") + ASIDE, answer_row=F("answer_row") + ASIDE)
    rows = _place_all(rfp, plan, staying)
    link_parents([rows[n] for n in range(len(plan.found))], plan.found)
    to_check = _check_again(changed)
    _remove_empty_sections(rfp)
    total = len(plan.found) + len(staying)
    return Applied(total, len(plan.new), len(going), len(staying), to_check)


def _refuse_clashes(plan: Plan, staying: Sequence[Question]) -> None:
    cells = {answer_cell(found) for found in plan.found}
    for question in staying:
        if (question.sheet, question.answer_row, question.answer_column) in cells:
            label = question.number or str(question.ordinal)
            raise RemappingRefused(
                f"Question {label} is not found any more, but its answer cell is that of another "
                "question now. Let it go, or correct the columns so that both have a cell."
            )


def _place_all(rfp: RFP, plan: Plan, staying: Sequence[Question]) -> dict[int, Question]:
    """Write every question in its order. Returns the rows by their index in `plan.found`."""
    order = _order(plan, staying)
    sections = _sections(rfp, plan, order)
    rows: dict[int, Question] = {}
    for ordinal, entry in enumerate(order, 1):
        if isinstance(entry, Question):
            entry.ordinal, entry.section = ordinal, sections[_section_of(entry)]
            continue
        found = plan.found[entry]
        row = rows[entry] = plan.pairs.get(entry) or Question(rfp=rfp)
        for name, value in {**values_of(found), "ordinal": ordinal}.items():
            setattr(row, name, value)
        row.section = sections[section_key(found)]
    there = [*staying, *(row for row in rows.values() if row.pk)]
    if there:
        # One statement: they exist, so each of them conflicts and is updated.
        Question.objects.bulk_create(
            there, batch_size=500, update_conflicts=True, unique_fields=["id"],
            update_fields=[*COLUMNS, "section"],
        )  # fmt: skip
    Question.objects.bulk_create([row for row in rows.values() if not row.pk], batch_size=500)
    return rows


def _order(plan: Plan, staying: Sequence[Question]) -> list[int | Question]:
    """Indices of found questions in their order; a question that stays though it was not found
    comes after what stands above it on its sheet."""
    order: list[int | Question] = list(range(len(plan.found)))
    for question in sorted(staying, key=lambda q: -q.ordinal):
        above = [
            n
            for n, found in enumerate(plan.found)
            if answer_cell(found)[0] == question.sheet and found.place.row <= question.row
        ]
        order.insert(order.index(above[-1]) + 1 if above else len(order), question)
    return order


def _sections(
    rfp: RFP, plan: Plan, order: Sequence[int | Question]
) -> dict[tuple[str, str], Section]:
    """The sections of all questions in the order of their first ones; known ones keep their
    row."""
    known: dict[tuple[str, str], Section] = {}
    for section in rfp.sections.order_by("ordinal"):
        known.setdefault((section.sheet, section.title), section)
    rfp.sections.update(ordinal=F("ordinal") + ASIDE)
    wanted: dict[tuple[str, str], Section] = {}
    for entry in order:
        key = _section_of(entry) if isinstance(entry, Question) else section_key(plan.found[entry])
        wanted.setdefault(key, known.get(key) or Section(rfp=rfp, sheet=key[0], title=key[1]))
    for ordinal, section in enumerate(wanted.values(), 1):
        section.ordinal = ordinal
    Section.objects.bulk_update([s for s in wanted.values() if s.pk], ["ordinal"])
    Section.objects.bulk_create([s for s in wanted.values() if not s.pk])
    return wanted


def _section_of(question: Question) -> tuple[str, str]:
    return question.section.sheet, question.section.title


def _check_again(changed: Sequence[int]) -> int:
    """What was approved, or found to be the same question, held for other words."""
    Question.objects.filter(Q(pk__in=changed) | Q(same_as__in=changed)).update(same_as=None)
    approved = Answer.objects.filter(question__in=changed, state=AnswerState.APPROVED)
    return approved.update(
        state=AnswerState.IN_REVIEW, approved_by=None, approved_at=None, updated_at=timezone.now()
    )


def _remove_empty_sections(rfp: RFP) -> None:
    rfp.sections.filter(questions=None).delete()
