"""The documents that came with an RFP: taken in, summarised, replaced, removed."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.formats import FULL_DAY, date_text
from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther, accepted, already_running, is_fragment, wants_json
from rfp_manager.access import finding_of, information_document_of, own_rfp_of, rfp_of
from rfp_manager.describing import may_describe
from rfp_manager.information.attaching import DetachRefused, attach, detach, replace_file
from rfp_manager.information.due import take_due_date
from rfp_manager.models import RFP
from rfp_manager.presenting.information import information_of
from rfp_manager.summaries import start_summary
from solution_library.ingest import UploadRefused
from solution_library.parsing.endings import ACCEPT


@require_safe
def information(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """The documents with their summaries, and what they demand; for HTMX the list alone."""
    rfp = rfp_of(request, rfp_id)
    shown = information_of(rfp, timezone.localdate(), request.GET.dict())
    context = {
        "rfp": rfp,
        "shown": shown,
        "may_describe": may_describe(request.user, rfp),
        "accept": ACCEPT,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
    }
    part = is_fragment(request) and request.headers.get("HX-Target") == "information"
    template = "_information.html" if part else "information.html"
    return render(request, f"rfp_manager/{template}", context)


@require_POST
def upload(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """Take files in. Each is judged by itself: one that is refused stops no other."""
    rfp = rfp_of(request, rfp_id)
    files = [file for file in request.FILES.getlist("files") if isinstance(file, UploadedFile)]
    if not files:
        return _told(request, rfp, [("", "Choose at least one file.", False)])
    return _told(request, rfp, [_take(rfp, file, request.user) for file in files])


def _take(rfp: RFP, file: "UploadedFile[Any]", user: Any) -> tuple[str, str, bool]:
    """Its name, what became of it, and whether it was taken."""
    name = file.name or "unnamed"
    try:
        attached = attach(rfp, file, filename=name, user=user)
    except UploadRefused as refusal:
        return name, str(refusal), False
    if not attached.created:
        return name, f"The RFP has this file already, as “{attached.information.title}”.", True
    return name, "Stored; it is being read and summarised.", True


def _told(request: HttpRequest, rfp: RFP, said: list[tuple[str, str, bool]]) -> HttpResponse:
    refused = [text for _, text, taken in said if not taken]
    status = 422 if len(refused) == len(said) else 202
    if wants_json(request):
        body: dict[str, Any] = {"message": said[0][1], "url": _page_of(rfp)}
        error = {"error": " ".join(refused)} if refused else {}
        return JsonResponse(body | error, status=status)
    for name, text, taken in said:
        level = messages.SUCCESS if taken else messages.ERROR
        messages.add_message(request, level, f"{name}: {text}" if name else text)
    return SeeOther(_page_of(rfp))


@require_POST
def summarise(request: HttpRequest, rfp_id: int, information_id: int) -> HttpResponse:
    found = information_document_of(request, rfp_id, information_id)
    try:
        job = start_summary(found, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=_page_of(found.rfp))


@require_POST
def replace(request: HttpRequest, rfp_id: int, information_id: int) -> HttpResponse:
    found = information_document_of(request, rfp_id, information_id)
    file = request.FILES.get("file")
    try:
        if not isinstance(file, UploadedFile):
            raise UploadRefused("Choose a file first.")
        if replace_file(found, file, filename=file.name or "unnamed", user=request.user):
            messages.success(request, "Stored; the new version is being read and summarised.")
        else:
            messages.info(request, "This is the file that the document has already.")
    except UploadRefused as refusal:
        messages.error(request, str(refusal))
    return SeeOther(_page_of(found.rfp))


@require_POST
def remove(request: HttpRequest, rfp_id: int, information_id: int) -> HttpResponse:
    found = information_document_of(request, rfp_id, information_id)
    rfp, title = found.rfp, found.title
    try:
        detach(found)
        messages.success(request, f"“{title}” is removed.")
    except DetachRefused as refusal:
        messages.error(request, str(refusal))
    return SeeOther(_page_of(rfp))


@require_POST
def due(request: HttpRequest, rfp_id: int, finding_id: int) -> HttpResponse:
    """Take a date that was found as the day on which the RFP is due."""
    rfp = own_rfp_of(request, rfp_id)
    day = take_due_date(rfp, finding_of(rfp, finding_id))
    messages.success(request, f"The RFP is due on {date_text(day, FULL_DAY)} now.")
    return SeeOther(_page_of(rfp))


def _page_of(rfp: RFP) -> str:
    return reverse("rfp_manager:information", args=[rfp.pk])
