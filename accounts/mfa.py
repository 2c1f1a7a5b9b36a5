"""The second factor: who has one, who must, and its secrets at rest."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts import sessions
from accounts.errors import SecretUnreadable
from accounts.events import record
from accounts.sealing import is_current, seal, unseal

#: In the session, once it is known that its owner has a second factor.
HAS = "second_factor"
STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are sealed with FIELD_KEYS."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Spelunker"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one of somebody who must have one stays; a new one can be added first."""
        if not (settings.MFA_REQUIRED_FOR_STAFF and authenticator.user.is_staff):
            return True
        others = Authenticator.objects.filter(user=authenticator.user, type__in=STRONG)
        return bool(others.exclude(pk=authenticator.pk).exists())


def has_factor(user: Any) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=STRONG).exists())


def missing(request: HttpRequest) -> bool:
    """Whether this person must set one up before anything else. Asks the database once a
    session: `drop` ends the sessions, so what a session knows stays true."""
    user = request.user
    if not settings.MFA_REQUIRED_FOR_STAFF or not user.is_authenticated or not user.is_staff:
        return False
    if request.session.get(HAS):
        return False
    if has_factor(user):
        request.session[HAS] = True
        return False
    return True


def drop(user: Any, *, by: Any) -> int:
    """Take all second factors from a person who has lost them, and end their sessions. Returns
    how many there were."""
    with transaction.atomic():
        count: int = Authenticator.objects.filter(user=user).delete()[0]
        record("mfa.removed", actor=by, target=user, factors=count, how="reset")
        sessions.end_all(user, by=by)
    return count


#: Where in an authenticator's data sealed texts lie.
SEALED = ("secret", "seed")
RESEALED, CURRENT, UNREADABLE = "resealed", "current", "unreadable"


def reseal(*, dry_run: bool = False) -> Iterator[tuple[str, str]]:
    """Bring all sealed texts under the first of settings.FIELD_KEYS, row by row; yields where each
    one lies and what became of it. Raises SecretUnreadable if there is no key."""
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            found = _reseal(row, dry_run) if row is not None else {}
        for key, state in found.items():
            yield f"mfa.Authenticator {pk} {key}", state


def _reseal(row: Authenticator, dry_run: bool) -> dict[str, str]:
    new, found = dict(row.data), {}
    for key in SEALED:
        if key in new:
            new[key], found[key] = _resealed(new[key])
    if RESEALED in found.values() and not dry_run:
        row.data = new
        row.save(update_fields=["data"])
    return found


def _resealed(text: str) -> tuple[str, str]:
    if is_current(text):
        return text, CURRENT
    try:
        return seal(unseal(text)), RESEALED
    except SecretUnreadable:
        return text, UNREADABLE
