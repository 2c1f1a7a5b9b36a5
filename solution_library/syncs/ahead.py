"""Fetches the next documents of a source while the last ones are read."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Self

from celery.exceptions import SoftTimeLimitExceeded

from solution_library.sources import SourceItem

#: So much is fetched and not yet taken, whichever is reached first. One item always fits.
MAX_ITEMS = 8
MAX_BYTES = 48 * 1_048_576
#: How long an end waits for a fetch that is under way.
LEAVE_SECONDS = 2.0


class Ahead:
    """A generator of items that runs in a thread of its own, a few items in front.

    The thread talks to the network and to files, never to the database. Use as a context manager.
    """

    def __init__(self, items: Callable[[], Iterator[SourceItem]]) -> None:
        self._make = items
        self._ready: deque[SourceItem] = deque()
        self._bytes = 0
        self._change = threading.Condition()
        self._leaving = False
        self._is_over = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._fetch, name="fetch-ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """A slow server must not hold the end of a job; its thread ends after that answer."""
        with self._change:
            self._leaving = True
            self._ready.clear()
            self._change.notify_all()
        self._thread.join(LEAVE_SECONDS)

    def take(self, seconds: float) -> SourceItem | None:
        """The next item; None if there is none within `seconds`. Raises what the source raised,
        after the items that came before."""
        with self._change:
            self._change.wait_for(lambda: self._ready or self._is_over, seconds)
            if self._ready:
                item = self._ready.popleft()
                self._bytes -= len(item.body or b"")
                self._change.notify_all()
                return item
            if self._is_over and self._error is not None:
                raise self._error
            return None

    @property
    def is_over(self) -> bool:
        """Everything was fetched and taken."""
        with self._change:
            return self._is_over and not self._ready and self._error is None

    def _fetch(self) -> None:
        try:
            self._fetch_all()
        except SoftTimeLimitExceeded as limit:
            # Never raised in this thread; whoever takes the pages has to hear of it if it is.
            self._error = limit
            raise
        except BaseException as error:
            self._error = error
        finally:
            with self._change:
                self._is_over = True
                self._change.notify_all()

    def _fetch_all(self) -> None:
        items = self._make()
        try:
            for item in items:
                if not self._put(item):
                    return
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _put(self, item: SourceItem) -> bool:
        """Wait for room. False if nobody wants more."""
        size = len(item.body or b"")
        with self._change:
            self._change.wait_for(lambda: self._leaving or self._has_room(size))
            if self._leaving:
                return False
            self._ready.append(item)
            self._bytes += size
            self._change.notify_all()
            return True

    def _has_room(self, size: int) -> bool:
        if not self._ready:
            return True
        return len(self._ready) < MAX_ITEMS and self._bytes + size <= MAX_BYTES
