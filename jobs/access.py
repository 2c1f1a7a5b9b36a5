"""The only place that turns (request, id) into an object of this app, or into a 404."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from jobs.models import Job, JobArtifact
from jobs.watching import MOST_AT_ONCE, watched, with_surroundings

#: What fits into the column.
MAX_ID = 2**63 - 1


def job_of(request: HttpRequest, job_id: int) -> Job:
    """The job if this person may see it; a foreign one is a 404, as if it did not exist."""
    jobs = with_surroundings(Job.objects.select_related("started_by"))
    job = get_object_or_404(jobs, pk=job_id)
    if not may_see(request, job):
        raise Http404
    return job


def watched_job_of(request: HttpRequest, job_id: int) -> Job:
    """`job_of` for a poll: without the columns that no progress shows."""
    for job in watched_jobs_of(request, [job_id]):
        return job
    raise Http404


def watched_jobs_of(request: HttpRequest, ids: Iterable[int]) -> list[Job]:
    """Those of the jobs that this person may see, in one query for all."""
    wanted = [number for number in dict.fromkeys(ids) if 0 < number <= MAX_ID]
    return [job for job in watched(wanted[:MOST_AT_ONCE]) if may_see(request, job)]


def may_see(request: HttpRequest, job: Job) -> bool:
    """By itself or, for work on something shared, by those it is shared with."""
    if job.may_be_seen_by(request.user):
        return True
    try:
        return job.concrete().may_be_seen_by(request.user)
    except (LookupError, ValueError, Job.DoesNotExist):
        # A kind that another version knew: nobody can say with whom it is shared.
        return False


def artifact_of(request: HttpRequest, artifact_id: int) -> JobArtifact:
    """The file if this person owns it or may see its job, also when its time is over."""
    file = get_object_or_404(JobArtifact.objects.select_related("job"), pk=artifact_id)
    if file.owner_id != request.user.pk and not may_see(request, file.job):
        raise Http404
    return file


def own_artifact_of(request: HttpRequest, artifact_id: int) -> JobArtifact:
    """The file if it is this person's own; staff have no more right to remove it."""
    return get_object_or_404(JobArtifact, pk=artifact_id, owner_id=request.user.pk)
