"""What goes wrong, as RFC 9457 problem details with a sentence for the person who reads the log."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError, ValidationError

from accounts.quotas import QuotaReached
from jobs.database import AWAY
from jobs.disk import DISK_FULL, is_disk_full
from jobs.errors import AlreadyRunning

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPE = "urn:spelunker:problem:"
TITLES = {
    400: "Unreadable request", 401: "Not signed in", 403: "Not allowed", 404: "Not found",
    405: "Method not allowed", 409: "Conflict", 410: "Gone", 413: "Too large",
    415: "Wrong media type", 422: "Not usable", 429: "Too many requests", 500: "Our fault",
    503: "Not available just now", 507: "No room left",
}  # fmt: skip
#: Names of our own code in the place of an error.
_OURS = ("given", "query")
NOT_FOUND = "There is no such thing, or it is not shared with you."


class Problem(Exception):
    """An answer that is no success. `more` are further members of the problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind
        self.headers, self.more = dict(headers or {}), more


def not_usable(detail: str, *, kind: str = "", **more: Any) -> Problem:
    """For what is understood but cannot be done as it stands."""
    return Problem(422, detail, kind=kind, **more)


def conflict(detail: str, *, kind: str = "conflict", **more: Any) -> Problem:
    return Problem(409, detail, kind=kind, **more)


def response_of(problem: Problem) -> HttpResponse:
    title = TITLES.get(problem.status, "Problem")
    kind = problem.kind or title.lower().replace(" ", "-")
    body = {"type": TYPE + kind, "title": title, "status": problem.status,
            "detail": problem.detail, **problem.more}  # fmt: skip
    return HttpResponse(
        json.dumps(body), status=problem.status, content_type=MEDIA_TYPE, headers=problem.headers
    )


def problem_of(error: Exception) -> Problem:
    """Whatever was raised, in our words. What nobody foresaw is logged and is a 500."""
    if isinstance(error, Problem):
        return error
    for kinds, make in _KNOWN:
        if isinstance(error, kinds):
            made: Problem = make(error)
            return made
    if is_disk_full(error):
        return Problem(507, DISK_FULL)
    logger.error("The API failed: %s", type(error).__name__, exc_info=error)
    return Problem(500, "Something went wrong on our side. It is in the log; try again later.")


def handle(request: HttpRequest, error: Any) -> HttpResponse:
    """The handler of every exception that an endpoint raises."""
    return response_of(problem_of(error))


def _unusable(error: Any) -> Problem:
    errors = [{"where": _place(each["loc"]), "says": _says(each)} for each in error.errors[:50]]
    first = f"{errors[0]['where']}: {errors[0]['says']}" if errors else "unknown"
    return not_usable(f"The request cannot be used. {first}.", kind="invalid", errors=errors)


def _place(location: Iterable[Any]) -> str:
    """("body", "data", "name") as "body.name": the middle is a name of our own code."""
    parts = [str(part)[:80] for part in location]
    if len(parts) > 2 and parts[0] in ("body", "query", "form") and parts[1] in _OURS:
        del parts[1]
    return ".".join(parts)


def _says(error: Mapping[str, Any]) -> str:
    return str(error.get("msg", "is not usable"))[:300].removeprefix("Value error, ")


def _running(error: Any) -> Problem:
    job = error.existing
    return conflict(str(error), kind="already-running", job_id=job.pk if job else None)


def _said(error: Any) -> Problem:
    known = {400: "The request cannot be read: its body must be JSON in UTF-8."}
    return Problem(error.status_code, known.get(error.status_code, str(error)))


def _refused(error: Any) -> Problem:
    return Problem(403, str(error) or "You may not do this.")


def _gone_silent(error: Any) -> Problem:
    logger.error("The API found no database: %s", type(error).__name__)
    wait = {"Retry-After": "5"}
    return Problem(503, "The database is away. Try again in a few seconds.", headers=wait)


_KNOWN: tuple[tuple[Any, Any], ...] = (
    (ValidationError, _unusable),
    (HttpError, _said),
    (Http404, lambda error: Problem(404, NOT_FOUND)),
    (PermissionDenied, _refused),
    (AlreadyRunning, _running),
    (QuotaReached, lambda error: conflict(str(error), kind="quota-reached")),
    (AWAY, _gone_silent),
    ((RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent),
     lambda error: Problem(413, "The request is larger than we take.")),
    (UnreadablePostError, lambda error: Problem(400, "The request broke off before its end.")),
    (SuspiciousOperation, lambda error: Problem(400, "The request cannot be read.")),
)  # fmt: skip
