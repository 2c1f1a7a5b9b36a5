"""Gives every request its number."""

from collections.abc import Callable
from email.message import Message
from email.utils import collapse_rfc2231_value

from django.http import HttpRequest, HttpResponse

from audit.recording import record
from audit.request_ids import CURRENT, Context, client_ip, request_id


class RequestContext:
    """The first of all: what the others write down has the number too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        context = Context(request_id(request), client_ip(request), request)
        request.id = context.id  # type: ignore[attr-defined]
        token = CURRENT.set(context)
        try:
            response = self.get_response(request)
        finally:
            CURRENT.reset(token)
        response["X-Request-ID"] = context.id
        return response


class Downloads:
    """Writes down every file that somebody signed in takes away, whichever view hands it out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        name = file_name(response.headers.get("Content-Disposition", ""))
        if response.status_code == 200 and name and request.method == "GET":
            match = request.resolver_match
            details = {"page": match.view_name, **match.kwargs} if match else {}
            actor = getattr(request, "user", None)
            record("file.downloaded", actor=actor, target=name, details=details)
        return response


def file_name(disposition: str) -> str:
    """The name in a `Content-Disposition: attachment`, empty for anything else."""
    if not disposition.startswith("attachment"):
        return ""
    message = Message()
    message["Content-Disposition"] = disposition
    return collapse_rfc2231_value(message.get_filename("") or "") or "file"
