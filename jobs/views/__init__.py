"""Pages of background work: lists, one job, its progress, files, and what people do to a job."""

from jobs.views.actions import cancel, resume, retry, retry_failed
from jobs.views.detail import detail
from jobs.views.files import artifact, artifact_delete, files
from jobs.views.lists import job_list, list_context
from jobs.views.notifications import notification_choices, notifications
from jobs.views.progress import progress, progress_many
from jobs.views.queues import queues

__all__ = [
    "artifact",
    "artifact_delete",
    "cancel",
    "detail",
    "files",
    "job_list",
    "list_context",
    "notification_choices",
    "notifications",
    "progress",
    "progress_many",
    "queues",
    "resume",
    "retry",
    "retry_failed",
]
