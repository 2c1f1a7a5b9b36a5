"""Jobs as programs see them."""

from datetime import datetime

from ninja import Field, Schema

from api.schemas.common import Person
from jobs.models import Job


class JobOut(Schema):
    id: int
    kind: str
    title: str
    status: str = Field(
        description="`pending`, `processing`, or final: `completed`, `failed`, `cancelled`"
    )
    progress: int = Field(description="whole percent; 100 only when completed")
    total_items: int
    successful_items: int
    failed_items: int
    now_doing: str
    error: str = Field(description="why it failed or was cancelled")
    started_by: Person | None
    retry_of: int | None
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    url: str

    @staticmethod
    def of(job: Job) -> "JobOut":
        return JobOut(
            id=job.pk, kind=job.kind, title=job.title, status=job.status, progress=job.progress,
            total_items=job.total_items, successful_items=job.successful_items,
            failed_items=job.failed_items, now_doing=job.now_doing, error=job.last_error,
            started_by=Person.of(job.started_by), retry_of=job.retry_of_id,
            cancel_requested=job.cancel_requested_at is not None, created_at=job.created_at,
            started_at=job.started_at, completed_at=job.completed_at, url=job.get_absolute_url(),
        )  # fmt: skip


class JobPage(Schema):
    items: list[JobOut]
    next_cursor: str | None
