"""Brings one message to its webhook, and keeps book of how that goes."""

import json
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from api.models import PING, Webhook, WebhookDelivery
from api.webhooks.errors import Undelivered
from api.webhooks.signing import DELIVERY, EVENT, SIGNATURE, signature
from audit.recording import record
from jobs.errors import JobFailed
from jobs.models import Event
from jobs.notifying import remind
from jobs.run import JobRun
from solution_library.fetching import FetchFailed, FetchRefused
from solution_library.fetching.sending import SECONDS, Sent, send

#: After a failure no other message is tried for so long: a receiver that hangs must not take the
#: workers' time, however many messages wait for it.
REST = timedelta(seconds=30)
LONGEST_REST_SECONDS = 3600.0


def deliver(run: JobRun) -> dict[str, Any]:
    """The work of a WebhookDelivery. Raises Undelivered to be tried again, JobFailed for good."""
    delivery = run.job
    assert isinstance(delivery, WebhookDelivery)
    webhook = _receiver_of(delivery)
    try:
        sent = _send(webhook, delivery)
    except FetchRefused as refusal:
        _note_failure(run, webhook, None)
        raise JobFailed(refusal.reason) from refusal
    except FetchFailed as failure:
        _note_failure(run, webhook, None)
        raise _again(delivery, failure.reason) from failure
    if not sent.is_success:
        _note_failure(run, webhook, sent)
        raise _again(delivery, _refusal(sent))
    _note_success(run, webhook, sent)
    return {"message_id": str(delivery.message_id), "response_status": sent.status}


def _receiver_of(delivery: WebhookDelivery) -> Webhook:
    webhook = Webhook.objects.select_related("owner").filter(pk=delivery.webhook_id or 0).first()
    if webhook is None:
        raise JobFailed("The webhook was removed.")
    if not webhook.owner.is_active:
        raise JobFailed("The webhook’s owner may not sign in any more.")
    if delivery.event == PING:
        return webhook
    if not webhook.is_active:
        raise JobFailed("The webhook is switched off.")
    if webhook.resting_until and webhook.resting_until > timezone.now():
        raise Undelivered("The receiver failed just now: this message waits.")
    return webhook


def _send(webhook: Webhook, delivery: WebhookDelivery) -> Sent:
    # The same bytes each time; only the time that is signed is another.
    body = json.dumps(delivery.payload, sort_keys=True, separators=(",", ":")).encode()
    headers = {
        SIGNATURE: signature(webhook.secrets(), int(time.time()), body),
        DELIVERY: str(delivery.message_id),
        EVENT: delivery.event,
    }
    return send(webhook.url, body, headers, seconds=SECONDS)


def _again(delivery: WebhookDelivery, reason: str) -> Exception:
    """Whoever tries their receiver wants to know now."""
    return JobFailed(reason) if delivery.event == PING else Undelivered(reason)


def _refusal(sent: Sent) -> str:
    if 300 <= sent.status < 400:
        return f"The receiver answered {sent.status}, and redirects are not followed."
    return f"The receiver answered {sent.status} instead of 2xx."


def _note_success(run: JobRun, webhook: Webhook, sent: Sent) -> None:
    with run.write():
        _note(run, sent)
        Webhook.objects.filter(pk=webhook.pk, failing_since__isnull=False).update(
            failing_since=None, resting_until=None
        )


def _note_failure(run: JobRun, webhook: Webhook, sent: Sent | None) -> None:
    rest = REST
    if sent is not None and sent.retry_after:
        rest = max(rest, timedelta(seconds=min(sent.retry_after, LONGEST_REST_SECONDS)))
    with run.write():
        _note(run, sent)
        Webhook.objects.filter(pk=webhook.pk).update(
            failing_since=Coalesce("failing_since", Now()), resting_until=timezone.now() + rest
        )
        webhook.refresh_from_db()
        _give_up_if_hopeless(webhook)


def _note(run: JobRun, sent: Sent | None) -> None:
    QuerySet(WebhookDelivery).filter(pk=run.job.pk).update(
        response_status=sent.status if sent else None, tried_at=timezone.now()
    )


def _give_up_if_hopeless(webhook: Webhook) -> None:
    """A receiver that nobody has looked after for days is switched off, and its owner told."""
    days = settings.WEBHOOK_DAYS_OF_FAILURE
    since = webhook.failing_since
    if not webhook.is_active or since is None or since > timezone.now() - timedelta(days=days):
        return
    reason = f"Its receiver has not taken a message for {days} days."
    Webhook.objects.filter(pk=webhook.pk).update(is_active=False, off_reason=reason)
    remind(
        webhook.owner,
        event=Event.WEBHOOK_OFF,
        topic=f"webhook-off:{webhook.pk}:{since.isoformat(timespec='seconds')}",
        text=f"The webhook “{webhook.name}” was switched off. {reason}",
        url=webhook.get_absolute_url(),
    )
    record("webhook.changed", actor=None, target=webhook, details={"active": False})
