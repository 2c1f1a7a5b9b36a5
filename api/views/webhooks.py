"""The pages on which people look after their webhooks."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from api.access import deliveries_of, delivery_of, webhook_of
from api.forms import WebhookForm
from api.models import OLD_SECRET_SIGNS, Event, Webhook
from api.webhooks import events, managing
from api.webhooks.errors import WebhookRefused
from api.webhooks.managing import Wish, job_kinds
from jobs.access import check_may_write, must_be
from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther
from jobs.retrying import CannotRetry

PAGE_SIZE = 25


@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    mine = list(Webhook.objects.for_user(request.user))
    return render(request, "api/webhooks.html", {"webhooks": mine, "most": managing.MOST})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    form = WebhookForm(_sent(request))
    made = _done(form, lambda wish: managing.make(request.user, wish))
    if made is not None:
        return _show_secret(request, *made)
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, webhook_id: int) -> HttpResponse:
    check_may_write(request)
    webhook = webhook_of(request, webhook_id)
    form = WebhookForm(_sent(request), initial=Wish.of(webhook).columns())
    changed = _done(form, lambda wish: managing.change(webhook, wish, by=request.user))
    if changed is not None:
        messages.success(request, "Saved.")
        return SeeOther(webhook.get_absolute_url())
    return _form_page(request, form, webhook)


def _sent(request: HttpRequest) -> Any:
    """Also an empty form was sent."""
    return request.POST if request.method == "POST" else None


def _done(form: WebhookForm, act: Callable[[Wish], Any]) -> Any:
    """What `act` made of a form that holds; None, with the reasons on the form, where it did
    not."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return act(form.wish())
    except WebhookRefused as refusal:
        form.add_error(None, str(refusal))
        return None


def _form_page(request: HttpRequest, form: WebhookForm, webhook: Webhook | None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "webhook": webhook}
    return render(request, "api/webhook_form.html", context, status=status)


@never_cache
def _show_secret(request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
    """As the answer to the POST itself: nowhere is it kept to be shown later."""
    hours = int(OLD_SECRET_SIGNS.total_seconds() // 3600)
    context = {"webhook": webhook, "secret": secret, "hours": hours}
    return render(request, "api/webhook_secret.html", context)


@require_safe
def detail(request: HttpRequest, webhook_id: int) -> HttpResponse:
    webhook = webhook_of(request, webhook_id)
    pages = Paginator(deliveries_of(webhook), PAGE_SIZE)
    context = {
        "webhook": webhook,
        "page": pages.get_page(request.GET.get("page")),
        "events": [label for name, label in Event.choices if name in webhook.events],
        "kinds": [words for name, words in job_kinds().items() if name in webhook.kinds],
    }
    return render(request, "api/webhook.html", context)


@require_POST
def switch(request: HttpRequest, webhook_id: int) -> HttpResponse:
    check_may_write(request)
    on = request.POST.get("active") == "on"
    webhook = managing.switch(webhook_of(request, webhook_id), on=on, by=request.user)
    messages.success(request, f"“{webhook.name}” is switched {'on' if on else 'off'}.")
    return SeeOther(webhook.get_absolute_url())


@require_POST
def rotate(request: HttpRequest, webhook_id: int) -> HttpResponse:
    check_may_write(request)
    webhook = webhook_of(request, webhook_id)
    return _show_secret(request, webhook, managing.rotate(webhook, by=request.user))


@require_POST
def ping(request: HttpRequest, webhook_id: int) -> HttpResponse:
    check_may_write(request)
    webhook = webhook_of(request, webhook_id)
    events.ping(webhook)
    messages.success(request, "A test message is on its way. Its line below says how it goes.")
    return SeeOther(webhook.get_absolute_url())


@require_POST
def remove(request: HttpRequest, webhook_id: int) -> HttpResponse:
    check_may_write(request)
    webhook = webhook_of(request, webhook_id)
    managing.remove(webhook, by=request.user)
    messages.success(request, f"“{webhook.name}” was removed.")
    return SeeOther(reverse("webhooks:list"))


@require_POST
def retry(request: HttpRequest, webhook_id: int, delivery_id: int) -> HttpResponse:
    check_may_write(request)
    webhook = webhook_of(request, webhook_id)
    try:
        events.send_again(delivery_of(webhook, delivery_id))
    except (CannotRetry, AlreadyRunning) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The message is on its way again.")
    return SeeOther(webhook.get_absolute_url())
