"""The page of queues, for staff: what each is for, and what it does now."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from jobs.queue_rows import queue_rows
from jobs.responses import is_fragment
from jobs.views.lists import unless_same


@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise Http404
    context = {"rows": queue_rows(), "crumbs": [("Jobs", reverse("jobs:list"))]}
    if is_fragment(request):
        return unless_same(request, render_to_string("jobs/_queues.html", context, request))
    return render(request, "jobs/queues.html", context)
