"""What a person was told, and what they want to be told."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from jobs.models import Notification, Status
from jobs.notification_forms import CHANNELS, EventChoicesForm
from jobs.responses import SeeOther, next_url

PAGE_SIZE = 25


@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """The messages to this person. A POST marks one (`notification`) or all of them as read."""
    mine = Notification.objects.for_user(request.user)
    if request.method == "POST":
        return _mark_as_read(request)
    page = Paginator(mine.select_related("job"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": mine.unread().count(), "failed": Status.FAILED,
               "nav_view": "jobs_own"}  # fmt: skip
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
    """What this person wants to hear of, and how."""
    posted = request.POST if request.method == "POST" else None
    form = EventChoicesForm(posted, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved. It holds from now on.")
        return SeeOther(reverse("jobs:notification_choices"))
    context = {"form": form, "channels": CHANNELS.values(), "nav_view": "jobs_own"}
    return render(request, "jobs/notification_choices.html", context)
