"""Slows down who guesses passwords or codes: counted per account and network address, so that
nobody can lock a person out from somewhere else; and per address over all accounts.

A try is counted before the password is looked at, by one statement: a thousand tries at the same
moment are a thousand counted tries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.errors import SignInLocked
from accounts.events import record
from accounts.models import SignInAttempts

#: After this long without a try, the count begins anew.
FORGET = timedelta(hours=24)
LONGEST = timedelta(minutes=60)


@dataclass(frozen=True)
class Limit:
    """`free` tries cost nothing; each one after them doubles the wait, which begins at a minute."""

    free: int

    def wait(self, tries: int) -> timedelta:
        over = tries - self.free
        if over < 0:
            return timedelta(0)
        return min(timedelta(minutes=2 ** min(over, 6)), LONGEST)


ONE_ACCOUNT = Limit(free=5)
#: Many people may sit behind one address.
ONE_ADDRESS = Limit(free=100)


def begin(login: str, address: str) -> None:
    """Count a try at `login` from `address`. Raises SignInLocked if it may not be made now; then
    no password is to be looked at."""
    now = timezone.now()
    for who, limit in ((name_key(login), ONE_ACCOUNT), ("", ONE_ADDRESS)):
        until = _count(who, address, limit, now)
        if until is not None:
            raise SignInLocked(sentence(until - now))


def failed(login: str, address: str) -> None:
    """The try that was begun has failed. The lock that it brought, if any, goes on record."""
    now = timezone.now()
    locks = SignInAttempts.objects.filter(
        who__in=(name_key(login), ""), address=address, locked_until__gt=now
    )
    for lock in locks:
        minutes = ceil((lock.locked_until - now).total_seconds() / 60)  # type: ignore[operator]
        which = "one account" if lock.who else "the address"
        record("sign_in.blocked", actor=None, what=which, tries=lock.tries, minutes=minutes)


def succeeded(login: str, address: str) -> None:
    """Forget the tries at this account; the address keeps its own, less this one: else one's own
    account would be the way to go on guessing at the others'."""
    SignInAttempts.objects.filter(who=name_key(login), address=address).delete()
    with transaction.atomic():
        row = SignInAttempts.objects.select_for_update().filter(who="", address=address).first()
        if row is not None and row.tries:
            row.tries -= 1
            row.locked_until = None if row.tries < ONE_ADDRESS.free else row.locked_until
            row.save(update_fields=["tries", "locked_until"])


def _count(who: str, address: str, limit: Limit, now: datetime) -> datetime | None:
    """Until when a lock holds that was there before this try; None: the try may be made. It may
    set the lock for the next one."""
    with transaction.atomic():
        SignInAttempts.objects.bulk_create(
            [SignInAttempts(who=who, address=address, last_at=now)], ignore_conflicts=True
        )
        row = SignInAttempts.objects.select_for_update().get(who=who, address=address)
        if row.locked_until and row.locked_until > now:
            return row.locked_until
        row.tries = 1 if row.last_at < now - FORGET else row.tries + 1
        wait = limit.wait(row.tries)
        row.last_at, row.locked_until = now, now + wait if wait else None
        row.save(update_fields=["tries", "last_at", "locked_until"])
    return None


def sentence(wait: timedelta) -> str:
    minutes = ceil(wait.total_seconds() / 60)
    span = "a minute" if minutes <= 1 else f"{minutes} minutes"
    return (
        f"Too many failed sign-ins from your network address. Try again in {span}; an "
        "administrator can give you a new password."
    )


def name_key(login: str) -> str:
    return salted_hmac("accounts.guard", login.strip().casefold(), algorithm="sha256").hexdigest()


def forget_old(now: datetime) -> int:
    """Delete what counts no more; returns how many rows."""
    return SignInAttempts.objects.filter(last_at__lt=now - FORGET).delete()[0]
