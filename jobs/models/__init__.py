from jobs.models.choices import GROUPS, Event, EventChoice
from jobs.models.job import ACTIVE, FINAL, Job, JobQuerySet, Status
from jobs.models.operating import BackupRecord, ProcessSign
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
    "GROUPS",
    "BackupRecord",
    "DeletedJobs",
    "Event",
    "EventChoice",
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
    "ProcessSign",
    "Status",
]
