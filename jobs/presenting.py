"""What a person is shown of a job: its state in a sentence, its pace, its end in sight."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import Count, Min
from django.utils import timezone

from jobs.access import may_change, sees
from jobs.artifacts import is_over
from jobs.models import ItemState, Job, JobArtifact, JobItem, JobLog, Status
from jobs.sentences import state_sentence
from jobs.watching import surroundings_of
from jobs.words import eta_words, rate_words

#: The rate is that of the last minutes: a night's outage must not make it look slow.
RATE_WINDOW = timedelta(minutes=2)
LOG_TAIL = 5
ERRORS_SHOWN = 3


@dataclass(frozen=True)
class ItemError:
    name: str
    error: str


@dataclass(frozen=True)
class Again:
    """A way to run an ended job once more: the name of its URL, and what the button says."""

    view: str
    label: str


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
    again: list[Again]
    etag: str
    #: None: nobody in particular, as on a terminal.
    viewer: Any = None

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
    def is_stoppable(self) -> bool:
        """Whether there is anything to stop, whoever looks on."""
        return self.job.is_active and self.job.cancel_requested_at is None

    @cached_property
    def may_change(self) -> bool:
        """Asked for only where there is something to change: it may cost queries."""
        return self.viewer is None or may_change(self.viewer, self.job)

    @property
    def can_cancel(self) -> bool:
        return self.is_stoppable and self.may_change

    @property
    def ways(self) -> list[Again]:
        """The ways to run it again that this person has."""
        return self.again if self.again and self.may_change else []

    @cached_property
    def files(self) -> list[JobArtifact]:
        """The files that this person may fetch."""
        seen = self.viewer is None or not self.artifacts or sees(self.viewer, self.job)
        return self.artifacts if seen else []

    @property
    def more_errors(self) -> int:
        return max(0, self.job.failed_items - len(self.errors))


def present(job: Job, now: datetime | None = None, viewer: Any = None) -> Shown:
    """Everything the progress fragment shows of `job` to `viewer`; six queries at most, and up to
    four for what they may do with it."""
    now = now or timezone.now()
    log = list(reversed(job.log_lines.order_by("-id")[:LOG_TAIL]))
    per_minute = _per_minute(job, now)
    files = list(job.artifacts.all()) if job.status == Status.COMPLETED else []
    left = max(0, job.total_items - job.processed_items)
    return Shown(
        job=job,
        percent=shown_percent(job),
        sentence=state_sentence(job, now, viewer),
        now=job.now_doing if job.is_active else "",
        unit=item_word(job),
        rate=rate_words(per_minute) if per_minute else "",
        left_words=_left_words(left, per_minute) if job.status == Status.PROCESSING else "",
        log=log,
        errors=_errors(job),
        artifacts=[file for file in files if not is_over(file, now)],
        again=ways_to_run_again(job, files, now),
        etag=progress_etag(job, now, viewer, last_line=log[-1].pk if log else 0),
        viewer=viewer,
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
    items = JobItem.objects.filter(job_id=job.pk, state=ItemState.FAILED)
    failed = list(items.values_list("key", "error")[:ERRORS_SHOWN])
    names = item_names(job, [key for key, _ in failed])
    found = [ItemError(names.get(key, key), error) for key, error in failed]
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


def ways_to_run_again(job: Job, files: list[JobArtifact], now: datetime) -> list[Again]:
    """What can be done with a job that did not end well, or whose files are not kept any more;
    the least work comes first."""
    if job.status == Status.COMPLETED and not job.failed_items:
        over = bool(files) and all(is_over(file, now) for file in files)
        return [Again("jobs:retry", "Make the file again")] if over else []
    if job.is_active:
        return []
    rows = JobItem.objects.filter(job_id=job.pk).order_by().values_list("state")
    counts: dict[str, int] = dict(rows.annotate(Count("id")))
    failed = counts.get(ItemState.FAILED, 0)
    left = counts.get(ItemState.PENDING, 0) + counts.get(ItemState.RUNNING, 0)
    ways = []
    if left and left < sum(counts.values()):
        ways.append(Again("jobs:resume", f"Go on with the {left} left"))
    if failed:
        ways.append(Again("jobs:retry_failed", f"Only the {failed} failed"))
    return [*ways, Again("jobs:retry", "Do all of it again" if ways else "Try again")]


def poll_seconds(job: Job, now: datetime) -> int:
    """The pause between polls that suits the job: one or two seconds while things move, up to
    ten when they don't. How many look on is for `jobs.crowd` to say."""
    moved = max(m for m in (job.created_at, job.updated_at, job.progress_at) if m)
    quiet = (now - moved).total_seconds()
    if quiet < 10:
        return 1 if _is_waited_for(job, now) else 2
    return next((pause for limit, pause in ((60, 3), (300, 5)) if quiet < limit), 10)


def _is_waited_for(job: Job, now: datetime) -> bool:
    """Just begun, or over within a minute at its pace so far. The bar of a longer one moves by a
    hundredth in many seconds, and may have many people looking on."""
    run = (now - (job.started_at or job.created_at)).total_seconds()
    left = job.total_items - job.processed_items
    return run < 30 or 0 < run * left < 60 * job.processed_items


def progress_etag(job: Job, now: datetime, viewer: Any = None, last_line: int | None = None) -> str:
    """Changes when something moved; not because a minute has passed."""
    return f'"{progress_tag(job, now, viewer, last_line)}"'


def progress_tag(job: Job, now: datetime, viewer: Any = None, last_line: int | None = None) -> str:
    """The ETag without its quotes. Without `last_line` it is that of the row's surroundings."""
    newest = surroundings_of(job).last_line if last_line is None else last_line
    facts = (
        job.pk, job.status, job.total_items, job.processed_items, job.failed_items, job.attempt,
        job.now_doing, state_sentence(job, now, viewer), newest,
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:24]


def tag_of_many(tags: dict[int, str]) -> str:
    """One ETag for several jobs, from which their own can be read again."""
    return '"' + ".".join(f"{pk}-{tag}" for pk, tag in sorted(tags.items())) + '"'


def tags_in(etag: str) -> dict[int, str]:
    """The tags of the single jobs in what a browser says it shows; nonsense is left out."""
    parts = (part.partition("-") for part in etag.removeprefix("W/").strip('"').split("."))
    return {int(pk): tag for pk, _, tag in parts if pk.isascii() and pk.isdecimal()}


def shortest_pause(jobs: Iterable[Job], now: datetime) -> int:
    """Seconds until a page with all of these should ask again."""
    return min((poll_seconds(job, now) for job in jobs if job.is_active), default=10)
