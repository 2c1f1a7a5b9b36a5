"""How long a session lasts, when it is renewed, and what happens when it is over.

A session ends SESSION_SECONDS after sign-in whatever happens, and SESSION_IDLE_SECONDS after the
last thing that a person did. A page that polls is nobody doing something.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from audit.recording import record

BEGAN = "began_at"
SEEN = "seen_at"
RIGHTS = "rights"
#: A session is written at most so often for the sake of its time.
NOTED_EVERY = 300


class SessionLimits:
    """After AuthenticationMiddleware. Costs no query but one write in five minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            if is_over(request.session, now):
                record("session.expired", actor=request.user, target=request.user)
                logout(request)
            else:
                note(request, now)
        response = self.get_response(request)
        rotate_if_rights_changed(request)
        return response


@receiver(user_logged_in, dispatch_uid="spelunker.begin_session")
def begin(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """With the sign-in, which writes the session anyway; the next request then need not."""
    if request is None or not hasattr(request, "session"):
        return
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
    role = getattr(getattr(user, "profile", None), "role", None)
    request.session[RIGHTS] = _rights(user) | ({"role": role} if role else {})


def is_over(session: Any, now: int) -> bool:
    began, seen = session.get(BEGAN, now), session.get(SEEN, now)
    too_old = now - began >= settings.SESSION_SECONDS
    return bool(too_old or now - seen >= settings.SESSION_IDLE_SECONDS)


def note(request: HttpRequest, now: int) -> None:
    session = request.session
    if BEGAN not in session:
        session[BEGAN] = session[SEEN] = now
    elif not is_poll(request) and now - session.get(SEEN, 0) >= min(
        NOTED_EVERY, settings.SESSION_IDLE_SECONDS // 4
    ):
        session[SEEN] = now


def is_poll(request: HttpRequest) -> bool:
    """Fragments are fetched by timers as well as by people, who send something now and then."""
    return request.method == "GET" and request.headers.get("HX-Request") == "true"


def rotate_if_rights_changed(request: HttpRequest) -> None:
    """Whoever has the old key has none of the new rights, and none of the old ones."""
    user = getattr(request, "_cached_user", None)
    if user is None or not user.is_authenticated or not request.session.session_key:
        return
    rights = _rights(user)
    known = request.session.get(RIGHTS)
    if known is None:
        request.session[RIGHTS] = rights
    elif any(known.get(name, now) != now for name, now in rights.items()):
        request.session.cycle_key()
        request.session[RIGHTS] = rights
        record("session.rotated", actor=user, target=user)
    elif rights.keys() - known.keys():
        request.session[RIGHTS] = known | rights


def _rights(user: Any) -> dict[str, Any]:
    """The role only where something has already asked for it: no query for this."""
    rights: dict[str, Any] = {"staff": user.is_staff, "superuser": user.is_superuser}
    profile = user._state.fields_cache.get("profile")
    return rights | ({"role": profile.role} if profile is not None else {})


class LoginRequired(LoginRequiredMiddleware):
    """Every page needs sign-in unless its view says otherwise. A fragment is not answered with a
    sign-in page inside a page: the browser is sent there."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        if request.headers.get("HX-Request") != "true":
            return super().handle_no_permission(request, view_func)
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        here = shown.path if shown.path.startswith("/") and shown.path[1:2] != "/" else "/"
        back = f"{here}?{shown.query}" if shown.query else here
        login = redirect_to_login(back, self.get_login_url(view_func))
        # 286 also stops the poll that asked.
        return HttpResponse(status=286, headers={"HX-Redirect": login.url})
