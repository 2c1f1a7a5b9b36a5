"""Background work of the API: messages to webhooks."""

from typing import Any

from celery import shared_task

from api.models import PING, WebhookDelivery
from api.webhooks import sending
from api.webhooks.errors import Undelivered
from jobs.execution import execute
from jobs.task import REMOTE_OPTIONS, JobTask

#: Pauses of 1 minute, doubling up to 4 hours: the last try is 24 hours after the first.
DELIVERY_OPTIONS = {
    **REMOTE_OPTIONS,
    "autoretry_for": (Undelivered,),
    "retry_backoff": 60,
    "retry_backoff_max": 4 * 3600,
    "retry_jitter": False,
    "max_retries": 13,
}


@shared_task(
    bind=True,
    base=JobTask,
    name="api.deliver_webhook",
    soft_time_limit=30,
    time_limit=330,
    job_model=WebhookDelivery,
    job_columns={"title": "Try a webhook", "event": PING},
    **DELIVERY_OPTIONS,
)
def deliver_webhook(
    self: Any, webhook_id: int, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Bring one message to its webhook. Called without a job, it sends a test message."""
    job = self.job_for(job_id, webhook_id=webhook_id)
    return execute(self, job, sending.deliver)
