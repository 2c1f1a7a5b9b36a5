"""What holds for every request of somebody who is signed in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts import mfa, sessions
from accounts.formats import CHOSEN, chosen_by, zone

Answer = Callable[[HttpRequest], HttpResponse]
#: The way to a second factor, and the way out.
OPEN_WITHOUT_FACTOR = frozenset(
    ("mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout", "logout",
     "mfa_reauthenticate", "healthz", "livez", "readyz", "metrics")
)  # fmt: skip


class Personal:
    """The person's time zone and formats, and the record of their session."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        profile = getattr(request.user, "profile", None) if request.user.is_authenticated else None
        if profile is None:
            return self.get_response(request)
        sessions.follow(request)
        token = CHOSEN.set(chosen_by(profile))
        try:
            with timezone.override(zone(profile.time_zone)):
                return self.get_response(request)
        finally:
            CHOSEN.reset(token)


class SecondFactor:
    """Staff set up a second factor before anything else, where settings demand it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_: object
    ) -> HttpResponse | None:
        if not getattr(view, "login_required", True) or not mfa.missing(request):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in OPEN_WITHOUT_FACTOR:
            return None
        url = reverse("mfa_activate_totp")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=286, headers={"HX-Redirect": url})  # 286 stops the poll
        return HttpResponseRedirect(url)
