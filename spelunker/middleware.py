"""Turns what goes wrong around a view into a page that says what to do."""

import logging
import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.template.loader import render_to_string

from accounts.quotas import QuotaReached
from audit.request_ids import current_request_id
from jobs.database import AWAY
from jobs.disk import is_disk_full
from jobs.responses import wants_json

logger = logging.getLogger(__name__)


class FriendlyErrors:
    """A database that is away, a disk that is full and a quota that is used up are said with words;
    everything else is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _in_words(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """The handler of what no view has handled: it may have risen in a middleware (sign-in needs
    the database too), where `process_exception` is not asked."""
    error = sys.exc_info()[1]
    if error is not None and (said := _in_words(request, error)) is not None:
        return said
    page = render_to_string("500.html", {"request_id": current_request_id()})
    return HttpResponseServerError(page)


def _in_words(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    if isinstance(error, AWAY):
        return database_away(request)
    if isinstance(error, QuotaReached):
        return quota_reached(request, error)
    return disk_full(request) if is_disk_full(error) else None


def quota_reached(request: HttpRequest, error: QuotaReached) -> HttpResponse:
    """What the form at hand does not say itself: too many unfinished jobs, mostly."""
    if wants_json(request):
        return JsonResponse({"error": str(error)}, status=409)
    page = render_to_string("409.html", {"says": str(error), "request_id": current_request_id()})
    return HttpResponse(page, status=409)


def disk_full(request: HttpRequest) -> HttpResponse:
    """A large upload is spooled to a file before any view sees it."""
    logger.error("Disk full on %s", request.path)
    return HttpResponse(render_to_string("507.html"), status=507)


def database_away(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: who is signed in is not to be known just now."""
    logger.error("Database away on %s: %s", request.path, type(sys.exc_info()[1]).__name__)
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})
