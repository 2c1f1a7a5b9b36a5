"""The page on which an export is chosen: what would leave, what would not, what has left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from jobs.models import Job, JobArtifact, Status
from rfp_manager.filling import Plan, plan_of
from rfp_manager.models import RFP, Answer, AnswerState, ExportJob, Question
from rfp_manager.snapshots import Taken

PER_PAGE = 25
#: More questions than this are counted, not named.
NAMED = 200
#: The columns that say where an answer would go; the others are long.
_OF_QUESTION = (
    "number", "ordinal", "sheet", "answer_row", "answer_column", "comment_row", "comment_column",
    "allowed_choices", "existing_answer", "further_places",
)  # fmt: skip
_OF_ANSWER = ("question", "text", "choice", "comment", "state", "edited_by")
_TOLD = {
    ExportJob.Output.FILLED: "The answers in a copy of the buyer’s own file, nothing else changed.",
    ExportJob.Output.BOOK_XLSX: "Questions, answers and references on three sheets.",
    ExportJob.Output.BOOK_DOCX: "To read, comment on and print; with contents and references.",
    ExportJob.Output.BOOK_PDF: "The same as a PDF, with bookmarks.",
    ExportJob.Output.RECEIPTS: "How each answer came about, to be verified offline.",
}


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    told: str


@dataclass(frozen=True)
class Named:
    """Questions in words: the first of them by name, and how many there are."""

    count: int
    names: list[str]

    @property
    def more(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True)
class Forecast:
    """`kept` and `homeless` concern the buyer's own file alone: cells that keep the buyer's text,
    answers with words for which there is no cell."""

    questions: int
    answered: int
    approved: int
    unapproved: Named
    unanswered: Named
    kept: Named
    homeless: Named


@dataclass(frozen=True)
class Line:
    """An export that was asked for. `mine`: this person may see the job's own page, too."""

    job: ExportJob
    label: str
    files: list[JobArtifact]
    answers: int | None
    mine: bool


def choices() -> list[Choice]:
    return [Choice(output.value, str(output.label), _TOLD[output]) for output in ExportJob.Output]


def forecast(rfp: RFP) -> Forecast:
    """What an export would hold if it was made now. Two queries."""
    questions = list(Question.objects.filter(rfp=rfp).order_by("ordinal").only(*_OF_QUESTION))
    full = _answered(rfp, questions)
    held = {each.question.pk for each in full}
    approved = [each for each in full if _is_approved(each)]
    leaving = approved if rfp.approval_required else full
    plan: Plan = plan_of(leaving)
    return Forecast(
        questions=len(questions),
        answered=len(full),
        approved=len(approved),
        unapproved=_named(_name(each.question) for each in full if not _is_approved(each)),
        unanswered=_named(_name(question) for question in questions if question.pk not in held),
        kept=_named(plan.kept),
        homeless=_named(plan.homeless),
    )


def _answered(rfp: RFP, questions: Iterable[Question]) -> list[Taken]:
    answers = Answer.objects.filter(question__rfp=rfp).only(*_OF_ANSWER)
    found = {answer.question_id: answer for answer in answers}
    taken = [Taken(each, found[each.pk]) for each in questions if each.pk in found]
    return [each for each in taken if not each.is_empty]


def _is_approved(taken: Taken) -> bool:
    return taken.answer.state == AnswerState.APPROVED


def _named(names: Iterable[str]) -> Named:
    found = list(names)
    return Named(len(found), found[:NAMED])


def _name(question: Question) -> str:
    return question.number or str(question.ordinal)


def exports_page(rfp: RFP, user: Any, number: str | None) -> tuple[Page[ExportJob], list[Line]]:
    """The newest first, a page of them."""
    kept = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    # What goes with a file was stored before it, and comes after it here.
    files = Prefetch("artifacts", JobArtifact.objects.filter(kept).order_by("-pk"))
    jobs: QuerySet[ExportJob] = QuerySet(ExportJob).filter(rfp=rfp).prefetch_related(files)
    related = jobs.select_related("started_by", "depends_on").order_by("-pk")
    page = Paginator(related, PER_PAGE).get_page(number)
    return page, [line_of(job, user) for job in page]


def line_of(job: ExportJob, user: Any) -> Line:
    answers = job.result.get("answers_written") if isinstance(job.result, dict) else None
    return Line(
        job=job,
        label=str(ExportJob.Output(job.output).label),
        files=[f for f in job.artifacts.all() if user.is_staff or f.owner_id in (None, user.pk)],
        answers=answers if job.status == Status.COMPLETED else None,
        mine=bool(user.is_staff) or job.started_by_id in (None, user.pk),
    )


def active(lines: Iterable[Line]) -> list[Job]:
    return [line.job for line in lines if line.job.is_active]
