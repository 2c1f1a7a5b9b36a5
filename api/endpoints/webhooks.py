"""Webhooks: a program has itself told instead of asking again and again."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from accounts.scopes import Scope
from api.access import deliveries_of, delivery_of, webhook_of
from api.endpoints import examples
from api.models import Webhook
from api.operations import operation
from api.paging import PageQuery, page, page_of
from api.problems import conflict, not_usable
from api.schemas.webhooks import (
    DeliveryOut,
    DeliveryPage,
    WebhookChange,
    WebhookIn,
    WebhookOut,
    WebhookPage,
    WebhookSecretOut,
)
from api.webhooks import events, managing
from api.webhooks.errors import WebhookRefused
from api.webhooks.managing import Wish
from jobs import retrying
from jobs.access import check_may_write

router = Router(tags=["Webhooks"])
_SECRET = {"webhook": examples.WEBHOOK, "secret": "whs_…"}
_IN = {name: examples.WEBHOOK[name] for name in ("name", "url", "events")}


@operation(
    router, "GET", "", scope=Scope.WEBHOOKS, summary="List webhooks", answer=WebhookPage,
    faults=(422,), example={"items": [examples.WEBHOOK], "next_cursor": None},
)  # fmt: skip
def list_webhooks(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Your own."""
    shown, following = page_of(Webhook.objects.for_user(request.user), query)
    return page([WebhookOut.of(webhook) for webhook in shown], following)


@operation(
    router, "POST", "", scope=Scope.WEBHOOKS, summary="Make a webhook", status=201,
    answer=WebhookSecretOut, faults=(422,), example=_SECRET, body_example=_IN,
)  # fmt: skip
def make_webhook(request: HttpRequest, given: WebhookIn) -> Any:
    """Keep the `secret`: nobody is told it again."""
    check_may_write(request)
    wish = Wish(given.name, given.url, tuple(given.events), tuple(given.kinds), given.others_too)
    try:
        webhook, secret = managing.make(request.user, wish)
    except WebhookRefused as refusal:
        raise not_usable(str(refusal), kind="webhook-refused") from refusal
    return Status(201, WebhookSecretOut(webhook=WebhookOut.of(webhook), secret=secret))


@operation(
    router, "GET", "/{int:webhook_id}", scope=Scope.WEBHOOKS, summary="Get a webhook",
    answer=WebhookOut, faults=(404,), example=examples.WEBHOOK,
)  # fmt: skip
def get_webhook(request: HttpRequest, webhook_id: int) -> WebhookOut:
    return WebhookOut.of(webhook_of(request, webhook_id))


@operation(
    router, "PATCH", "/{int:webhook_id}", scope=Scope.WEBHOOKS, summary="Change a webhook",
    answer=WebhookOut, faults=(404, 422), example=examples.WEBHOOK,
    body_example={"is_active": True},
)  # fmt: skip
def change_webhook(request: HttpRequest, webhook_id: int, given: WebhookChange) -> WebhookOut:
    """`is_active` switches it on or off; switching it on forgets its failures."""
    check_may_write(request)
    webhook = webhook_of(request, webhook_id)
    sent: dict[str, Any] = given.dict(exclude_none=True)
    active = sent.pop("is_active", None)
    sent |= {name: tuple(sent[name]) for name in ("events", "kinds") if name in sent}
    try:
        if sent:
            wish = replace(Wish.of(webhook), **sent)
            webhook = managing.change(webhook, wish, by=request.user)
    except WebhookRefused as refusal:
        raise not_usable(str(refusal), kind="webhook-refused") from refusal
    if active is not None and active != webhook.is_active:
        webhook = managing.switch(webhook, on=active, by=request.user)
    return WebhookOut.of(webhook)


@operation(
    router, "DELETE", "/{int:webhook_id}", scope=Scope.WEBHOOKS, summary="Remove a webhook",
    answer=None, status=204, faults=(404,),
)  # fmt: skip
def delete_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """What is on its way to it is cancelled."""
    check_may_write(request)
    managing.remove(webhook_of(request, webhook_id), by=request.user)
    return Status(204, None)


@operation(
    router, "POST", "/{int:webhook_id}/secret", scope=Scope.WEBHOOKS, summary="Rotate the secret",
    answer=WebhookSecretOut, faults=(404,), example=_SECRET,
)  # fmt: skip
def rotate_webhook_secret(request: HttpRequest, webhook_id: int) -> WebhookSecretOut:
    """For 24 hours messages carry a signature by the old secret as well."""
    check_may_write(request)
    webhook = webhook_of(request, webhook_id)
    secret = managing.rotate(webhook, by=request.user)
    return WebhookSecretOut(webhook=WebhookOut.of(webhook), secret=secret)


@operation(
    router, "POST", "/{int:webhook_id}/ping", scope=Scope.WEBHOOKS, summary="Send a test message",
    status=202, answer=DeliveryOut, faults=(404,), example={**examples.DELIVERY, "event": "ping"},
)  # fmt: skip
def ping_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """It is tried once, also while the webhook is switched off."""
    check_may_write(request)
    return Status(202, DeliveryOut.of(events.ping(webhook_of(request, webhook_id))))


@operation(
    router, "GET", "/{int:webhook_id}/deliveries", scope=Scope.WEBHOOKS,
    summary="List what was sent", answer=DeliveryPage, faults=(404, 422),
    example={"items": [examples.DELIVERY], "next_cursor": None},
)  # fmt: skip
def list_deliveries(
    request: HttpRequest, webhook_id: int, query: Query[PageQuery]
) -> dict[str, Any]:
    """The newest first, with what became of it."""
    shown, following = page_of(deliveries_of(webhook_of(request, webhook_id)), query)
    return page([DeliveryOut.of(delivery) for delivery in shown], following)


@operation(
    router, "POST", "/{int:webhook_id}/deliveries/{int:delivery_id}/retry", scope=Scope.WEBHOOKS,
    summary="Send a message again", status=202, answer=DeliveryOut, faults=(404, 409),
    example=examples.DELIVERY,
)  # fmt: skip
def retry_delivery(request: HttpRequest, webhook_id: int, delivery_id: int) -> Any:
    """The same message, with the same `message_id`."""
    check_may_write(request)
    delivery = delivery_of(webhook_of(request, webhook_id), delivery_id)
    try:
        again = events.send_again(delivery)
    except retrying.CannotRetry as refusal:
        raise conflict(str(refusal), kind="cannot-retry") from refusal
    return Status(202, DeliveryOut.of(again))
