"""What was embedded of documents that are not complete, so that no slice begins them anew."""

import threading
from dataclasses import dataclass, field

from solution_library.indexing.vectors import Vector

#: Of so many documents that were read last; one of 6,000 pages has about 30 MB of vectors.
MOST = 12


@dataclass
class Part:
    """New vectors by content hash, and the build that made them."""

    vectors: dict[str, Vector] = field(default_factory=dict)
    build: str = ""


class Unfinished:
    """In this process's memory: a document that takes longer than a slice of its job gets
    further in each. Another worker begins anew, which costs time and loses nothing."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._parts: dict[tuple[int, int], Part] = {}
        self._lock = threading.Lock()

    def of(self, version_id: int, index_id: int) -> Part:
        """What is put into it is there at the next try; 0 is no version and keeps nothing."""
        if not version_id:
            return Part()
        key = (version_id, index_id)
        with self._lock:
            part = self._parts[key] = self._parts.pop(key, Part())
            while len(self._parts) > self._most:
                self._parts.pop(next(iter(self._parts)))
            return part

    def forget(self, version_id: int, index_id: int) -> None:
        with self._lock:
            self._parts.pop((version_id, index_id), None)


UNFINISHED = Unfinished()
