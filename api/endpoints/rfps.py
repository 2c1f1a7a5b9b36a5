"""RFPs: made of the buyer's file, drafted, reviewed, exported."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from accounts.roles import Role
from accounts.scopes import Scope
from api.endpoints import examples
from api.endpoints.documents import refuse_large
from api.operations import operation
from api.paging import PageQuery, page, page_of
from api.problems import Problem, not_usable
from api.schemas.common import Text
from api.schemas.jobs import JobOut
from api.schemas.rfps import ExportOut, ExportPage, ExportStart, ResponderStart, RfpOut, RfpPage
from jobs.access import must_be
from jobs.artifacts import is_over
from jobs.downloads import attachment
from jobs.models import Job
from llm_manager.calling import NoModel
from llm_manager.models import LLMModel, ModelKind
from rfp_manager import batches, exports
from rfp_manager.access import export_of, rfp_of
from rfp_manager.creating import create_rfp
from rfp_manager.exporting import ExportRefused
from rfp_manager.forms import name_of_file
from rfp_manager.importing.types import NothingAsked, QuestionnaireRefused
from rfp_manager.models import RFP, ExportJob

router = Router(tags=["RFPs"])


class NewRfp(Schema):
    name: Text = Field("", max_length=200, description="empty: after the file")
    customer: Text = Field("", max_length=200)
    due_date: date | None = None
    instructions: Text = Field("", max_length=10_000, description="for tone and style")
    only_approved: bool = Field(False, description="only approved documents may answer")


class RfpQuery(PageQuery):
    q: Text = Field("", max_length=200, description="part of the name or customer")


@operation(
    router, "GET", "", scope=Scope.RFPS_READ, summary="List RFPs", answer=RfpPage, faults=(422,),
    example={"items": [examples.RFP], "next_cursor": None},
)  # fmt: skip
def list_rfps(request: HttpRequest, query: Query[RfpQuery]) -> dict[str, Any]:
    """Those that you may see, the newest first."""
    found = RFP.objects.for_user(request.user).select_related("owner")
    if query.q:
        found = found.filter(name__icontains=query.q) | found.filter(customer__icontains=query.q)
    shown, following = page_of(found.distinct(), query)
    counts = _question_counts(shown)
    return page([RfpOut.of(rfp, counts.get(rfp.pk, 0)) for rfp in shown], following)


def _question_counts(rfps: list[RFP]) -> dict[int, int]:
    rows = RFP.objects.filter(pk__in=[rfp.pk for rfp in rfps])
    return dict(rows.annotate(n=Count("questions")).values_list("pk", "n"))


def _shown(rfp: RFP) -> RfpOut:
    return RfpOut.of(rfp, rfp.questions.count())


@operation(
    router, "POST", "", scope=Scope.RFPS_WRITE, summary="Create an RFP from a questionnaire",
    status=201, answer=RfpOut, faults=(413, 422), example=examples.RFP,
)  # fmt: skip
def create_rfp_from_file(
    request: HttpRequest,
    file: Annotated[UploadedFile, File(description="the buyer's questionnaire")],
    given: Form[NewRfp],
) -> Any:
    """Its questions are read at once. A file in which nothing asks is refused (422)."""
    must_be(request, Role.CONTRIBUTOR)
    refuse_large(file)
    filename, wanted = file.name or "questionnaire", given.dict()
    wanted["name"] = given.name or name_of_file(filename)
    try:
        rfp = create_rfp(file, filename=filename, user=request.user, **wanted)
    except QuestionnaireRefused as refusal:
        kind = "nothing-asked" if isinstance(refusal, NothingAsked) else "file-refused"
        raise not_usable(str(refusal), kind=kind) from refusal
    return Status(201, _shown(rfp))


@operation(
    router, "GET", "/{int:rfp_id}", scope=Scope.RFPS_READ, summary="Get an RFP", answer=RfpOut,
    faults=(404,), example=examples.RFP,
)  # fmt: skip
def get_rfp(request: HttpRequest, rfp_id: int) -> RfpOut:
    return _shown(rfp_of(request, rfp_id))


@operation(
    router, "GET", "/{int:rfp_id}/original", scope=Scope.RFPS_READ,
    summary="Download the buyer's file", answer="application/octet-stream", faults=(404, 410),
)  # fmt: skip
def download_original(request: HttpRequest, rfp_id: int) -> HttpResponseBase:
    """As it was received."""
    rfp = rfp_of(request, rfp_id)
    try:
        return attachment(rfp.questionnaire, rfp.filename)
    except (FileNotFoundError, ValueError) as error:
        raise Problem(410, "The file is not stored any more.") from error


@operation(
    router, "POST", "/{int:rfp_id}/responder", scope=Scope.RFPS_WRITE,
    summary="Draft answers", status=202, answer=JobOut, faults=(404, 409, 422),
    example=examples.JOB, body_example={"only_unanswered": True},
)  # fmt: skip
def start_responder(request: HttpRequest, rfp_id: int, given: ResponderStart) -> Any:
    """Starts at once, without the estimate that the page shows first; budgets hold all the same.
    One at a time: 409 names the job that is under way."""
    rfp = rfp_of(request, rfp_id, Role.CONTRIBUTOR)
    model = None if given.model_id is None else _chat_model(given.model_id)
    return _started(
        lambda: batches.start_responder(
            rfp, request.user, model=model, only_unanswered=given.only_unanswered
        )
    )


def _chat_model(model_id: int) -> LLMModel:
    model = LLMModel.objects.usable().filter(kind=ModelKind.CHAT, pk=model_id).first()
    if model is None:
        raise not_usable(f"The model {model_id} is none that drafts answers, or is switched off.")
    return model


def _started(start: Callable[[], Job]) -> Status[JobOut]:
    try:
        return Status(202, JobOut.of(start()))
    except NoModel as error:
        raise not_usable(str(error), kind="no-model") from error


@operation(
    router, "POST", "/{int:rfp_id}/reviewer", scope=Scope.RFPS_WRITE,
    summary="Review the drafts", status=202, answer=JobOut, faults=(404, 409, 422),
    example=examples.JOB,
)  # fmt: skip
def start_reviewer(request: HttpRequest, rfp_id: int) -> Any:
    """After a running responder. One at a time: 409 names the job that is under way."""
    rfp = rfp_of(request, rfp_id, Role.CONTRIBUTOR)
    return _started(lambda: batches.start_reviewer(rfp, request.user))


@operation(
    router, "POST", "/{int:rfp_id}/exports", scope=Scope.RFPS_WRITE, summary="Start an export",
    status=202, answer=ExportOut, faults=(404, 409, 422),
    example={**examples.EXPORT, "status": "pending", "completed_at": None, "files": []},
    body_example={"output": "filled", "only_approved": True},
)  # fmt: skip
def start_export(request: HttpRequest, rfp_id: int, given: ExportStart) -> Any:
    """Its file is there when its status is `completed`."""
    rfp = rfp_of(request, rfp_id, Role.CONTRIBUTOR)
    try:
        job = exports.start_export(
            rfp, request.user, output=given.output, only_approved=given.only_approved
        )
    except ExportRefused as refusal:
        raise not_usable(str(refusal), kind="export-refused") from refusal
    return Status(202, ExportOut.of(job))


@operation(
    router, "GET", "/{int:rfp_id}/exports", scope=Scope.RFPS_READ, summary="List exports",
    answer=ExportPage, faults=(404, 422),
    example={"items": [examples.EXPORT], "next_cursor": None},
)  # fmt: skip
def list_exports(request: HttpRequest, rfp_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """Of one RFP, the newest first."""
    found: QuerySet[ExportJob] = QuerySet(ExportJob).filter(rfp=rfp_of(request, rfp_id))
    shown, following = page_of(found.prefetch_related("artifacts"), query)
    return page([ExportOut.of(job) for job in shown], following)


@operation(
    router, "GET", "/{int:rfp_id}/exports/{int:export_id}", scope=Scope.RFPS_READ,
    summary="Get an export", answer=ExportOut, faults=(404,), example=examples.EXPORT,
)  # fmt: skip
def get_export(request: HttpRequest, rfp_id: int, export_id: int) -> ExportOut:
    return ExportOut.of(export_of(rfp_of(request, rfp_id), str(export_id)))


@operation(
    router, "GET", "/{int:rfp_id}/exports/{int:export_id}/files/{int:file_id}",
    scope=Scope.RFPS_READ, summary="Download a file of an export",
    answer="application/octet-stream", faults=(404, 410),
)  # fmt: skip
def download_export(
    request: HttpRequest, rfp_id: int, export_id: int, file_id: int
) -> HttpResponseBase:
    job = export_of(rfp_of(request, rfp_id), str(export_id))
    file = get_object_or_404(job.artifacts, pk=file_id)
    try:
        if is_over(file):
            raise FileNotFoundError
        return attachment(file.file, file.name, file.media_type)
    except (FileNotFoundError, ValueError) as error:
        raise Problem(410, "The file is not kept any more. Export again.") from error
