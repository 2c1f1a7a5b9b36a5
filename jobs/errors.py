"""What can come between a job and its end."""

from typing import TYPE_CHECKING

from accounts.quotas import QuotaReached

if TYPE_CHECKING:
    from jobs.models import Job


class JobError(Exception):
    """Base of the engine's own errors."""


class AlreadyRunning(JobError):
    """An active job of the same kind and dedup key exists; it is `existing`."""

    def __init__(self, existing: "Job | None") -> None:
        self.existing = existing
        super().__init__("This is already running.")


class TooManyJobs(QuotaReached, JobError):
    """Somebody has as many unfinished jobs as one person may have."""


class LeaseLost(JobError):
    """Another worker owns the job now: stop at once and write nothing."""


class CancelRequested(JobError):
    """Somebody asked for this job to stop."""


class SliceOver(JobError):
    """The work is checkpointed and goes on in a later slice."""


class JobFailed(JobError):
    """The work cannot be done; the message says why, for people. Never retried."""


class TransientItemError(JobError):
    """One item met a passing fault. `retry_after` is in seconds, None leaves it to us."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class TryLater(TransientItemError):
    """It was not the item's turn: it waits again, and none of its tries is used up."""


class StopBatch(JobError):
    """No item can succeed until a person acts (a wrong key, say): stop the whole batch."""


class ImpossibleMessage(JobError, ValueError):
    """A job's arguments cannot be sent to a worker, now or later; the message says why."""
