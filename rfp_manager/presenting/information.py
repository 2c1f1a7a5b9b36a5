"""What an RFP's documents for information say, for its page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Max, QuerySet
from django.urls import reverse

from rfp_manager.information.dates import Role
from rfp_manager.information.findings import MARK, role_of
from rfp_manager.models import (
    RFP,
    FindingKind,
    InformationDocument,
    InformationFinding,
    SummaryJob,
)
from solution_library.models import Chunk, Document, DocumentKind

#: Of each list: days, criteria, requirements.
PER_PAGE = 25


@dataclass(frozen=True)
class Cited:
    """A quote and where it opens; `url` is "" where the passage is not stored any more."""

    number: int
    quote: str
    url: str
    place: str


@dataclass(frozen=True)
class Section:
    heading: str
    summary: str
    citations: list[Cited]


@dataclass(frozen=True)
class Shown:
    """One document. `is_stale`: the summary is of an earlier state."""

    row: InformationDocument
    document: Document
    job: SummaryJob | None
    is_stale: bool
    is_own: bool
    citations: list[Cited]
    sections: list[Section]
    findings: int

    @property
    def dialog_id(self) -> str:
        return f"remove-information-{self.row.pk}"

    @property
    def is_busy(self) -> bool:
        return self.job is not None and self.job.is_active


@dataclass(frozen=True)
class Stated:
    """A finding. `url` opens the passage; `offer`: its day may become the RFP's due date."""

    row: InformationFinding
    label: str
    words: str
    role: Role | None
    url: str
    source: str
    is_over: bool = False
    offer: bool = False


@dataclass(frozen=True)
class Information:
    """`dates`, `criteria` and `requirements` are those of their pages."""

    documents: list[Shown]
    dates_page: "Page[InformationFinding]"
    criteria_page: "Page[InformationFinding]"
    requirements_page: "Page[InformationFinding]"
    dates: list[Stated] = field(default_factory=list)
    criteria: list[Stated] = field(default_factory=list)
    requirements: list[Stated] = field(default_factory=list)

    @property
    def jobs(self) -> list[SummaryJob]:
        return [shown.job for shown in self.documents if shown.job and shown.is_busy]

    @property
    def found(self) -> int:
        pages = (self.dates_page, self.criteria_page, self.requirements_page)
        return sum(page.paginator.count for page in pages)


def information_of(rfp: RFP, today: date, query: Mapping[str, str] | None = None) -> Information:
    """All that the page shows; the number of queries does not depend on how much there is.
    `query` says which page of which list: "dates", "criteria", "page" of the requirements."""
    rows = list(
        rfp.information_documents.select_related("document__current_version", "document__owner")
        .defer("document__current_version__signature")
        .order_by("created_at", "pk")
    )
    findings = InformationFinding.objects.filter(information_document__in=rows)
    related = findings.select_related("information_document", "chunk__version").defer(
        "chunk__lexemes", "chunk__text", "chunk__version__signature",
        "information_document__sections", "information_document__summary_citations",
    )  # fmt: skip
    asked = query or {}
    dates = Paginator(_by_day(related), PER_PAGE).get_page(asked.get("dates"))
    criteria = _in_order(related, FindingKind.CRITERION)
    criteria_page = Paginator(criteria, PER_PAGE).get_page(asked.get("criteria"))
    requirements = _in_order(related, FindingKind.REQUIREMENT)
    requirements_page = Paginator(requirements, PER_PAGE).get_page(asked.get("page"))
    return Information(
        documents=_documents(rows, findings),
        dates_page=dates,
        criteria_page=criteria_page,
        requirements_page=requirements_page,
        dates=[_dated(row, rfp, today) for row in dates],
        criteria=[_stated(row) for row in criteria_page],
        requirements=[_stated(row) for row in requirements_page],
    )


def _by_day(found: QuerySet[InformationFinding]) -> QuerySet[InformationFinding]:
    """The earliest first, those of no known day at the end."""
    dates = found.filter(kind=FindingKind.DATE)
    return dates.order_by(F("day").asc(nulls_last=True), "ordinal", "pk")


def _in_order(
    found: QuerySet[InformationFinding], kind: FindingKind
) -> QuerySet[InformationFinding]:
    return found.filter(kind=kind).order_by(
        "information_document__created_at", "information_document", "ordinal"
    )


# -- documents -----------------------------------------------------------------------------
def _documents(
    rows: Sequence[InformationDocument], findings: QuerySet[InformationFinding]
) -> list[Shown]:
    jobs = _newest_jobs(rows)
    chunks = {chunk.pk: _Passage.of(chunk) for chunk in _cited_chunks(rows).values()}
    found = findings.order_by().values_list("information_document")
    counts: dict[int, int] = dict(found.annotate(Count("pk")))
    return [_shown(row, jobs.get(row.pk), chunks, counts.get(row.pk, 0)) for row in rows]


def _newest_jobs(rows: Sequence[InformationDocument]) -> dict[int, SummaryJob]:
    jobs: QuerySet[SummaryJob] = QuerySet(SummaryJob).filter(information_document__in=rows)
    newest = jobs.order_by().values("information_document").annotate(newest=Max("pk"))
    found = jobs.filter(pk__in=[row["newest"] for row in newest])
    return {job.information_document_id or 0: job for job in found.select_related("depends_on")}


def _cited_chunks(rows: Iterable[InformationDocument]) -> dict[int, Chunk]:
    ids = {cited["chunk"] for row in rows for cited in _citations_of(row)}
    return Chunk.objects.select_related("version").defer(
        "lexemes", "text", "version__signature"
    ).in_bulk(ids)  # fmt: skip


def _citations_of(row: InformationDocument) -> list[dict[str, Any]]:
    return [*row.summary_citations, *(c for part in row.sections for c in part["citations"])]


def _shown(
    row: InformationDocument, job: SummaryJob | None, chunks: dict[int, "_Passage"], findings: int
) -> Shown:
    current = row.document.current_version
    return Shown(
        row=row,
        document=row.document,
        job=job,
        is_stale=bool(row.summarized_at and current and current.created_at > row.summarized_at),
        is_own=row.document.kind == DocumentKind.INFORMATION,
        citations=_cited(row.summary_citations, chunks),
        sections=[
            Section(part["heading"], part["summary"], _cited(part["citations"], chunks))
            for part in row.sections
        ],
        findings=findings,
    )


@dataclass(frozen=True)
class _Passage:
    """Where a passage opens, and what it is called; summaries cite the same ones many times."""

    url: str = ""
    place: str = ""

    @classmethod
    def of(cls, chunk: Chunk) -> "_Passage":
        return cls(passage_url(chunk), _place(chunk))


def _cited(citations: Sequence[dict[str, Any]], passages: dict[int, _Passage]) -> list[Cited]:
    gone = _Passage()
    found = [(cited["quote"], passages.get(cited["chunk"], gone)) for cited in citations]
    return [
        Cited(number, quote, passage.url, passage.place)
        for number, (quote, passage) in enumerate(found, 1)
    ]


def passage_url(chunk: Chunk) -> str:
    """The document's page, opened at the passage."""
    url = reverse("solution_library:document", args=[chunk.version.document_id])
    return f"{url}?{urlencode({'chunk': chunk.pk})}#chunk-{chunk.pk}"


def _place(chunk: Chunk) -> str:
    page = f"page {chunk.page}" if chunk.page else ""
    heading = chunk.heading_path.rsplit(" > ", 1)[-1]
    return ", ".join(part for part in (heading, page) if part)


# -- findings ------------------------------------------------------------------------------
def _dated(row: InformationFinding, rfp: RFP, today: date) -> Stated:
    label, _, words = row.text.partition(MARK)
    role = role_of(row)
    stated = _stated(row)
    return Stated(
        row=row, label=label, words=words, role=role, url=stated.url, source=stated.source,
        is_over=row.day is not None and row.day < today,
        offer=role == Role.SUBMISSION and row.day is not None and row.day != rfp.due_date,
    )  # fmt: skip


def _stated(row: InformationFinding) -> Stated:
    return Stated(
        row=row, label=row.text, words="", role=None, url=passage_url(row.chunk),
        source=", ".join(p for p in (row.information_document.title, _place(row.chunk)) if p),
    )  # fmt: skip
