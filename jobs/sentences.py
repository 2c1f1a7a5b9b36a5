"""A job's state in a sentence: what its five statuses leave out."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from jobs.models import Job, Status
from jobs.queues import window
from jobs.watching import HOUSEKEEPING, surroundings_of
from jobs.words import duration_words, kind_words, ordinal_words, time_words

#: A job that the relay has not published for so long says that workers cannot be reached.
UNREACHABLE_AFTER = timedelta(seconds=15)


def kind_of(job: Job) -> str:
    """What kind of work this is, in words."""
    return HOUSEKEEPING.get(job.task_name) or kind_words(job.kind)


def state_sentence(job: Job, now: datetime, viewer: Any = None) -> str:
    """What the five statuses do not say, as `viewer` may know it: jobs of other people are not
    named. "" while a worker is simply at it."""
    if not job.is_active:
        return _end_sentence(job)
    sentence = _active_sentence(job, now, viewer)
    if job.started_at or not job.expires_at:
        return sentence
    if job.expires_at <= now:
        return "Too late to start: it ends without having been started"
    return f"{sentence}. Will not start after {time_words(job.expires_at, now)}"


def _active_sentence(job: Job, now: datetime, viewer: Any) -> str:
    if job.cancel_requested_at:
        return _stopping_sentence(job, now)
    before = job.depends_on
    if before is not None and before.status != Status.COMPLETED:
        title = before.title or before.task_name
        return f"Waiting for {name_of(title, before.started_by_id, job, viewer)}"
    if job.run_after and job.run_after > now:
        again = " to try again" if job.retries else ""
        return f"Waiting until {time_words(job.run_after, now)}{again}"
    if job.lease_token and job.lease_expires_at and job.lease_expires_at >= now:
        return ""
    if job.status == Status.PROCESSING and (job.lease_token or job.crashes):
        return "Worker lost, taking it up again"
    return _line_sentence(job, viewer) or _queue_sentence(job, now)


def name_of(title: str, started_by_id: int | None, job: Job, viewer: Any) -> str:
    """The other job's title in quotes, if who reads this may know it."""
    if viewer is None:
        known = started_by_id == job.started_by_id
    else:
        known = viewer.is_staff or started_by_id == viewer.pk
    return _quoted(title) if known else "another job"


def _quoted(title: str) -> str:
    """Quotes inside of quotes are single ones."""
    inner = title.replace("“", "‘").replace("”", "’")
    return f"“{inner}”"


def place_in_line(job: Job, viewer: Any = None) -> str:
    """`Third in line behind “X”`; "" for a job that waits in no line."""
    around = surroundings_of(job) if job.serial_key else None
    if around is None or around.front is None or job.lease_token:
        return ""
    name = name_of(around.front.title, around.front.started_by_id, job, viewer)
    return f"{ordinal_words(around.line_ahead + 1).capitalize()} in line behind {name}"


def _stopping_sentence(job: Job, now: datetime) -> str:
    grace = timedelta(seconds=settings.JOBS_CANCEL_GRACE_SECONDS)
    late = job.cancel_requested_at is not None and now > job.cancel_requested_at + grace
    return "Stopping by force…" if late and job.lease_token else "Stopping…"


def _line_sentence(job: Job, viewer: Any) -> str:
    around = surroundings_of(job) if job.serial_key else None
    if around is None or around.front is None:
        return ""
    name = name_of(around.front.title, around.front.started_by_id, job, viewer)
    ahead = f" ({around.line_ahead} ahead)" if around.line_ahead > 1 else ""
    return f"Waiting for {name} to end{ahead}"


def _end_sentence(job: Job) -> str:
    if job.status != Status.COMPLETED:
        return job.last_error or Status(job.status).label
    if not job.started_at or not job.completed_at:
        return "Finished"
    return f"Finished in {duration_words(job.completed_at - job.started_at)}"


def _queue_sentence(job: Job, now: datetime) -> str:
    if job.dispatched_at:
        return "Waiting for a worker"
    since = _due_since(job)
    if now - since > UNREACHABLE_AFTER:
        ahead = surroundings_of(job).queue_ahead
        if ahead >= window():
            return f"Queued behind {ahead} others"
        return f"Queued; workers unreachable since {time_words(since, now)}"
    return "Goes on in a moment" if job.status == Status.PROCESSING else "Queued"


def _due_since(job: Job) -> datetime:
    """Since when nothing but the queue has kept this job from being published."""
    moments = [job.created_at, job.run_after, job.ready_at]
    if job.depends_on is not None:
        moments.append(job.depends_on.completed_at)
    if job.status == Status.PROCESSING:
        # It was put back at its last change.
        moments.append(job.updated_at)
    return max((moment for moment in moments if moment), default=timezone.now())
