"""Webhooks as their owners make, change and remove them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from api.models import LONGEST_URL, Event, Webhook, WebhookDelivery
from api.webhooks.errors import WebhookRefused
from api.webhooks.signing import new_secret
from audit.recording import record
from jobs import transitions
from jobs.models import ACTIVE, Job
from jobs.words import kind_words
from solution_library.fetching import FetchFailed, FetchRefused
from solution_library.fetching.sending import check_receiver

#: Each is a row to look at whenever a job ends.
MOST = 20


@dataclass(frozen=True)
class Wish:
    """What a webhook is to be."""

    name: str
    url: str
    events: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    others_too: bool = False

    @classmethod
    def of(cls, webhook: Webhook) -> "Wish":
        return cls(webhook.name, webhook.url, tuple(webhook.events), tuple(webhook.kinds),
                   webhook.others_too)  # fmt: skip

    def columns(self) -> dict[str, Any]:
        return {"name": self.name.strip(), "url": self.url.strip(), "events": list(self.events),
                "kinds": list(self.kinds), "others_too": self.others_too}  # fmt: skip


def job_kinds() -> dict[str, str]:
    """The kinds of jobs that can be told of, with what people call them."""
    kinds = (model for model in apps.get_models() if issubclass(model, Job))
    labels = [model._meta.label for model in kinds if model is not WebhookDelivery]
    return {label: kind_words(label) for label in sorted(labels)}


def make(user: Any, wish: Wish) -> tuple[Webhook, str]:
    """A new webhook and its secret, which nobody is told again. Raises WebhookRefused."""
    _check(wish)
    secret = new_secret()
    with transaction.atomic():
        # The owner's row is the lock: two requests together do not pass the limit.
        get_user_model().objects.select_for_update().get(pk=user.pk)
        if Webhook.objects.for_user(user).count() >= MOST:
            raise WebhookRefused(f"You have {MOST} webhooks already. Remove one first.")
        webhook = Webhook.objects.create(owner=user, secret=secret, **wish.columns())
        record("webhook.created", actor=user, target=webhook, details=_told(wish))
    return webhook, secret


def change(webhook: Webhook, wish: Wish, *, by: Any) -> Webhook:
    """Raises WebhookRefused."""
    _check(wish, known_url=webhook.url)
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(**wish.columns(), updated_at=timezone.now())
        record("webhook.changed", actor=by, target=webhook, details=_told(wish))
    webhook.refresh_from_db()
    return webhook


def switch(webhook: Webhook, *, on: bool, by: Any) -> Webhook:
    """Switch it on, which forgets its failures, or off."""
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(
            is_active=on, off_reason="" if on else "Switched off by its owner.",
            failing_since=None, resting_until=None, updated_at=timezone.now(),
        )  # fmt: skip
        record("webhook.changed", actor=by, target=webhook, details={"active": on})
    webhook.refresh_from_db()
    return webhook


def rotate(webhook: Webhook, *, by: Any) -> str:
    """A new secret. The one before signs too for a day, so that no message is refused."""
    secret = new_secret()
    with transaction.atomic():
        locked = Webhook.objects.select_for_update().get(pk=webhook.pk)
        locked.old_secret, locked.secret = locked.secret, secret
        locked.rotated_at = timezone.now()
        locked.save(update_fields=["secret", "old_secret", "rotated_at", "updated_at"])
        record("webhook.changed", actor=by, target=webhook, details={"secret": "rotated"})
    webhook.refresh_from_db()
    return secret


def remove(webhook: Webhook, *, by: Any) -> None:
    """For good; what is on its way is cancelled, what was sent stays on record."""
    with transaction.atomic():
        record("webhook.deleted", actor=by, target=webhook, details={"name": webhook.name})
        for delivery in WebhookDelivery.objects.filter(webhook=webhook, status__in=ACTIVE):
            transitions.request_cancel(delivery)
        webhook.delete()


def _told(wish: Wish) -> dict[str, Any]:
    return {"url": wish.url.partition("?")[0][:200], "events": list(wish.events)}


def _check(wish: Wish, known_url: str | None = None) -> None:
    if not wish.name.strip() or len(wish.name) > 100:
        raise WebhookRefused("Give the webhook a name of 1 to 100 characters.")
    if not wish.events:
        raise WebhookRefused("Choose at least one event that it is told of.")
    _must_be_known(wish.events, Event.values, "event")
    _must_be_known(wish.kinds, job_kinds(), "kind of job")
    if len(wish.url) > LONGEST_URL:
        raise WebhookRefused(f"The address is longer than {LONGEST_URL} characters.")
    if wish.url.strip() != known_url:
        _check_address(wish.url.strip())


def _must_be_known(given: Iterable[str], known: Iterable[str], what: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise WebhookRefused(
            f"There is no {what} “{unknown[0][:60]}”. Known are: {', '.join(sorted(known))}."
        )


def _check_address(url: str) -> None:
    try:
        check_receiver(url)
    except (FetchRefused, FetchFailed) as error:
        raise WebhookRefused(error.reason) from error
