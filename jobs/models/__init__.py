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

__all__ = [
    "ACTIVE",
    "FINAL",
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
