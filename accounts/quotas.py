"""How much one person may keep here, and have under way; see settings.QUOTAS.

What the operator brings on the command line, and what Spelunker starts by itself, has no person
and no quota.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection

#: So close to the quota, those who come at the same moment go one after the other.
CLOSE = 50
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
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
    user: Any, what: str, has: Callable[[], int], *, more: int = 1, in_turn: bool = True
) -> None:
    """Raise QuotaReached if `user` would have more of `what` (a name in WORDS) than their quota.

    `has` counts what they have. Within a transaction, and unless `in_turn` is false, of several
    who are close to the quota at the same moment each waits for the end of the one before, so
    that it holds exactly.
    """
    quota = quota_of(what)
    if not quota or user is None or not user.pk:
        return
    used = has()
    if in_turn and used + more <= quota < used + more + CLOSE and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"quota {what} {user.pk}"])
        used = has()
    if used + more > quota:
        raise QuotaReached(_sentence(what, used, quota))


def _sentence(what: str, used: int, quota: int) -> str:
    name, advice = WORDS[what]
    return (
        f"You have {used:,} {name}, and one person may have {quota:,}. {advice}, or ask an "
        "administrator for more."
    )
