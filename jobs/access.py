"""The only place that turns (request, id) into an object of this app, or into a 404."""

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from jobs.models import Job, JobArtifact


def job_of(request: HttpRequest, job_id: int) -> Job:
    """The job if this person may see it; a foreign one is a 404, as if it did not exist."""
    jobs = Job.objects.select_related("started_by", "depends_on")
    job = get_object_or_404(jobs, pk=job_id)
    if not _seen(job, request):
        raise Http404
    return job


def _seen(job: Job, request: HttpRequest) -> bool:
    """By itself or, for work on something shared, by those it is shared with."""
    return job.may_be_seen_by(request.user) or job.concrete().may_be_seen_by(request.user)


def artifact_of(request: HttpRequest, artifact_id: int) -> JobArtifact:
    """The file if this person owns it or may see its job, and its time is not over."""
    kept = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    files = JobArtifact.objects.filter(kept).select_related("job")
    file = get_object_or_404(files, pk=artifact_id)
    if file.owner_id != request.user.pk and not _seen(file.job, request):
        raise Http404
    return file
