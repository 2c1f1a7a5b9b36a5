"""Where people are signed in, and the ending of it."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.events import record
from accounts.models import SignIn
from audit.request_ids import client_ip

KEY, SEEN = "sign_in_key", "sign_in_seen"
SEEN_EVERY = 600
MOST_BROWSER = 300


def note(request: HttpRequest, user: Any) -> None:
    """Write down a new sign-in."""
    session = request.session
    if not session.session_key:
        session.save()
    SignIn.objects.update_or_create(
        session_key=session.session_key,
        defaults={"user": user, "address": client_ip(request),
                  "browser": request.headers.get("User-Agent", "")[:MOST_BROWSER]},
    )  # fmt: skip
    _remember(request)


def follow(request: HttpRequest) -> None:
    """Keep the record of a going session: its key may have changed, and it has been seen."""
    session, now = request.session, timezone.now()
    if session.get(KEY) == session.session_key and now.timestamp() < session.get(SEEN, 0):
        return
    rows = SignIn.objects.filter(session_key=session.get(KEY, ""), user_id=str(request.user.pk))
    if not rows.update(session_key=session.session_key, seen_at=now):
        note(request, request.user)
    _remember(request)


def _remember(request: HttpRequest) -> None:
    request.session[KEY] = request.session.session_key
    request.session[SEEN] = timezone.now().timestamp() + SEEN_EVERY


def sign_ins_of(user: Any) -> list[SignIn]:
    """Those whose session lives, the last seen first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return list(SignIn.objects.filter(user=user, session_key__in=live)[:100])


def end(sign_in: SignIn) -> None:
    """End one session, in the cache and in the database."""
    _store().delete(sign_in.session_key)
    sign_in.delete()


def end_all(user: Any, *, but: str | None = None, by: Any = None) -> int:
    """End every session of a person, except the one with the key `but`; returns how many."""
    with transaction.atomic():
        rows = list(SignIn.objects.filter(user=user).exclude(session_key=but or ""))
        for row in rows:
            end(row)
        if rows:
            record("session.ended_everywhere", actor=by or user, target=user, sessions=len(rows))
    return len(rows)


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore()


def forget_dead() -> int:
    """Delete records of sessions that are gone; returns how many."""
    live = Session.objects.values("session_key")
    return SignIn.objects.exclude(session_key__in=live).delete()[0]
