"""The answers of an RFP as of one moment, and what an export keeps of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from rfp_manager.models import (
    RFP,
    Answer,
    AnswerState,
    Citation,
    ExportedAnswer,
    ExportedCitation,
    ExportJob,
    Question,
)
from solution_library.models import Chunk

BATCH = 500


class SnapshotOutdated(Exception):
    """Answers were drafted anew since the snapshot, and the passages of the old ones are gone."""


@dataclass(frozen=True)
class Taken:
    """An answer with its question and what it rests on, as of the snapshot. `unwritten`: of
    "text", "choice" and "comment" those for which the file has no place."""

    question: Question
    answer: Answer
    citations: list[Citation] = field(default_factory=list)
    unwritten: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.answer.text or self.answer.choice or self.answer.comment)

    def given(self, part: str) -> str:
        """What was written of "text", "choice" or "comment"."""
        return "" if part in self.unwritten else str(getattr(self.answer, part))


@dataclass(frozen=True)
class Companion:
    """A file that goes with another one."""

    path: Path
    name: str
    media_type: str


@dataclass(frozen=True)
class Written:
    """A file that an export has made, whole, with what is in it. `report` is for people; equal
    contents have an equal `revision`."""

    path: Path
    name: str
    media_type: str
    exported: list[Taken]
    answers_written: int
    revision: str
    report: dict[str, Any] = field(default_factory=dict)
    companions: tuple[Companion, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """`taken` may leave the house, in the order of the questions; `unapproved` may not."""

    taken: list[Taken]
    unapproved: list[Taken] = field(default_factory=list)
    without_answer: int = 0


def snapshot(rfp: RFP, *, only_approved: bool = False) -> Snapshot:
    """All answers with their citations as they were at one moment, whatever is written
    meanwhile. Four queries."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # nobody's transaction but ours
            _freeze()
        questions = list(
            rfp.questions.select_related("answer__approved_by", "section").order_by("ordinal")
        )
        cited = _citations(rfp)
    found = [
        Taken(question, question.answer, cited.get(question.answer.pk, []))
        for question in questions
        if hasattr(question, "answer")
    ]
    full = [each for each in found if not each.is_empty]
    barred = [each for each in full if only_approved and not _is_approved(each)]
    taken = [each for each in full if each not in barred] if barred else full
    return Snapshot(taken, barred, len(questions) - len(full))


def _is_approved(taken: Taken) -> bool:
    return taken.answer.state == AnswerState.APPROVED


def _freeze() -> None:
    """One moment for all reads of this transaction, whatever a batch writes meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _citations(rfp: RFP) -> dict[int, list[Citation]]:
    rows = Citation.objects.filter(answer__question__rfp=rfp)
    related = rows.select_related("chunk__version__document").defer("chunk__lexemes")
    found: dict[int, list[Citation]] = {}
    for citation in related.order_by("answer_id", "ordinal"):
        found.setdefault(citation.answer_id, []).append(citation)
    return found


def keep(job: ExportJob, exported: Iterable[Taken]) -> None:
    """Write what this export gives away. Call it in the transaction that writes its file: then
    both are there or neither. What an earlier attempt of the job has kept is replaced.

    Raises SnapshotOutdated if a cited passage is gone by now.
    """
    answers = list(exported)
    _hold_passages({c.chunk_id for each in answers for c in each.citations})
    ExportedAnswer.objects.filter(export=job.pk).delete()
    rows = [_row(job, each) for each in answers]
    ExportedAnswer.objects.bulk_create(rows, batch_size=BATCH)
    ExportedCitation.objects.bulk_create(
        [
            ExportedCitation(
                exported_answer=row, ordinal=n, chunk_id=citation.chunk_id, quote=citation.quote
            )
            for row, each in zip(rows, answers, strict=True)
            for n, citation in enumerate(each.citations, 1)
        ],
        batch_size=BATCH,
    )


def _hold_passages(ids: set[int]) -> None:
    """Until our rows refer to them nobody may delete them."""
    chunks = Chunk.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    if len(chunks.values_list("pk", flat=True)) < len(ids):
        raise SnapshotOutdated


def _row(job: ExportJob, taken: Taken) -> ExportedAnswer:
    answer = taken.answer
    return ExportedAnswer(
        export_id=job.pk, question=taken.question, answer_version=answer.version,
        text=taken.given("text"), choice=taken.given("choice"), comment=taken.given("comment"),
        outcome=answer.outcome, state=answer.state,
    )  # fmt: skip
