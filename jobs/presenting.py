"""What a person is shown of a job: its state in a sentence, its pace, its end in sight."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Count, Max, Min
from django.utils import timezone

from jobs.models import ItemState, Job, JobArtifact, JobItem, JobLog, Status
from jobs.queues import window
from jobs.words import duration_words, eta_words, rate_words, time_words

#: A job that the relay has not published for so long says that workers cannot be reached.
UNREACHABLE_AFTER = timedelta(seconds=15)
#: The rate is that of the last minutes: a night's outage must not make it look slow.
RATE_WINDOW = timedelta(minutes=2)
LOG_TAIL = 5
ERRORS_SHOWN = 3


@dataclass(frozen=True)
class ItemError:
    name: str
    error: str


@dataclass(frozen=True)
class Shown:
    """One job as its progress fragment shows it."""

    job: Job
    percent: int | None
    sentence: str
    now: str
    unit: str
    rate: str
    left_words: str
    log: list[JobLog]
    errors: list[ItemError]
    artifacts: list[JobArtifact]
    interval: int
    etag: str

    @property
    def html_id(self) -> str:
        return f"job-{self.job.pk}"

    @property
    def cancel_id(self) -> str:
        return f"{self.html_id}-stop"

    @property
    def bar_id(self) -> str:
        """As a selector, for htmx."""
        return f"#{self.html_id}-bar"

    @property
    def can_cancel(self) -> bool:
        return self.job.is_active and self.job.cancel_requested_at is None

    @property
    def can_retry(self) -> bool:
        return self.job.status in (Status.FAILED, Status.CANCELLED) or (
            self.job.status == Status.COMPLETED and self.job.failed_items > 0
        )

    @property
    def more_errors(self) -> int:
        return max(0, self.job.failed_items - len(self.errors))


def present(job: Job, now: datetime | None = None) -> Shown:
    """Everything the progress fragment shows of `job`; four queries at most."""
    now = now or timezone.now()
    log = list(reversed(job.log_lines.order_by("-id")[:LOG_TAIL]))
    per_minute = _per_minute(job, now)
    left = max(0, job.total_items - job.processed_items)
    return Shown(
        job=job,
        percent=shown_percent(job),
        sentence=state_sentence(job, now),
        now=job.now_doing if job.is_active else "",
        unit=item_word(job),
        rate=rate_words(per_minute) if per_minute else "",
        left_words=_left_words(left, per_minute) if job.status == Status.PROCESSING else "",
        log=log,
        errors=_errors(job),
        artifacts=list(_artifacts(job, now)),
        interval=poll_seconds(job, now),
        etag=progress_etag(job, now, last_line=log[-1].pk if log else 0),
    )


def shown_percent(job: Job) -> int | None:
    """None while work goes on whose size is unknown; 100 only when it is completed."""
    if job.status == Status.COMPLETED:
        return 100
    if job.status == Status.PROCESSING and not job.total_items:
        return None
    return min(99, job.get_progress_percentage())


def item_word(job: Job) -> str:
    try:
        return str(getattr(apps.get_model(job.kind), "item_word", job.item_word))
    except (LookupError, ValueError):
        # A kind that an older version knew.
        return job.item_word


def state_sentence(job: Job, now: datetime) -> str:
    """What the five statuses do not say. "" while a worker is simply at it."""
    if not job.is_active:
        return _end_sentence(job)
    if job.cancel_requested_at:
        return "Stopping…"
    before = job.depends_on
    if before is not None and before.status != Status.COMPLETED:
        return f"Waiting for “{before.title or before.task_name}”"
    if job.run_after and job.run_after > now:
        again = " to try again" if job.retries else ""
        return f"Waiting until {time_words(job.run_after, now)}{again}"
    if job.lease_token and job.lease_expires_at and job.lease_expires_at >= now:
        return ""
    if job.status == Status.PROCESSING and (job.lease_token or job.crashes):
        return "Worker lost, taking it up again"
    return _queue_sentence(job, now)


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
        ahead = Job.objects.sent_and_unclaimed().filter(queue=job.queue).count()
        if ahead >= window():
            return f"Queued behind {ahead} others"
        return f"Queued; workers unreachable since {time_words(since, now)}"
    return "Goes on in a moment" if job.status == Status.PROCESSING else "Queued"


def _due_since(job: Job) -> datetime:
    """Since when nothing but the queue has kept this job from being published."""
    moments = [job.created_at, job.run_after]
    if job.depends_on is not None:
        moments.append(job.depends_on.completed_at)
    if job.status == Status.PROCESSING:
        # It was put back at its last change.
        moments.append(job.updated_at)
    return max(moment for moment in moments if moment)


def _per_minute(job: Job, now: datetime) -> float:
    """Items a minute at the pace of the last two minutes; 0 where there is none to tell."""
    if job.status != Status.PROCESSING or not job.processed_items or not job.started_at:
        return 0.0
    start = now - RATE_WINDOW
    recent = JobItem.objects.filter(job_id=job.pk, finished_at__gte=start).aggregate(
        count=Count("id"), first=Min("started_at")
    )
    if recent["count"]:
        begun = max(start, recent["first"] or start)
        return float(recent["count"]) / _minutes(now - begun)
    if JobItem.objects.filter(job_id=job.pk).exists():
        return 0.0
    return job.processed_items / _minutes(now - job.started_at)


def _left_words(left: int, per_minute: float) -> str:
    if not left:
        return ""
    return f"{left} left, {eta_words(left / per_minute * 60)}" if per_minute else f"{left} left"


def _minutes(span: timedelta) -> float:
    return max(1.0, span.total_seconds()) / 60


def _errors(job: Job) -> list[ItemError]:
    """The first failed items, or what the job noted where it has no items."""
    if not job.failed_items and not job.errors:
        return []
    failed = JobItem.objects.filter(job_id=job.pk, state=ItemState.FAILED)[:ERRORS_SHOWN]
    names = item_names(job, [item.key for item in failed])
    found = [ItemError(names.get(item.key, item.key), item.error) for item in failed]
    return found or [noted_error(entry) for entry in job.errors[:ERRORS_SHOWN]]


def item_names(job: Job, keys: list[str]) -> dict[str, str]:
    """What people call the items with these keys.

    A kind whose keys are ids says so in a method `item_names(keys)`; others need none.
    """
    if not keys:
        return {}
    try:
        names = getattr(job.concrete(), "item_names", None)
    except (LookupError, ValueError, Job.DoesNotExist):
        # A kind that an older version knew.
        return {}
    return dict(names(keys)) if names else {}


def noted_error(entry: object) -> ItemError:
    """An entry of `Job.errors`, whoever wrote it."""
    if isinstance(entry, dict):
        return ItemError(str(entry.get("item", "")), str(entry.get("error", "")))
    return ItemError("", str(entry))


def _artifacts(job: Job, now: datetime) -> list[JobArtifact]:
    if job.status != Status.COMPLETED:
        return []
    return [a for a in job.artifacts.all() if not a.expires_at or a.expires_at > now]


def poll_seconds(job: Job, now: datetime) -> int:
    """One second while things move, up to ten when they don't."""
    moved = max(m for m in (job.created_at, job.updated_at, job.progress_at) if m)
    quiet = (now - moved).total_seconds()
    return next((pause for limit, pause in ((10, 1), (60, 3), (300, 5)) if quiet < limit), 10)


def progress_etag(job: Job, now: datetime, last_line: int | None = None) -> str:
    """Changes when something moved; not because a minute has passed."""
    if last_line is None:
        last_line = job.log_lines.aggregate(last=Max("id"))["last"] or 0
    facts = (
        job.pk, job.status, job.total_items, job.processed_items, job.failed_items, job.attempt,
        job.now_doing, state_sentence(job, now), poll_seconds(job, now), last_line,
    )  # fmt: skip
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'
