"""What webhooks are told: ids and states, never a text of the company's or the buyer's."""

from collections.abc import Iterator
from typing import Any

from api.models import PING, Event, Webhook, WebhookDelivery
from jobs import retrying
from jobs.dispatch import enqueue
from jobs.models import Job, Status
from rfp_manager.models import ExportJob

TASK = "api.deliver_webhook"
#: Behind everything that a person waits for.
PRIORITY = 8
_OF_STATUS = {
    Status.COMPLETED: Event.JOB_COMPLETED,
    Status.FAILED: Event.JOB_FAILED,
    Status.CANCELLED: Event.JOB_CANCELLED,
}


def tell_of_job(job: Job, status: Status) -> None:
    """Queue a message to everybody who wants to hear of this end, in the caller's transaction."""
    if isinstance(job, WebhookDelivery):
        return  # else every message would be told of by another
    events = list(_events_of(job, status))
    if not events:
        return
    listening = Webhook.objects.filter(is_active=True, owner__is_active=True)
    for webhook in listening.select_related("owner").order_by("pk"):
        if not _wants_job(webhook, job):
            continue
        for event in events:
            if event in webhook.events:
                queue_message(webhook, event, _about(job, status))


def ping(webhook: Webhook) -> WebhookDelivery:
    """Queue a message that tries the receiver."""
    return queue_message(webhook, PING, {"webhook": {"id": webhook.pk}})


def queue_message(webhook: Webhook, event: str, about: dict[str, Any]) -> WebhookDelivery:
    label = dict(Event.choices).get(event, "Test")
    delivery = WebhookDelivery(
        webhook=webhook, owner=webhook.owner, event=event,
        title=f"Tell “{webhook.name}”: {label}"[:200],
    )  # fmt: skip
    delivery.payload = delivery.about(about)
    return enqueue(TASK, job=delivery, priority=PRIORITY)


def _events_of(job: Job, status: Status) -> Iterator[Event]:
    yield _OF_STATUS[status]
    if isinstance(job, ExportJob) and status == Status.COMPLETED:
        yield Event.RFP_EXPORTED


def _wants_job(webhook: Webhook, job: Job) -> bool:
    if webhook.kinds and job.kind not in webhook.kinds:
        return False
    if job.started_by_id != webhook.owner_id and not webhook.others_too:
        return False
    # Also of one's own: who has left an RFP hears no more of it.
    return job.may_be_seen_by(webhook.owner)


def _about(job: Job, status: Status) -> dict[str, Any]:
    about: dict[str, Any] = {
        "job": {
            "id": job.pk, "kind": job.kind, "status": status.value,
            "total_items": job.total_items, "successful_items": job.successful_items,
            "failed_items": job.failed_items,
        }
    }  # fmt: skip
    rfp_id = getattr(job, "rfp_id", None)
    return about | ({"rfp": {"id": rfp_id}} if rfp_id else {})


def send_again(delivery: WebhookDelivery) -> WebhookDelivery:
    """The same message once more, as a new job. Raises CannotRetry, AlreadyRunning."""
    again = retrying.retry(delivery, user=None)
    assert isinstance(again, WebhookDelivery)
    return again
