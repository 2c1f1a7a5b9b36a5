"""At most so many calls of an API at once, counted across all processes.

A slot is an advisory lock of this process's session. Whoever dies loses its session and so its
slots at once; nothing has to be swept, and nothing is written for a call.
"""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable

import psycopg

from llm_manager.control.session import Session, session

#: First half of the locks' keys; jobs use keys of one part, so they never meet.
LOCKS = 0x534C
#: An API's id and the number of a slot share the second half.
MOST_SLOTS = 1000

#: One after the other, and no further than the first that is free. The process's own slots are
#: left out: to its session those locks would look free, and be taken a second time. A CASE, for
#: PostgreSQL evaluates conditions joined with AND in the order that it likes best.
TAKE = """
SELECT n FROM generate_series(1, %(most)s) n
WHERE CASE WHEN n = ANY(%(held)s::int[]) THEN false
    ELSE pg_try_advisory_lock(%(locks)s, %(first)s + n) END LIMIT 1
"""
GIVE_BACK = "SELECT pg_advisory_unlock(%(locks)s, %(first)s + %(slot)s)"


class Slots:
    """The slots that this process holds, by API."""

    def __init__(self, session: Callable[[], Session] = session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._held: dict[int, set[int]] = defaultdict(set)
        self._generation = 0

    def take(self, api_id: int, most: int) -> int | None:
        """The number of a free slot of `most`, now taken; None if all are. Raises psycopg.Error."""
        with self._lock:
            self._forget_what_broke()
            held = self._held[api_id]
            if len(held) >= most:
                return None
            row = self._session().row(TAKE, _values(api_id) | {"most": most, "held": list(held)})
            self._forget_what_broke()
            if row is None:
                return None
            self._held[api_id].add(row[0])
            return int(row[0])

    def give_back(self, api_id: int, slot: int) -> None:
        with self._lock:
            self._forget_what_broke()
            if slot not in self._held[api_id]:
                return
            self._held[api_id].discard(slot)
            with contextlib.suppress(psycopg.Error):  # then the session is gone and the lock too
                self._session().row(GIVE_BACK, _values(api_id) | {"slot": slot})

    def _forget_what_broke(self) -> None:
        """A session that was opened anew holds nothing yet."""
        generation = self._session().generation
        if self._generation != generation:
            self._held.clear()
            self._generation = generation


def _values(api_id: int) -> dict[str, int]:
    return {"locks": LOCKS, "first": (api_id * MOST_SLOTS) % (2**31 - MOST_SLOTS)}
