"""Removes what nobody needs any more: old jobs, expired files, notifications that were read.

Each chunk is a transaction of its own, so a purge can be killed at any moment and starts again
where it was. It never touches an unfinished job, nor what one depends on.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.housekeeping import tidy
from jobs import artifacts
from jobs.finding import in_chunks, purgeable, purgeable_canaries
from jobs.models import Job, JobArtifact, JobItem, JobLog, Notification, Status
from jobs.run import JobRun

logger = logging.getLogger(__name__)
CHUNK = 200
#: Rows of items and of log lines that one statement deletes.
ROWS = 5000
#: (done, total, what is being removed)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Retention:
    """Days that things are kept after their end."""

    completed: float
    failed: float
    cancelled: float
    canaries: float
    notifications: float

    @classmethod
    def configured(cls) -> "Retention":
        return cls(**{name: float(days) for name, days in settings.JOBS_RETENTION_DAYS.items()})


@dataclass
class Purged:
    """How many went, or would go; and what could not be removed, with the reason."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    canaries: int = 0
    expired_files: int = 0
    forgotten_files: int = 0
    notifications: int = 0
    troubled: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if name != "troubled"}

    @property
    def total(self) -> int:
        return sum(self.counts().values())


# -- what ----------------------------------------------------------------------------------
def old_jobs(keep: Retention) -> dict[str, QuerySet[Job]]:
    """What goes of the jobs, by the name of its count."""
    return {
        "completed": purgeable(Status.COMPLETED, keep.completed),
        "failed": purgeable(Status.FAILED, keep.failed),
        "cancelled": purgeable(Status.CANCELLED, keep.cancelled),
        "canaries": purgeable_canaries(keep.canaries),
    }


def old_notifications(keep: Retention) -> QuerySet[Notification]:
    before = timezone.now() - timedelta(days=keep.notifications)
    return Notification.objects.filter(read_at__lt=before).order_by("pk")


def would_purge(keep: Retention) -> Purged:
    """Count without changing anything."""
    found = Purged()
    for name, jobs in old_jobs(keep).items():
        setattr(found, name, jobs.count())
    found.notifications = old_notifications(keep).count()
    found.expired_files = len(artifacts.expired())
    found.forgotten_files = sum(1 for _ in artifacts.orphans())
    return found


# -- how -----------------------------------------------------------------------------------
class Purge:
    """One run. `tell` hears how far it is; what it raises ends the run between two chunks."""

    def __init__(self, keep: Retention, tell: Progress, chunk: int = CHUNK) -> None:
        self.keep, self.tell, self.chunk = keep, tell, chunk
        self.done = Purged()
        self.expected = 0

    def run(self) -> Purged:
        self.expected = would_purge(self.keep).total
        for name, jobs in old_jobs(self.keep).items():
            for ids in in_chunks(jobs, self.chunk):
                self._count(name, self._jobs(jobs, ids))
        for ids in _ids(old_notifications(self.keep), self.chunk):
            gone, _ = Notification.objects.filter(pk__in=ids).delete()
            self._count("notifications", gone)
        for artifact in artifacts.expired():
            self._file("expired_files", artifact.name, partial(artifacts.drop_bytes, artifact))
        for stored in artifacts.orphans():
            self._file("forgotten_files", stored, partial(artifacts.delete_stored, stored))
        return self.done

    def _count(self, name: str, number: int) -> None:
        setattr(self.done, name, getattr(self.done, name) + number)
        total = max(self.expected, self.done.total)
        self.tell(self.done.total, total, f"Removing {name.replace('_', ' ')}")

    def _jobs(self, old: QuerySet[Job], ids: list[int]) -> int:
        """Delete jobs, then their files: a file without a row is found by the next purge, a row
        whose file is gone would be a broken download."""
        _delete_rows_of(ids)
        with transaction.atomic():
            still = old.filter(pk__in=ids).order_by("pk").select_for_update(skip_locked=True)
            going = [job.pk for job in still.only("pk")]
            files = JobArtifact.objects.filter(job_id__in=going).exclude(file="")
            stored = list(files.values_list("file", flat=True))
            Job.objects.filter(pk__in=going).delete()
        for name in stored:
            self._try(name, partial(artifacts.delete_stored, name))
        return len(going)

    def _file(self, count: str, name: str, delete: Callable[[], None]) -> None:
        if self._try(name, delete):
            self._count(count, 1)

    def _try(self, name: str, delete: Callable[[], None]) -> bool:
        """A file that cannot be deleted must not keep the rest from going."""
        try:
            delete()
        except OSError as error:
            logger.warning("Could not delete %s: %s", name, error)
            self.done.troubled.append(f"{name}: {error.strerror or error}")
            return False
        return True


def _delete_rows_of(ids: list[int]) -> None:
    """Items and log lines first and by themselves, for a big batch has very many: no lock is
    held for long, and a purge that is killed here goes on with the job itself next time."""
    for model in (JobItem, JobLog):
        rows = model._default_manager.filter(job_id__in=ids).order_by("pk")
        while chunk := list(rows.values_list("pk", flat=True)[:ROWS]):
            model._default_manager.filter(pk__in=chunk).delete()


def _ids(rows: QuerySet[Notification], size: int) -> Iterator[list[int]]:
    while ids := list(rows.values_list("pk", flat=True)[:size]):
        yield ids


def purge_for_job(run: JobRun) -> dict[str, object]:
    """The work of a purge job."""
    before = run.job.processed_items  # an earlier slice may have done a part

    def tell(done: int, total: int, doing: str) -> None:
        run.check()
        run.progress(before + done, before + total, doing)

    done = Purge(Retention.configured(), tell).run()
    accounts = tidy()
    for trouble in done.troubled[:20]:
        run.log(f"Could not be deleted: {trouble}", "warning")
    return {**done.counts(), "accounts": sum(accounts.values()), "troubled": len(done.troubled)}
