"""How much text of documents that are read at the same time may be in memory at once."""

import threading

from jobs.errors import JobError
from jobs.working import abandoned

#: Of all documents together: a few of thousands of pages, or hundreds of usual ones. A character
#: takes a few bytes, as a block, as a part of a passage, and on its way to the database.
MOST_CHARACTERS = 12_000_000
#: How often a thread that waits looks whether anybody waits for it.
LOOK_SECONDS = 0.5


class TextRoom:
    """Threads wait here with the text that they have just parsed, until there is room for it. A
    document that is larger than the room has it for itself."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._taken: dict[int, int] = {}
        self._changed = threading.Condition()

    def take(self, key: int, characters: int) -> None:
        """Raises JobError when the batch that this thread works for is over."""
        with self._changed:
            while self._taken and sum(self._taken.values()) + characters > self._most:
                self._changed.wait(LOOK_SECONDS)
                if abandoned():
                    raise JobError("Nobody waits for this document any more.")
            self._taken[key] = characters

    def give_back(self, key: int) -> None:
        """Once more is no matter."""
        with self._changed:
            if self._taken.pop(key, None) is not None:
                self._changed.notify_all()
