"""The questions that a changed document concerns: their answers as they stand and as they left."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from rfp_manager.impact import DOCUMENT, checked_keys, troubled, unchecked
from rfp_manager.models import (
    RFP,
    AnswerState,
    Citation,
    ExportedAnswer,
    ExportedCitation,
    ExportJob,
)
from solution_library.models import Document

OPEN_QUESTION = "answer__question"
SENT_QUESTION = "exported_answer__question"


@dataclass(frozen=True)
class Affected:
    """One quote of one question that does not hold any more. `open_state`: the state of the
    answer that cites it now, "" if none does. `exported`: it stands in the newest export;
    `submitted`: in the one that the buyer was given."""

    document_id: int
    question_id: int
    rfp_id: int
    owner_id: int
    chunk_id: int
    quote: str
    reason: str
    open_state: str = ""
    exported: bool = False
    submitted: bool = False
    is_checked: bool = False

    @property
    def weight(self) -> int:
        """What is with the buyer comes first, then what may leave unseen."""
        approved = self.open_state == AnswerState.APPROVED
        return 8 * self.submitted + 4 * self.exported + 2 * approved + bool(self.open_state)


def exports_that_count(rfps: QuerySet[RFP]) -> tuple[set[int], set[int]]:
    """Ids of the newest export of each RFP, and of those that buyers were given. Older ones were
    superseded."""
    kept: QuerySet[ExportJob] = QuerySet(ExportJob).filter(
        Exists(ExportedAnswer.objects.filter(export=OuterRef("pk"))), rfp__in=rfps.values("pk")
    )
    newest = kept.order_by("rfp_id", "-pk").distinct("rfp_id").values_list("pk", flat=True)
    given = rfps.exclude(submitted_export=None).order_by()
    return set(newest), set(given.values_list("submitted_export", flat=True))


def troubled_documents(
    rfps: QuerySet[RFP], today: date | None = None, *, checked: bool = False
) -> QuerySet[Document]:
    """Documents that something of these RFPs rests on and that does not hold any more; those
    where somebody has looked at all of it only if `checked`."""
    newest, given = exports_that_count(rfps)
    own, sent = troubled(_open(rfps), today), troubled(_sent(newest | given), today)
    if not checked:
        own, sent = unchecked(own, OPEN_QUESTION), unchecked(sent, SENT_QUESTION)
    concerned = Q(pk__in=own.order_by().values(DOCUMENT)) | Q(
        pk__in=sent.order_by().values(DOCUMENT)
    )
    return Document.objects.filter(concerned).order_by("title", "pk")


def rows_of(
    documents: Collection[int] | None, rfps: QuerySet[RFP], today: date | None = None
) -> list[Affected]:
    """What of these RFPs rests on words of the documents (None: of any) that do not hold any
    more, what matters most first. Five queries, however much there is."""
    newest, given = exports_that_count(rfps)
    found: dict[tuple[int, int, str], Affected] = {}
    of_document = {} if documents is None else {f"{DOCUMENT}__in": list(documents)}
    for row in _from_open(troubled(_open(rfps).filter(**of_document), today)):
        found[_key(row)] = row
    sent = troubled(_sent(newest | given).filter(**of_document), today)
    for row in _from_sent(sent, newest, given):
        known = found.get(_key(row), row)
        found[_key(row)] = replace(
            known,
            exported=known.exported or row.exported,
            submitted=known.submitted or row.submitted,
        )
    return sorted(_checked(found.values()), key=lambda row: (-row.weight, _key(row)))


def _key(row: Affected) -> tuple[int, int, str]:
    return row.question_id, row.chunk_id, row.quote


def _open(rfps: QuerySet[RFP]) -> QuerySet[Citation]:
    return Citation.objects.filter(answer__question__rfp__in=rfps.values("pk"))


def _sent(exports: set[int]) -> QuerySet[ExportedCitation]:
    return ExportedCitation.objects.filter(exported_answer__export__in=exports)


def _from_open(rows: QuerySet[Citation]) -> Iterator[Affected]:
    for *values, state in rows.order_by().values_list(*_columns(OPEN_QUESTION), "answer__state"):
        yield _affected(values, open_state=state)


def _from_sent(
    rows: QuerySet[ExportedCitation], newest: set[int], given: set[int]
) -> Iterator[Affected]:
    columns = (*_columns(SENT_QUESTION), "exported_answer__export")
    for *values, export in rows.order_by().values_list(*columns):
        yield _affected(values, exported=export in newest, submitted=export in given)


def _columns(asked: str) -> tuple[str, ...]:
    return (DOCUMENT, asked, f"{asked}__rfp", f"{asked}__rfp__owner", "chunk", "quote", "reason")


def _affected(values: list[Any], **places: Any) -> Affected:
    """`owner_id` is 0 for an RFP without an owner."""
    document, question, rfp, owner, chunk, quote, reason = values
    return Affected(document, question, rfp, owner or 0, chunk, quote, reason, **places)


def _checked(rows: Iterable[Affected]) -> list[Affected]:
    rows = list(rows)
    checked = checked_keys({row.question_id for row in rows})
    return [
        replace(row, is_checked=True)
        if (row.question_id, row.chunk_id, row.reason) in checked
        else row
        for row in rows
    ]
