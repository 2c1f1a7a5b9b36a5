"""Webhooks as programs see them."""

from datetime import datetime

from ninja import Field, Schema

from api.models import Webhook, WebhookDelivery
from api.schemas.common import Input, Text


class WebhookOut(Schema):
    id: int
    name: str
    url: str
    events: list[str]
    kinds: list[str] = Field(description="kinds of jobs; none means all")
    others_too: bool = Field(description="also jobs that others started and you may see")
    is_active: bool
    off_reason: str
    failing_since: datetime | None
    created_at: datetime

    @staticmethod
    def of(webhook: Webhook) -> "WebhookOut":
        return WebhookOut(
            id=webhook.pk, name=webhook.name, url=webhook.url, events=webhook.events,
            kinds=webhook.kinds, others_too=webhook.others_too, is_active=webhook.is_active,
            off_reason=webhook.off_reason, failing_since=webhook.failing_since,
            created_at=webhook.created_at,
        )  # fmt: skip


class WebhookPage(Schema):
    items: list[WebhookOut]
    next_cursor: str | None


class WebhookSecretOut(Schema):
    """The only answer that ever holds the secret."""

    webhook: WebhookOut
    secret: str


class WebhookIn(Input):
    name: Text = Field(max_length=100)
    url: Text = Field(max_length=2000)
    events: list[Text] = Field(max_length=20)
    kinds: list[Text] = Field([], max_length=50)
    others_too: bool = False


class WebhookChange(Input):
    """What is left out stays as it is."""

    name: Text | None = Field(None, max_length=100)
    url: Text | None = Field(None, max_length=2000)
    events: list[Text] | None = Field(None, max_length=20)
    kinds: list[Text] | None = Field(None, max_length=50)
    others_too: bool | None = None
    is_active: bool | None = None


class DeliveryOut(Schema):
    id: int = Field(description="of its job too")
    message_id: str = Field(description="the same whenever the message is sent again")
    event: str
    status: str
    tries: int
    response_status: int | None
    tried_at: datetime | None
    next_try_at: datetime | None
    error: str
    created_at: datetime

    @staticmethod
    def of(delivery: WebhookDelivery) -> "DeliveryOut":
        return DeliveryOut(
            id=delivery.pk, message_id=str(delivery.message_id), event=delivery.event,
            status=delivery.status, tries=delivery.attempt,
            response_status=delivery.response_status, tried_at=delivery.tried_at,
            next_try_at=delivery.run_after if delivery.is_active else None,
            error=delivery.last_error, created_at=delivery.created_at,
        )  # fmt: skip


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next_cursor: str | None
