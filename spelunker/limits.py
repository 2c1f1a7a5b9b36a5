"""How often somebody may do what is costly. See settings.RATE_LIMITS; who guesses at passwords and
codes is accounts.guard's matter, and gets the same page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from accounts.errors import SignInLocked
from audit.limiting import hit, limit_of
from audit.request_ids import client_ip, current_request_id, network_of

UPLOADS = {
    "solution_library:upload", "solution_library:document_upload",
    "solution_library:answer_import", "rfp_manager:new", "rfp_manager:information_upload",
    "rfp_manager:information_replace", "rfp_manager:packet_bring", "rfp_manager:question_set_new",
}  # fmt: skip
EXPORTS = {"rfp_manager:export", "solution_library:answer_export", "rfp_manager:packet_file"}
SEARCHES = {"solution_library:search", "solution_library:search_trial"}


@dataclass(frozen=True)
class TooMany:
    """`scope` is the limit that was reached, `says` a sentence with when to come again."""

    scope: str
    wait: int
    says: str = ""


class RateLimits:
    """After SessionLimits: people are counted by name, strangers by network."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        found = _too_many(request, match.view_name) if match else None
        return too_many(request, found) if found else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, SignInLocked):
            return too_many(request, TooMany("sign_in", error.wait, str(error)))
        return None


def too_many(request: HttpRequest, found: TooMany) -> HttpResponse:
    """429 with when to come again, as a page or as JSON."""
    headers = {"Retry-After": str(found.wait)}
    says = found.says or f"Too many requests. Try again in {found.wait} seconds."
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"detail": says}, status=429, headers=headers)
    context = {"wait": found.wait, "says": found.says, "request_id": current_request_id()}
    page = render_to_string("429.html", context)
    return HttpResponse(page, status=429, headers=headers)


def _too_many(request: HttpRequest, view_name: str) -> TooMany | None:
    if request.method != "POST":
        return _counted("search", request) if _searches(request, view_name) else None
    for scope, views in (("upload", UPLOADS), ("export", EXPORTS), ("search", SEARCHES)):
        if view_name in views:
            return _counted(scope, request)
    return None


def _searches(request: HttpRequest, view_name: str) -> bool:
    return view_name in SEARCHES and bool(request.GET)


def _counted(scope: str, request: HttpRequest) -> TooMany | None:
    limit = limit_of(scope)
    wait = hit(limit, who(request)) if limit else 0
    return TooMany(scope, wait) if wait else None


def who(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user {user.pk}"
    return f"network {network_of(client_ip(request))}"
