"""Counts how often somebody does something, in the database: every process sees the same count,
and a cache that is away neither opens the door nor closes the house."""

import random
from dataclasses import dataclass
from hashlib import sha256
from math import ceil

from django.db import connection

from audit.models import RateCount

FORGET = "DELETE FROM audit_ratecount WHERE began < now() - interval '1 day'"
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


@dataclass(frozen=True)
class Limit:
    """`times` in a window of `seconds` that begins with the first of them."""

    scope: str
    times: int
    seconds: int


def hit(limit: Limit, key: object) -> int:
    """Count once for `key`. How many seconds it has to wait, 0 if it may go on."""
    if random.randrange(CLEARED_EVERY) == 0:
        with connection.cursor() as cursor:
            cursor.execute(FORGET)
    return _asked(HIT, limit, key, limit.times)


def look(limit: Limit, key: object) -> int:
    """How many seconds `key` has to wait before it may try again, without counting."""
    return _asked(LOOK, limit, key, limit.times - 1)


def forget(limit: Limit, key: object) -> None:
    """Begin anew for `key`."""
    RateCount.objects.filter(bucket=_bucket(limit, key)).delete()


def _asked(query: str, limit: Limit, key: object, allowed: int) -> int:
    values: dict[str, str | int] = {"bucket": _bucket(limit, key), "seconds": limit.seconds}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    if row is None or row[0] <= allowed:
        return 0
    return max(1, int(ceil(row[1])))


def _bucket(limit: Limit, key: object) -> str:
    """Hashed: keys come from outside and may be long, or somebody's address."""
    return f"{limit.scope[:20]}:{sha256(str(key).encode('utf-8', 'replace')).hexdigest()[:40]}"
