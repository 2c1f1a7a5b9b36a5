"""How often somebody may do what is costly, or worth guessing at. See settings.RATE_LIMITS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from audit.limiting import Limit, forget, hit, look
from audit.recording import record
from audit.request_ids import client_ip, current_request_id, network_of

#: Of these only failures count: `user_login_failed`.
SIGN_IN = {"login", "account_login", "admin:login"}
SECOND_FACTOR = {"mfa_authenticate", "mfa_reauthenticate", "account_reauthenticate"}
UPLOADS = {
    "solution_library:upload", "solution_library:document_upload",
    "solution_library:answer_import", "rfp_manager:new", "rfp_manager:information_upload",
    "rfp_manager:information_replace", "rfp_manager:packet_bring", "rfp_manager:question_set_new",
}  # fmt: skip
EXPORTS = {"rfp_manager:export", "solution_library:answer_export", "rfp_manager:packet_file"}
SEARCHES = {"solution_library:search", "solution_library:search_trial"}


@dataclass(frozen=True)
class TooMany:
    """`scope` is the limit that was reached."""

    scope: str
    wait: int


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


def too_many(request: HttpRequest, found: TooMany) -> HttpResponse:
    """429 with when to come again, as a page or as JSON."""
    headers = {"Retry-After": str(found.wait)}
    says = f"Too many requests. Try again in {found.wait} seconds."
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"detail": says}, status=429, headers=headers)
    context = {"wait": found.wait, "scope": found.scope, "request_id": current_request_id()}
    page = render_to_string("429.html", context)
    return HttpResponse(page, status=429, headers=headers)


def limit_of(scope: str) -> Limit | None:
    times, seconds = settings.RATE_LIMITS[scope]
    return Limit(scope, times, seconds) if times else None


def _too_many(request: HttpRequest, view_name: str) -> TooMany | None:
    if request.method != "POST":
        return _counted("search", request) if _searches(request, view_name) else None
    if view_name in SIGN_IN:
        return _locked(request)
    for scope, views in (("second_factor", SECOND_FACTOR), ("upload", UPLOADS),
                         ("export", EXPORTS), ("search", SEARCHES)):  # fmt: skip
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


# -- sign-in ------------------------------------------------------------------------------------
def _locked(request: HttpRequest) -> TooMany | None:
    """By name and network, by name, and by network; the answer does not tell which, nor whether
    there is such a name. Resetting the password stays possible."""
    for limit, key in _sign_in_keys(request, _name(request.POST)):
        wait = look(limit, key)
        if wait:
            record("session.limited", actor="somebody unknown", details={"by": limit.scope})
            return TooMany("sign_in", wait)
    return None


def _name(given: Any) -> str:
    for field in ("login", "username", "email"):
        if given.get(field):
            return str(given[field]).strip().casefold()[:254]
    return ""


def _sign_in_keys(request: HttpRequest, name: str) -> Iterator[tuple[Limit, str]]:
    network = network_of(client_ip(request))
    keys = {"sign_in_both": f"{name} {network}", "sign_in_name": name, "sign_in_address": network}
    for scope, key in keys.items():
        limit = limit_of(scope)
        if limit and (name or scope == "sign_in_address"):
            yield limit, key


@receiver(user_login_failed)
def count_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    if request is not None:
        for limit, key in _sign_in_keys(request, _name(request.POST) or _name(credentials)):
            hit(limit, key)


@receiver(user_logged_in)
def forget_failures(user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    """Of this person at this place; what others tried elsewhere still counts."""
    limit = limit_of("sign_in_both")
    if request is not None and limit:
        for name in {user.get_username().casefold(), (user.email or "").casefold()} - {""}:
            forget(limit, f"{name} {network_of(client_ip(request))}")
