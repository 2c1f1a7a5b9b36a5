"""The questions of an RFP with their answers, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, Sum

from jobs.models import ACTIVE, ItemState, JobItem
from rfp_manager.models import RFP, Answer, Citation, Question, Review, RFPBatchJob, Section
from rfp_manager.presenting.badges import Badge, outcome_badge, state_badge, verdict_badge
from rfp_manager.presenting.filters import QuestionFilter, conditions
from rfp_manager.presenting.places import question_place
from rfp_manager.presenting.shares import Shares, shares_of

PAGE_SIZE = 40


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    active: bool
    count: int


@dataclass(frozen=True)
class SectionEntry:
    """A section in the navigation; `sheet` only where a new sheet begins."""

    title: str
    sheet: str
    query: str
    active: bool
    total: int
    drafted: int

    @property
    def name(self) -> str:
        """The innermost part of its title: what it lies in stands above it already."""
        return self.title.rsplit(" › ", 1)[-1]


@dataclass(frozen=True)
class Row:
    question: Question
    answer: Answer | None
    place: str
    outcome: Badge
    state: Badge | None
    review: Badge | None
    citations: int
    error: str
    heading: Section | None


@dataclass(frozen=True)
class Workbench:
    rfp: RFP
    chosen: QuestionFilter
    shares: Shares
    tabs: list[Tab]
    sections: list[SectionEntry]
    rows: list[Row]
    page: "Page[Question]"
    running: bool
    etag: str

    @property
    def all_sections_query(self) -> str:
        return self.chosen.in_section(None).query

    @property
    def query(self) -> str:
        """The end of the address of just this page of the list."""
        if self.page.number == 1:
            return self.chosen.query
        return f"{self.chosen.query or '?'}&page={self.page.number}".replace("?&", "?")


def workbench(rfp: RFP, chosen: QuestionFilter, page: str | None = None) -> Workbench:
    """Everything the question list shows; a page that does not exist becomes the nearest."""
    found = chosen.apply(Question.objects.filter(rfp=rfp)).select_related("section", "answer")
    number = Paginator(found.order_by("ordinal"), PAGE_SIZE).get_page(page)
    shares, running = shares_of(rfp), is_worked_on(rfp)
    return Workbench(
        rfp=rfp,
        chosen=chosen,
        shares=shares,
        tabs=_tabs(chosen, shares),
        sections=_sections(rfp, chosen),
        rows=_rows(rfp, list(number)),
        page=number,
        running=running,
        etag=workbench_etag(rfp, running=running),
    )


def is_worked_on(rfp: RFP) -> bool:
    """A batch is writing answers or reviews right now."""
    return RFPBatchJob.objects.filter(rfp=rfp, status__in=ACTIVE).exists()


def workbench_etag(rfp: RFP, *, running: bool) -> str:
    """Changes whenever an answer or review of the RFP does, and when a batch ends."""
    of_rfp = Answer.objects.filter(question__rfp=rfp)
    answers = of_rfp.aggregate(n=Count("pk"), versions=Sum("version"), at=Max("updated_at"))
    reviews = Review.objects.filter(answer__question__rfp=rfp).aggregate(last=Max("pk"))
    state = [rfp.pk, *answers.values(), reviews["last"], running]
    return f'"{blake2b(repr(state).encode(), digest_size=10).hexdigest()}"'


def _tabs(chosen: QuestionFilter, shares: Shares) -> list[Tab]:
    return [
        Tab(label, chosen.showing(name).query or "?", name == chosen.show, shares.count(name))
        for name, (label, _) in conditions().items()
    ]


def _sections(rfp: RFP, chosen: QuestionFilter) -> list[SectionEntry]:
    drafted = Count("questions", filter=Q(questions__answer__isnull=False))
    found = Section.objects.filter(rfp=rfp).annotate(total=Count("questions"), drafted=drafted)
    entries: list[SectionEntry] = []
    sheet = ""
    for section in found.exclude(total=0).order_by("ordinal"):
        entries.append(
            SectionEntry(
                title=str(section),
                sheet=section.sheet if section.sheet not in (sheet, section.title) else "",
                query=chosen.in_section(section.pk).query,
                active=section.pk == chosen.section,
                total=section.total,
                drafted=section.drafted,
            )
        )
        sheet = section.sheet
    return entries


def _rows(rfp: RFP, questions: Sequence[Question]) -> list[Row]:
    citations, reviews = _citation_counts(questions), _latest_reviews(questions)
    errors = _draft_errors(rfp, questions)
    rows: list[Row] = []
    section: Section | None = None
    for question in questions:
        heading = question.section if question.section != section else None
        section = question.section
        rows.append(_row(question, heading, citations, reviews, errors))
    return rows


def _row(
    question: Question,
    heading: Section | None,
    citations: dict[int, int],
    reviews: dict[int, Review],
    errors: dict[str, str],
) -> Row:
    answer: Answer | None = getattr(question, "answer", None)
    review = reviews.get(answer.pk) if answer else None
    return Row(
        question=question,
        answer=answer,
        place=question_place(question),
        outcome=outcome_badge(answer),
        state=state_badge(answer) if answer else None,
        review=verdict_badge(review) if review else None,
        citations=citations.get(answer.pk, 0) if answer else 0,
        error="" if answer else errors.get(str(question.pk), ""),
        heading=heading,
    )


def _citation_counts(questions: Sequence[Question]) -> dict[int, int]:
    rows = Citation.objects.filter(answer__question__in=questions).order_by()
    return dict(rows.values_list("answer_id").annotate(Count("pk")))


def _latest_reviews(questions: Sequence[Question]) -> dict[int, Review]:
    """The newest review of each answer's current version, by answer."""
    found = Review.objects.filter(answer__question__in=questions).select_related("answer")
    return {
        review.answer_id: review
        for review in found.order_by("pk")
        if review.answer_version == review.answer.version
    }


def _draft_errors(rfp: RFP, questions: Sequence[Question]) -> dict[str, str]:
    """Why the newest responder batch left questions of this page without an answer."""
    batches = RFPBatchJob.objects.filter(rfp=rfp, job_type=RFPBatchJob.JOB_TYPE_RESPONDER)
    failed = JobItem.objects.filter(
        job__in=batches.order_by("-pk").values("pk")[:1],
        state=ItemState.FAILED,
        key__in=[str(question.pk) for question in questions],
    )
    return dict(failed.values_list("key", "error"))
