"""The questions of an RFP with their answers, page by page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Sum

from jobs.models import ACTIVE, ItemState, JobItem
from rfp_manager.models import (
    RFP,
    Answer,
    Assignment,
    Citation,
    Question,
    QuestionComment,
    Review,
    RFPBatchJob,
    Section,
)
from rfp_manager.presenting import people
from rfp_manager.presenting.badges import Badge, outcome_badge, state_badge, verdict_badge
from rfp_manager.presenting.coverage import Part, names_of, part_of
from rfp_manager.presenting.filters import QuestionFilter, Selection, conditions, select
from rfp_manager.presenting.narrowing import Narrowing, narrowing
from rfp_manager.presenting.places import question_place
from rfp_manager.presenting.shares import Shares, shares_of
from rfp_manager.standing import Standing

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

    pk: int
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
    standing: Standing
    people: Any
    href: str

    @property
    def name(self) -> str:
        """The buyer's number, or the place in the file where there is none."""
        return self.question.number or self.place

    @property
    def seen(self) -> str:
        """The question with the version of its answer that is shown, as bulk actions want it."""
        return f"{self.question.pk}:{self.answer.version if self.answer else 0}"


@dataclass(frozen=True)
class Workbench:
    rfp: RFP
    chosen: QuestionFilter
    shares: Shares
    tabs: list[Tab]
    sections: list[SectionEntry]
    narrowing: Narrowing
    whole: Part
    rows: list[Row]
    page: "Page[int]"
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


def workbench(
    rfp: RFP, chosen: QuestionFilter, page: str | None = None, known: "Moment | None" = None
) -> Workbench:
    """Everything the question list shows; a page that does not exist becomes the nearest.
    `known`: the moment that was asked for before, if it was."""
    # Before the rows: what changes between the two is asked for again.
    now = known or moment_of(rfp)
    found = select(rfp.pk, chosen)
    sections = list(Section.objects.filter(rfp=rfp).order_by("ordinal"))
    names = names_of(found.everything)
    number = Paginator(found.ids, PAGE_SIZE).get_page(page)
    return Workbench(
        rfp=rfp,
        chosen=chosen,
        shares=shares_of(rfp, found.everything),
        tabs=_tabs(found),
        sections=_sections(sections, found),
        narrowing=narrowing(found, names),
        whole=part_of("All sections", found.everything, names, QuestionFilter()),
        rows=_rows(rfp, found, list(number), {section.pk: section for section in sections}),
        page=number,
        running=now.running,
        etag=now.etag,
    )


@dataclass(frozen=True)
class Moment:
    """`running`: a batch is writing; `etag` changes whenever the list does."""

    running: bool
    etag: str


def moment_of(rfp: RFP) -> Moment:
    running = is_worked_on(rfp)
    return Moment(running, workbench_etag(rfp, running=running))


def is_worked_on(rfp: RFP) -> bool:
    """A batch is writing answers or reviews right now."""
    return RFPBatchJob.objects.filter(rfp=rfp, status__in=ACTIVE).exists()


def workbench_etag(rfp: RFP, *, running: bool) -> str:
    """Changes whenever an answer, a review, an assignment or a comment of the RFP does, and when
    a batch ends."""
    of_rfp = Answer.objects.filter(question__rfp=rfp)
    answers = of_rfp.aggregate(n=Count("pk"), versions=Sum("version"), at=Max("updated_at"))
    reviews = Review.objects.filter(answer__question__rfp=rfp).aggregate(last=Max("pk"))
    assigned = Assignment.objects.filter(question__rfp=rfp)
    given = assigned.aggregate(n=Count("pk"), at=Max("assigned_at"), no=Max("declined_at"))
    said = QuestionComment.objects.filter(question__rfp=rfp).aggregate(n=Count("pk"), on=Max("pk"))
    parts = (answers, reviews, given, said)
    state = [rfp.pk, running, *(value for part in parts for value in part.values())]
    return f'"{blake2b(repr(state).encode(), digest_size=10).hexdigest()}"'


def _tabs(found: Selection) -> list[Tab]:
    chosen, counts = found.chosen, found.counts["show"]
    return [
        Tab(label, chosen.showing(name).query or "?", name == chosen.show, counts[name])
        for name, (label, _) in conditions().items()
    ]


def _sections(sections: Sequence[Section], found: Selection) -> list[SectionEntry]:
    totals, drafted = _by_section(found.everything)
    entries: list[SectionEntry] = []
    sheet = ""
    for section in sections:
        if section.pk not in totals:
            continue
        entries.append(
            SectionEntry(
                pk=section.pk,
                title=str(section),
                sheet=section.sheet if section.sheet not in (sheet, section.title) else "",
                query=found.chosen.in_section(section.pk).query,
                active=section.pk == found.chosen.section,
                total=totals[section.pk],
                drafted=drafted[section.pk],
            )
        )
        sheet = section.sheet
    return entries


def _by_section(standings: Sequence[Standing]) -> tuple[Counter[int], Counter[int]]:
    """How many questions each section has, and how many of them an answer."""
    totals = Counter(standing.section_id for standing in standings)
    return totals, Counter(s.section_id for s in standings if s.version)


def _rows(
    rfp: RFP, found: Selection, ids: Sequence[int], sections: Mapping[int, Section]
) -> list[Row]:
    related = Question.objects.select_related("answer").filter(pk__in=ids)
    questions = list(related.order_by("ordinal"))
    around = _Around.of(rfp, questions, found)
    rows: list[Row] = []
    section = 0
    for question in questions:
        heading = sections.get(question.section_id) if question.section_id != section else None
        section, question.rfp = question.section_id, rfp
        rows.append(_row(question, heading, around))
    return rows


@dataclass(frozen=True)
class _Around:
    """What the rows of a page show beside question and answer; each in one query."""

    citations: dict[int, int]
    reviews: dict[int, Review]
    errors: dict[str, str]
    people: Mapping[int, Any]
    standings: dict[int, Standing]
    query: str

    @classmethod
    def of(cls, rfp: RFP, questions: Sequence[Question], found: Selection) -> "_Around":
        return cls(
            citations=_citation_counts(questions),
            reviews=_latest_reviews(questions),
            errors=_draft_errors(rfp, questions),
            people=people.rows(questions),
            standings={standing.pk: standing for standing in found.found},
            query=found.chosen.query,
        )


def _row(question: Question, heading: Section | None, around: _Around) -> Row:
    answer: Answer | None = getattr(question, "answer", None)
    review = around.reviews.get(answer.pk) if answer else None
    return Row(
        question=question,
        answer=answer,
        place=question_place(question),
        outcome=outcome_badge(answer),
        state=state_badge(answer) if answer else None,
        review=verdict_badge(review) if review else None,
        citations=around.citations.get(answer.pk, 0) if answer else 0,
        error="" if answer else around.errors.get(str(question.pk), ""),
        heading=heading,
        standing=around.standings[question.pk],
        people=around.people.get(question.pk),
        href=question.get_absolute_url() + around.query,
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
