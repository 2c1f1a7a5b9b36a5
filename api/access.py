"""The only place that turns (request, id) into an object of this app, or into a 404."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from api.models import Webhook, WebhookDelivery


def webhook_of(request: HttpRequest, webhook_id: int) -> Webhook:
    """A webhook of this person's own; nobody else's, not even for administrators."""
    return get_object_or_404(Webhook.objects.for_user(request.user), pk=webhook_id)


def deliveries_of(webhook: Webhook) -> "QuerySet[WebhookDelivery]":
    """What was sent to it, the newest first."""
    found: QuerySet[WebhookDelivery] = QuerySet(WebhookDelivery).filter(webhook=webhook)
    return found.order_by("-pk")


def delivery_of(webhook: Webhook, delivery_id: int) -> WebhookDelivery:
    return get_object_or_404(deliveries_of(webhook), pk=delivery_id)
