"""API tokens: made, looked up, revoked."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.errors import TokenRefused
from accounts.events import record
from accounts.models import ApiToken
from accounts.models.token import LONGEST
from accounts.scopes import ALL

#: So that scanners of leaked secrets know one when they see it.
MARK = "spk_"
SHOWN = len(MARK) + 6
MOST_LIVE = 50
TOUCH_EVERY = timedelta(minutes=1)
LENGTH = len(MARK) + 43


@dataclass(frozen=True)
class TokenUser:
    """Who a program acts for, and what its token is good for."""

    user: Any
    token: ApiToken
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return scope in self.scopes


def make_token(
    user: Any, *, name: str, scopes: Iterable[str], expires_at: datetime
) -> tuple[ApiToken, str]:
    """A new token and its secret, which nobody can be told again. Raises TokenRefused."""
    wanted, now = sorted(set(scopes)), timezone.now()
    _check(name.strip(), wanted, expires_at, now)
    raw = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        _check_number(user, now)
        token = ApiToken.objects.create(
            user=user, name=name.strip(), prefix=raw[:SHOWN], secret_hash=_hash(raw),
            scopes=wanted, created_at=now, expires_at=expires_at,
        )  # fmt: skip
        record("token.created", actor=user, target=token, scopes=wanted)
    return token, raw


def _check(name: str, scopes: list[str], expires_at: datetime, now: datetime) -> None:
    if not name or len(name) > 100:
        raise TokenRefused("Give the token a name of 1 to 100 characters.")
    if not scopes:
        raise TokenRefused("Choose at least one thing that the token is good for.")
    if unknown := set(scopes) - ALL:
        raise TokenRefused(f"There is no scope “{min(unknown)[:40]}”.")
    if not now < expires_at <= now + LONGEST:
        raise TokenRefused("Let the token end on a day in the future, a year from now at most.")


def _check_number(user: Any, now: datetime) -> None:
    """The owner's row is the lock: two requests together do not pass the limit."""
    get_user_model().objects.select_for_update().get(pk=user.pk)
    if live_tokens(now).filter(user=user).count() >= MOST_LIVE:
        raise TokenRefused(f"You have {MOST_LIVE} tokens already. Revoke those you do not need.")


def live_tokens(now: datetime | None = None) -> "QuerySet[ApiToken]":
    return ApiToken.objects.filter(revoked_at=None, expires_at__gt=now or timezone.now())


def token_user(raw: str) -> TokenUser | None:
    """Whom this secret speaks for, or None: unknown, revoked, expired, or its owner is not
    active. Notes the use, once a minute at most."""
    if len(raw) != LENGTH or not raw.startswith(MARK) or not raw.isascii():
        return None
    now = timezone.now()
    found = live_tokens(now).filter(secret_hash=_hash(raw), user__is_active=True)
    token = found.select_related("user__profile").first()
    if token is None:
        return None
    _touch(token, now)
    return TokenUser(token.user, token, frozenset(token.scopes) & ALL)


def _touch(token: ApiToken, now: datetime) -> None:
    if token.last_used_at and token.last_used_at > now - TOUCH_EVERY:
        return
    # Conditional, so that requests at the same moment write once.
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - TOUCH_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def revoke(token: ApiToken, *, by: Any) -> bool:
    """End a token now; False if it had been revoked before."""
    open_ones = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    with transaction.atomic():
        done = bool(open_ones.update(revoked_at=timezone.now()))
        if done:
            record("token.revoked", actor=by, target=token)
    return done


def revoke_all(user: Any) -> int:
    """End all tokens of a person; returns how many lived."""
    return int(live_tokens().filter(user=user).update(revoked_at=timezone.now()))


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
