"""The door for new documents: files, folders and archives."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.roles import Role
from jobs.access import must_be
from jobs.models import Job
from jobs.responses import SeeOther, is_fragment, wants_json
from solution_library.access import own_document_of
from solution_library.collecting import CollectingRefused
from solution_library.document_forms import UploadForm
from solution_library.ingest import Received, UploadRefused, clean_path, receive
from solution_library.models import Collection, Document, Tag
from solution_library.reviewing import ReviewRefused
from solution_library.unpack_job import origin, start_unpacking
from solution_library.unpacking import is_archive, is_junk
from solution_library.versioning import add_new_version

File: TypeAlias = "UploadedFile[Any]"


@dataclass(frozen=True)
class Taken:
    """What became of one uploaded file."""

    name: str
    message: str
    document: Document | None = None
    job: Job | None = None
    queued: bool = False

    @property
    def is_taken(self) -> bool:
        return self.document is not None or self.job is not None

    @property
    def url(self) -> str:
        found = self.document or self.job
        return found.get_absolute_url() if found else ""


@dataclass(frozen=True)
class Company:
    """What the files of one upload have in common."""

    user: Any
    collections: list[Collection]
    tags: list[Tag]


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take files in. Each is judged by itself: one that is refused stops no other."""
    must_be(request, Role.CONTRIBUTOR)
    form = UploadForm(request.POST, user=request.user)
    files = list(_files(request))
    if not form.is_valid():
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return _refused(request, " ".join(problems))
    if not files:
        return _refused(request, "Choose at least one file.")
    try:
        company = Company(request.user, form.chosen(), list(form.cleaned_data["tags"]))
    except CollectingRefused as refusal:
        return _refused(request, str(refusal))
    return _answer(request, [_take(file, path, company) for file, path in files])


def _files(request: HttpRequest) -> Iterator[tuple[File, str]]:
    """Each file with the path that it has in its folder, "" for one that came alone."""
    paths = request.POST.getlist("paths")
    files = [file for file in request.FILES.getlist("files") if isinstance(file, UploadedFile)]
    for n, file in enumerate(files):
        yield file, clean_path(paths[n]) if n < len(paths) else ""


def _take(file: File, path: str, company: Company) -> Taken:
    name = path or file.name or "unnamed"
    try:
        if path and is_junk(path):
            raise UploadRefused("A hidden or system file, which is left out.")
        if is_archive(file):
            return _unpack(file, name, company)
        received = receive(
            file, filename=file.name or name, user=company.user, path=path,
            collections=company.collections, tags=company.tags,
            key=origin(company.user, path) if "/" in path else "",
        )  # fmt: skip
    except UploadRefused as refusal:
        return Taken(name, str(refusal))
    return Taken(name, _say(received, file), received.document, queued=not received.duplicate)


def _unpack(file: File, name: str, company: Company) -> Taken:
    job = start_unpacking(
        file, filename=file.name or name, user=company.user, collections=company.collections,
        tags=company.tags,
    )  # fmt: skip
    return Taken(name, "Stored; its files are being taken in one by one", job=job, queued=True)


def _say(received: Received, file: File) -> str:
    document = received.document
    if received.duplicate:
        return f"The library has this file already, as “{document.title}”"
    size = filesizeformat(file.size or 0)
    if received.new_version:
        return f"Stored as a new version of “{document.title}”, {size}; it is being read"
    return f"Stored, {size}; it is being read"


@require_POST
def new_version(request: HttpRequest, document_id: int) -> HttpResponse:
    """Take a file as the next version of a document."""
    document = own_document_of(request, document_id)
    file = next(iter(_files(request)), (None, ""))[0]
    if file is None:
        messages.error(request, "Choose a file first.")
        return SeeOther(document.get_absolute_url())
    try:
        received = add_new_version(
            document, file, filename=file.name or document.path, user=request.user
        )
    except (UploadRefused, ReviewRefused) as refusal:
        messages.error(request, str(refusal))
        return SeeOther(document.get_absolute_url())
    if received.duplicate:
        messages.info(request, "This is the file that the document has already.")
    else:
        messages.success(request, _say(received, file) + ".")
    return SeeOther(document.get_absolute_url())


# -- answers ---------------------------------------------------------------------------------
def _answer(request: HttpRequest, taken: list[Taken]) -> HttpResponse:
    refused = [one for one in taken if not one.is_taken]
    status = 422 if len(refused) == len(taken) else 202 if any(t.queued for t in taken) else 200
    if is_fragment(request):
        response = render(request, "solution_library/_taken.html", {"taken": taken}, status=status)
        response["HX-Trigger"] = json.dumps({"spelunker:uploads-done": {}})
        return response
    if wants_json(request):
        return JsonResponse(_body(taken, refused), status=status)
    for one in taken:
        level = messages.SUCCESS if one.is_taken else messages.ERROR
        messages.add_message(request, level, f"{one.name}: {one.message}")
    return SeeOther(_next(taken))


def _next(taken: list[Taken]) -> str:
    """One archive alone leads to its progress, all else to the list."""
    jobs = [one for one in taken if one.job is not None]
    if len(taken) == 1 and jobs:
        return jobs[0].url
    return reverse("solution_library:documents")


def _body(taken: list[Taken], refused: list[Taken]) -> dict[str, object]:
    """`message` and `url` for one file, `files` for each; `error` says what was refused."""
    body: dict[str, object] = {
        "message": taken[0].message,
        "url": taken[0].url,
        "files": [{"name": t.name, "message": t.message, "url": t.url, "taken": t.is_taken}
                  for t in taken],
    }  # fmt: skip
    return body | {"error": " ".join(t.message for t in refused)} if refused else body


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=400)
    if is_fragment(request):
        taken = [Taken("", sentence)]
        return render(request, "solution_library/_taken.html", {"taken": taken}, status=400)
    messages.error(request, sentence)
    return SeeOther(reverse("solution_library:documents"))
