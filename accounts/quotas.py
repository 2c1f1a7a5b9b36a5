"""How much one person may keep here, and have under way; see settings.QUOTAS.

What the operator brings on the command line, and what Spelunker starts by itself, has no person
and no quota.
"""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.formats import number_text

#: So close to the quota, those who come at the same moment go one after the other.
CLOSE = 50
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
#: A seat is a lock that nobody waits for, held until the end of the transaction that adds
#: something: the others count it, as they cannot see yet what it adds.
SEAT = "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)"
SEATS = """SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = hashtext(%s)::bigint & 4294967295"""
WORDS = {
    "documents": ("documents in the library", "Delete some that nobody needs"),
    "megabytes": ("MB of files in the library", "Delete documents that nobody needs"),
    "sources": ("documentation sources", "Delete one that nobody needs"),
    "rfps": ("RFPs", "Delete one that is over"),
    "jobs": ("unfinished jobs", "Wait until some have ended, or cancel them"),
}


class QuotaReached(Exception):
    """Somebody has as much as one person may have; the message says of what, and what to do."""


def quota_of(what: str) -> int:
    """0: without limit."""
    return int(settings.QUOTAS[what])


def refuse_beyond(
    user: Any, what: str, has: Callable[[], int], *, more: int = 1, may_wait: bool = True
) -> None:
    """Raise QuotaReached if `user` would have more of `what` (a name in WORDS) than their quota.

    `has` counts what they have. Within a transaction it holds exactly for several who are close to
    the quota at the same moment: each waits for the end of the one before or, where `may_wait` is
    false because it may hold what that one waits for, takes those on their way for arrived.
    """
    quota = quota_of(what)
    if not quota or user is None or not user.pk:
        return
    used = has()
    if used + more <= quota < used + more + CLOSE and connection.in_atomic_block:
        used = _in_turn(f"quota {what} {user.pk}", has, more, may_wait)
    if used + more > quota:
        raise QuotaReached(_sentence(what, used, quota))


def _in_turn(key: str, has: Callable[[], int], more: int, may_wait: bool) -> int:
    """What there is, now that nobody else of this key can add to it unseen."""
    with connection.cursor() as cursor:
        if may_wait:
            cursor.execute(LOCK, [key])
            return has()
        for _ in range(more):
            _take_seat(cursor, key)
        cursor.execute(SEATS, [key])
        # First those on their way: who arrives between the two is counted twice, never missed.
        return int(cursor.fetchone()[0]) + has()


def _take_seat(cursor: Any, key: str) -> None:
    """Any that is free, of two thousand million."""
    while True:
        cursor.execute(SEAT, [key, secrets.randbelow(2**31)])
        if cursor.fetchone()[0]:
            return


def _sentence(what: str, used: int, quota: int) -> str:
    name, advice = WORDS[what]
    return (
        f"You have {number_text(used)} {name}, and one person may have {number_text(quota)}. "
        f"{advice}, or ask an administrator for more."
    )
