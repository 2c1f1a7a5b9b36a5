"""The questions of an RFP with their answers, page by page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import NamedTuple, Self

from django.core.paginator import Page, Paginator
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from jobs.models import ACTIVE, ItemState, JobItem
from rfp_manager.models import RFP, Answer, Question, RFPBatchJob, Section
from rfp_manager.presenting import people
from rfp_manager.presenting.badges import Badge, badge_of_verdict, outcome_badge, state_badge
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
    """A section in the navigation; `sheet` only where a new sheet begins. `name` is the innermost
    part of its title: what it lies in stands above it already. `count` of its questions are
    drafted, as in “3/12”."""

    pk: str
    title: str
    said: str
    name: str
    sheet: str
    query: str
    active: bool
    count: str


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
    people: people.RowPeople | None
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
        rows=_rows(rfp, found, list(number), {section.pk: section for section in sections}, names),
        page=number,
        running=now.running,
        etag=now.etag,
    )


@dataclass(frozen=True)
class Moment:
    """`running`: a batch is writing; `etag` changes whenever the list does."""

    running: bool
    etag: str


# One query, because every page of the workbench asks it, and each that waits every few seconds. It
# and the other below are SQL, because putting them together from models takes 2 to 4 ms of
# processor time for each page (0.2 to 0.4 ms this way), and the database twice as long.
MOMENT = """
WITH asked AS (SELECT id FROM rfp_manager_question WHERE rfp_id = %(rfp)s),
answered AS (
    SELECT a.id, a.version, a.updated_at
    FROM rfp_manager_answer a JOIN asked q ON q.id = a.question_id
)
SELECT
    EXISTS (
        SELECT FROM rfp_manager_rfpbatchjob b JOIN jobs_job j ON j.id = b.job_ptr_id
        WHERE b.rfp_id = %(rfp)s AND j.status = ANY(%(active)s)
    ),
    (SELECT (count(*), sum(version), max(updated_at))::text FROM answered),
    (SELECT max(r.id) FROM rfp_manager_review r JOIN answered a ON a.id = r.answer_id),
    (
        SELECT (count(*), max(s.assigned_at), max(s.declined_at))::text
        FROM rfp_manager_assignment s JOIN asked q ON q.id = s.question_id
    ),
    (
        SELECT (count(*), max(c.id))::text
        FROM rfp_manager_questioncomment c JOIN asked q ON q.id = c.question_id
    )
"""


def moment_of(rfp: RFP) -> Moment:
    """Whether a batch is writing answers or reviews right now, and a tag that changes whenever an
    answer, a review, an assignment or a comment of the RFP does, and when a batch ends."""
    with connection.cursor() as cursor:
        cursor.execute(MOMENT, {"rfp": rfp.pk, "active": [one.value for one in ACTIVE]})
        state = cursor.fetchone()
    tag = blake2b(repr((rfp.pk, *state)).encode(), digest_size=10).hexdigest()
    return Moment(running=state[0], etag=f'"{tag}"')


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
        title, done, of = str(section), drafted[section.pk], totals[section.pk]
        entries.append(
            SectionEntry(
                pk=str(section.pk),
                title=title,
                said=f"{title}: {done} of {of} drafted",
                name=title.rsplit(" › ", 1)[-1],
                sheet=section.sheet if section.sheet not in (sheet, section.title) else "",
                query=found.chosen.in_section(section.pk).query,
                active=section.pk == found.chosen.section,
                count=f"{done}/{of}",
            )
        )
        sheet = section.sheet
    return entries


def _by_section(standings: Sequence[Standing]) -> tuple[Counter[int], Counter[int]]:
    """How many questions each section has, and how many of them an answer."""
    totals = Counter(standing.section_id for standing in standings)
    return totals, Counter(s.section_id for s in standings if s.version)


def _rows(
    rfp: RFP,
    found: Selection,
    ids: Sequence[int],
    sections: Mapping[int, Section],
    names: Mapping[int, str],
) -> list[Row]:
    related = Question.objects.select_related("answer").filter(pk__in=ids)
    questions = list(related.order_by("ordinal"))
    around = _Around.of(questions, found, names)
    rows: list[Row] = []
    section = 0
    for question in questions:
        begun = sections.get(question.section_id) if question.section_id != section else None
        section, question.rfp = question.section_id, rfp
        rows.append(_row(question, begun if str(begun or "") else None, around))
    return rows


# What the rows of a page show beside question and answer: citations, open comments, and what the
# reviewer said of the present version.
BESIDE = """
SELECT q.id,
    (SELECT count(*) FROM rfp_manager_citation c WHERE c.answer_id = a.id),
    (
        SELECT count(*) FROM rfp_manager_questioncomment m
        WHERE m.question_id = q.id AND m.resolved_at IS NULL
    ),
    (
        SELECT r.comment FROM rfp_manager_review r
        WHERE r.answer_id = a.id AND r.answer_version = a.version ORDER BY r.id DESC LIMIT 1
    )
FROM rfp_manager_question q LEFT JOIN rfp_manager_answer a ON a.question_id = q.id
WHERE q.id = ANY(%s)
"""


class _Beside(NamedTuple):
    citations: int
    comments: int
    review: str | None


NOTHING = _Beside(0, 0, None)
#: No question has this number.
PLACE = 2**63


@dataclass(frozen=True)
class _Around:
    """What the rows of a page show beside question and answer."""

    beside: dict[int, _Beside]
    errors: dict[str, str]
    standings: dict[int, Standing]
    names: Mapping[int, str]
    #: The address of a question, with PLACE for its number.
    address: str
    today: date

    @classmethod
    def of(cls, questions: Sequence[Question], found: Selection, names: Mapping[int, str]) -> Self:
        rfp_id = questions[0].rfp_id if questions else 0
        return cls(
            beside=_beside(questions),
            errors=_draft_errors([q for q in questions if not hasattr(q, "answer")]),
            standings={standing.pk: standing for standing in found.found},
            names=names,
            address=reverse("rfp_manager:question", args=[rfp_id, PLACE]) + found.chosen.query,
            today=timezone.localdate(),
        )


def _beside(questions: Sequence[Question]) -> dict[int, _Beside]:
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, [[question.pk for question in questions]])
        return {pk: _Beside(*columns) for pk, *columns in cursor.fetchall()}


def _row(question: Question, heading: Section | None, around: _Around) -> Row:
    answer: Answer | None = getattr(question, "answer", None)
    standing, beside = around.standings[question.pk], around.beside.get(question.pk, NOTHING)
    said = beside.review or ""
    return Row(
        question=question,
        answer=answer,
        place=question_place(question),
        outcome=outcome_badge(answer),
        state=state_badge(answer) if answer else None,
        review=badge_of_verdict(standing.verdict, said) if standing.verdict else None,
        citations=beside.citations,
        error="" if answer else around.errors.get(str(question.pk), ""),
        heading=heading,
        standing=standing,
        people=people.row(standing, around.names, beside.comments, around.today),
        href=around.address.replace(str(PLACE), str(question.pk), 1),
    )


def _draft_errors(unanswered: Sequence[Question]) -> dict[str, str]:
    """Why the newest responder batch left these questions of one RFP without an answer."""
    if not unanswered:
        return {}
    batches = RFPBatchJob.objects.filter(
        rfp=unanswered[0].rfp_id, job_type=RFPBatchJob.JOB_TYPE_RESPONDER
    )
    failed = JobItem.objects.filter(
        job__in=batches.order_by("-pk").values("pk")[:1],
        state=ItemState.FAILED,
        key__in=[str(question.pk) for question in unanswered],
    )
    return dict(failed.values_list("key", "error"))
