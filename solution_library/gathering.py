"""Work that follows a commit, done once for all that was stored in it."""

import threading
from collections.abc import Callable

from django.db import transaction


class AfterCommit:
    """Gives `work` the ids that were noted in a transaction, once it has been committed.

    An id whose transaction was rolled back may be among those of a later one, so `work` has to
    bear ids that stand for nothing. A crash right after the commit loses what was noted: what
    depends on it must be found again by its rows.
    """

    def __init__(self, work: Callable[[list[int]], object]) -> None:
        self._work = work
        self._noted = threading.local()

    def note(self, pk: int) -> None:
        self._noted.__dict__.setdefault("ids", []).append(pk)
        transaction.on_commit(self._flush, robust=True)

    def _flush(self) -> None:
        ids: list[int] = self._noted.__dict__.pop("ids", [])
        if ids:
            self._work(list(dict.fromkeys(ids)))
