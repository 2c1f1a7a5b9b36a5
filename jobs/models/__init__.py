from jobs.models.job import ACTIVE, FINAL, Job, JobQuerySet, Status
from jobs.models.records import (
    ItemState,
    JobArtifact,
    JobAttempt,
    JobItem,
    JobLog,
    Notification,
    NotificationChoice,
)
from jobs.models.totals import DeletedJobs, Incident

__all__ = [
    "ACTIVE",
    "FINAL",
    "DeletedJobs",
    "Incident",
    "ItemState",
    "Job",
    "JobArtifact",
    "JobAttempt",
    "JobItem",
    "JobLog",
    "JobQuerySet",
    "Notification",
    "NotificationChoice",
    "Status",
]
