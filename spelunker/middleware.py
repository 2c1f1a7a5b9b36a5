"""Turns what goes wrong around a view into a page that says what to do."""

import logging
import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string

from audit.request_ids import current_request_id
from jobs.database import AWAY

logger = logging.getLogger(__name__)


class FriendlyErrors:
    """A database that is away gives 503 with words; everything else is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return database_away(request) if isinstance(error, AWAY) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """The handler of what no view has handled: it may have risen in a middleware (sign-in needs
    the database too), where `process_exception` is not asked."""
    if isinstance(sys.exc_info()[1], AWAY):
        return database_away(request)
    page = render_to_string("500.html", {"request_id": current_request_id()})
    return HttpResponseServerError(page)


def database_away(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: who is signed in is not to be known just now."""
    logger.error("Database away on %s: %s", request.path, type(sys.exc_info()[1]).__name__)
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})
