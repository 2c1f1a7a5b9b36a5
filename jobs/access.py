"""The only place that turns (request, id) into an object of this app, or into a 404."""

from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from jobs.models import Job, JobArtifact


def job_of(request: HttpRequest, job_id: int) -> Job:
    """The job if this person may see it; a foreign one is a 404, as if it did not exist."""
    jobs = Job.objects.for_user(request.user).select_related("started_by", "depends_on")
    return get_object_or_404(jobs, pk=job_id)


def artifact_of(request: HttpRequest, artifact_id: int) -> JobArtifact:
    """The file if this person owns it or may see its job, and its time is not over."""
    kept = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    files = JobArtifact.objects.filter(kept).select_related("job")
    if not request.user.is_staff:
        mine = Q(owner=request.user.pk) | Q(owner=None, job__started_by=request.user.pk)
        files = files.filter(mine)
    return get_object_or_404(files, pk=artifact_id)
