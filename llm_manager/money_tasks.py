"""The hourly look into the books."""

from typing import Any

from celery import shared_task
from django.conf import settings

from jobs.execution import execute
from jobs.run import JobRun
from jobs.task import JobTask
from jobs.watching import HOUSEKEEPING
from llm_manager.budgeting import resume_stopped
from llm_manager.control.ledger import close_lost

#: Not among the jobs that people look for.
HOUSEKEEPING["llm_manager.keep_books"] = "Books of calls"


@shared_task(
    bind=True,
    base=JobTask,
    name="llm_manager.keep_books",
    soft_time_limit=120,
    time_limit=420,
    job_columns={"title": "Keep the books"},
)
def keep_books(
    self: Any, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Close the entries of calls whose worker died, and let jobs go on that a budget stopped and
    that it allows now: because a month has begun, or what was reserved for others is free."""
    job = self.job_for(job_id, user_id=user_id)

    def work(run: JobRun) -> dict[str, Any]:
        lost = close_lost(zone=settings.TIME_ZONE)
        return {"lost": lost, "resumed": [job.pk for job in resume_stopped()]}

    return execute(self, job, work)
