"""Result files: to be fetched, listed and removed by those they were made for."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from jobs.access import artifact_of, own_artifact_of
from jobs.artifacts import is_over, remove
from jobs.downloads import attachment
from jobs.models import JobArtifact
from jobs.responses import SeeOther, next_url

PAGE_SIZE = 25


@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """The files that were made for this person, the newest first."""
    mine = JobArtifact.objects.filter(owner_id=request.user.pk).select_related("job")
    page = Paginator(mine.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {"page": page, "files": [(file, is_over(file, now)) for file in page], "now": now}
    return render(request, "jobs/files.html", context)


@require_safe
def artifact(request: HttpRequest, artifact_id: int) -> HttpResponseBase:
    found = artifact_of(request, artifact_id)
    if is_over(found):
        return _gone(request, found)
    try:
        return attachment(found.file, found.name, found.media_type)
    except FileNotFoundError:
        return _gone(request, found)


def _gone(request: HttpRequest, found: JobArtifact) -> HttpResponse:
    context = {"name": found.name, "artifact": found, "over": is_over(found)}
    return render(request, "jobs/file_gone.html", context, status=410)


@require_POST
def artifact_delete(request: HttpRequest, artifact_id: int) -> HttpResponse:
    found = own_artifact_of(request, artifact_id)
    remove(found)
    messages.success(request, f"“{found.name}” was deleted.")
    return SeeOther(next_url(request, reverse("jobs:files")))
