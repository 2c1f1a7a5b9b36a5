"""Turns what goes wrong around a view into a page that says what to do."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


class FriendlyErrors:
    """A database that is away gives 503 with words; everything else is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, (OperationalError, InterfaceError)):
            return None
        logger.error("Database away on %s: %s", request.path, type(error).__name__)
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "5"
        return response
