"""Counts how often somebody does something, in the database: every process sees the same count,
and a cache that is away neither opens the door nor closes the house."""

import random
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from audit.models import RateCount

#: After this long nothing counts any more.
FORGOTTEN_AFTER = timedelta(days=1)
#: One call in so many clears away what is over.
CLEARED_EVERY = 500
HIT = """
INSERT INTO audit_ratecount AS kept (bucket, began, hits) VALUES (%(bucket)s, clock_timestamp(), 1)
ON CONFLICT (bucket) DO UPDATE SET
    hits = CASE WHEN kept.began + %(seconds)s * interval '1 second' <= clock_timestamp()
        THEN 1 ELSE least(kept.hits, 1000000000) + 1 END,
    began = CASE WHEN kept.began + %(seconds)s * interval '1 second' <= clock_timestamp()
        THEN clock_timestamp() ELSE kept.began END
RETURNING hits, extract(epoch FROM began - clock_timestamp()) + %(seconds)s
"""
LOOK = """
SELECT hits, extract(epoch FROM began - clock_timestamp()) + %(seconds)s FROM audit_ratecount
WHERE bucket = %(bucket)s AND began + %(seconds)s * interval '1 second' > clock_timestamp()
"""
#: In seconds, of a row (kept) whose `began` is the last try.
WAIT = """(CASE WHEN kept.hits < %(free)s THEN 0
    ELSE least(%(first)s * 2 ^ least(kept.hits - %(free)s, 20), %(longest)s) END)"""
#: Returns nothing while there is a wait: then the row is as it was.
TRY = f"""
INSERT INTO audit_ratecount AS kept (bucket, began, hits) VALUES (%(bucket)s, clock_timestamp(), 1)
ON CONFLICT (bucket) DO UPDATE SET
    hits = CASE WHEN kept.began <= clock_timestamp() - %(memory)s THEN 1
        ELSE least(kept.hits, 1000000000) + 1 END,
    began = clock_timestamp()
WHERE kept.began + {WAIT} * interval '1 second' <= clock_timestamp()
RETURNING hits
"""  # noqa: S608
WAITING = f"""
SELECT kept.hits, extract(epoch FROM kept.began - clock_timestamp()) + {WAIT}
FROM audit_ratecount AS kept WHERE kept.bucket = %(bucket)s
"""  # noqa: S608


@dataclass(frozen=True)
class Limit:
    """`times` in a window of `seconds` that begins with the first of them."""

    scope: str
    times: int
    seconds: int


@dataclass(frozen=True)
class Slowdown:
    """`free` tries cost nothing. The last of them and each one after it bring a wait, `first`
    seconds at first and twice as long each time, at most `longest`. Forgotten after a day
    without a try."""

    scope: str
    free: int
    first: int
    longest: int


# -- so many in a window --------------------------------------------------------------------------
def limit_of(scope: str) -> Limit | None:
    """As settings.RATE_LIMITS has it; None: the operator wants no such limit."""
    times, seconds = settings.RATE_LIMITS[scope]
    return Limit(scope, times, seconds) if times else None


def hit(limit: Limit, key: object) -> int:
    """Count once for `key`. How many seconds it has to wait, 0 if it may go on."""
    _clear_now_and_then()
    return _asked(HIT, limit, key, limit.times)


def look(limit: Limit, key: object) -> int:
    """How many seconds `key` has to wait before it may try again, without counting."""
    return _asked(LOOK, limit, key, limit.times - 1)


def _asked(query: str, limit: Limit, key: object, allowed: int) -> int:
    row = _row(query, bucket=_bucket(limit, key), seconds=limit.seconds)
    return 0 if row is None or row[0] <= allowed else _seconds(row[1])


# -- slower and slower ----------------------------------------------------------------------------
def begin(slowdown: Slowdown, key: object) -> int:
    """Count a try of `key`. While it has to wait nothing is counted, and it is told how many
    seconds; 0 if the try may be made."""
    _clear_now_and_then()
    made = _row(TRY, **_values(slowdown, key), memory=FORGOTTEN_AFTER)
    return 0 if made else max(1, waiting(slowdown, key)[1])


def waiting(slowdown: Slowdown, key: object) -> tuple[int, int]:
    """(tries that count, seconds to wait before the next one)"""
    row = _row(WAITING, **_values(slowdown, key))
    return (row[0], _seconds(row[1]) if row[1] > 0 else 0) if row else (0, 0)


def _values(slowdown: Slowdown, key: object) -> dict[str, Any]:
    return {
        "bucket": _bucket(slowdown, key), "free": slowdown.free, "first": slowdown.first,
        "longest": slowdown.longest,
    }  # fmt: skip


# -- for both -------------------------------------------------------------------------------------
def forget(limit: Limit | Slowdown, key: object) -> None:
    """Begin anew for `key`."""
    RateCount.objects.filter(bucket=_bucket(limit, key)).delete()


def refund(limit: Limit | Slowdown, key: object) -> None:
    """One that was counted should not have been."""
    RateCount.objects.filter(bucket=_bucket(limit, key), hits__gt=0).update(hits=F("hits") - 1)


def clear() -> int:
    """Delete what counts no more; returns how many rows."""
    return RateCount.objects.filter(began__lt=Now() - FORGOTTEN_AFTER).delete()[0]


def _clear_now_and_then() -> None:
    if random.randrange(CLEARED_EVERY) == 0:
        clear()


def _row(query: str, **values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


def _seconds(wait: Any) -> int:
    return max(1, int(ceil(wait)))


def _bucket(limit: Limit | Slowdown, key: object) -> str:
    """Hashed: keys come from outside and may be long, or somebody's address."""
    return f"{limit.scope[:20]}:{sha256(str(key).encode('utf-8', 'replace')).hexdigest()[:40]}"
