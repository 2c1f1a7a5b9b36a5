"""The pages of webhooks. Included at "webhooks/"."""

from django.urls import path

from api.views import webhooks

app_name = "webhooks"
_ONE = "<int:webhook_id>/"

urlpatterns = [
    path("", webhooks.webhooks, name="list"),
    path("new/", webhooks.new, name="new"),
    path(_ONE, webhooks.detail, name="detail"),
    path(f"{_ONE}edit/", webhooks.edit, name="edit"),
    path(f"{_ONE}switch/", webhooks.switch, name="switch"),
    path(f"{_ONE}rotate/", webhooks.rotate, name="rotate"),
    path(f"{_ONE}ping/", webhooks.ping, name="ping"),
    path(f"{_ONE}remove/", webhooks.remove, name="remove"),
    path(f"{_ONE}deliveries/<int:delivery_id>/retry/", webhooks.retry, name="retry"),
]
