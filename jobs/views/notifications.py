"""What a person was told about their jobs, and what they want to be told."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from jobs.forms import NotificationChoiceForm
from jobs.models import Notification, NotificationChoice, Status
from jobs.notifying import choice_of
from jobs.responses import SeeOther, next_url

PAGE_SIZE = 25


@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """The messages to this person. A POST marks one (`notification`) or all of them as read."""
    mine = Notification.objects.for_user(request.user)
    if request.method == "POST":
        return _mark_as_read(request)
    page = Paginator(mine.select_related("job"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": mine.unread().count(), "failed": Status.FAILED}
    return render(request, "jobs/notifications.html", context)


def _mark_as_read(request: HttpRequest) -> HttpResponse:
    unread = Notification.objects.for_user(request.user).unread()
    wanted = request.POST.get("notification", "")
    if wanted:
        known = wanted.isascii() and wanted.isdecimal() and len(wanted) < 19
        unread = unread.filter(pk=int(wanted)) if known else unread.none()
    unread.update(read_at=timezone.now())
    return SeeOther(next_url(request, reverse("jobs:notifications")))


@require_http_methods(["GET", "HEAD", "POST"])
def notification_choices(request: HttpRequest) -> HttpResponse:
    """When this person wants to hear of their jobs, and how."""
    form = NotificationChoiceForm(request.POST or None, instance=_choice_of(request.user))
    if request.method == "POST" and form.is_valid():
        _keep(form)
        messages.success(request, "Saved. It holds from now on.")
        return SeeOther(reverse("jobs:notification_choices"))
    context = {"form": form, "crumbs": [("Notifications", reverse("jobs:notifications"))]}
    status = 422 if form.is_bound else 200
    return render(request, "jobs/notification_choices.html", context, status=status)


def _choice_of(user: Any) -> NotificationChoice:
    return choice_of(user.pk)


def _keep(form: NotificationChoiceForm) -> None:
    """By one statement, so that two clicks at once make one row."""
    own = form.instance
    values = {"when": own.when, "by_email": own.by_email}
    NotificationChoice.objects.update_or_create(user_id=own.user_id, defaults=values)
