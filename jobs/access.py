"""The only place that turns (request, id) into an object of this app, or into a 404, and that says
what a role is needed for; the apps above say it in the same words."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.roles import Role, has_role
from jobs.models import Job, JobArtifact
from jobs.models.job import is_shared_kind
from jobs.watching import MOST_AT_ONCE, watched, with_surroundings

#: What fits into the column.
MAX_ID = 2**63 - 1


READING = ("GET", "HEAD", "OPTIONS")
READERS = "Readers see and search, and change nothing. Ask an administrator for another role."


def must_be(request: HttpRequest, at_least: Role, otherwise: str = "") -> None:
    """Raises PermissionDenied, with `otherwise` as its sentence, for who has a lesser role."""
    if has_role(request.user, at_least):
        return
    if at_least == Role.CONTRIBUTOR:
        raise PermissionDenied(otherwise or READERS)
    raise PermissionDenied(otherwise or f"Only {at_least.label.lower()}s may do this.")


def is_change(request: HttpRequest) -> bool:
    """Whether the request may change anything: all do but those that are bound not to."""
    return request.method not in READING


def check_may_write(request: HttpRequest) -> None:
    """Readers may look, and that is all. Raises PermissionDenied."""
    if is_change(request):
        must_be(request, Role.CONTRIBUTOR)


def changed_job_of(request: HttpRequest, job_id: int) -> Job:
    """The job for who may stop it or start it again. Raises PermissionDenied for who may only
    watch it."""
    job = job_of(request, job_id)
    if not may_change(request.user, job):
        raise PermissionDenied("You may watch this work, but not stop it or start it again.")
    return job


def may_change(user: Any, job: Job) -> bool:
    """Whether somebody who sees this job may stop it, or start it again."""
    return _concrete(job).may_be_changed_by(user)


def _concrete(job: Job) -> Job:
    try:
        return job.concrete()
    except (LookupError, ValueError, Job.DoesNotExist):
        # A kind that another version knew: the rule for all jobs holds.
        return job


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
    """Those of the jobs that this person may watch, in one query for all. That nothing has moved
    people are told of their own work even if what it works on is not shared with them any more;
    for whatever else is told, ask `may_see` besides."""
    wanted = [number for number in dict.fromkeys(ids) if 0 < number <= MAX_ID]
    jobs = watched(wanted[:MOST_AT_ONCE])
    return [job for job in jobs if job.may_be_seen_by(request.user) or may_see(request, job)]


def may_see(request: HttpRequest, job: Job) -> bool:
    """Who started it; for work on something shared, those it is shared with."""
    return sees(request.user, job)


def sees(user: Any, job: Job) -> bool:
    """The same of a person."""
    if not is_shared_kind(job.kind) and job.may_be_seen_by(user):
        return True
    try:
        return job.concrete().may_be_seen_by(user)
    except (LookupError, ValueError, Job.DoesNotExist):
        # A kind that another version knew: nobody can say with whom it is shared.
        return False


def artifact_of(request: HttpRequest, artifact_id: int) -> JobArtifact:
    """The file if this person owns it or may see its job, also when its time is over. Of work on
    something shared: only as long as that is shared with them."""
    file = get_object_or_404(JobArtifact.objects.select_related("job"), pk=artifact_id)
    own = file.owner_id == request.user.pk and not is_shared_kind(file.job.kind)
    if not own and not may_see(request, file.job):
        raise Http404
    return file


def own_artifact_of(request: HttpRequest, artifact_id: int) -> JobArtifact:
    """The file if it is this person's own; staff have no more right to remove it."""
    return get_object_or_404(JobArtifact, pk=artifact_id, owner_id=request.user.pk)
