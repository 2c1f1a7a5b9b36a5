"""How often the open tabs may ask: the more of them, the later each is told to ask again.

Every answer that tells a tab when to come back is a promise of one more poll. Those that are due
in the future are the tabs that are open, so nobody needs to be told that one was closed.
"""

import heapq
import random
import time
from dataclasses import dataclass, field
from threading import Lock

#: So many polls a second one web process is ready to answer: about a twentieth of a core.
POLLS_A_SECOND = 12.0
MOST_SECONDS = 10.0
#: Tabs that once came in the same instant, after an outage perhaps, are not to stay together.
SCATTER = 0.1
#: In a crowd, what is shown may be so old. A tab may have been served by a process that is less
#: crowded before, so this has to be less than the shortest pause that anyone is told.
LAG_SECONDS = 0.8


@dataclass(frozen=True)
class Pace:
    """When a tab should ask again. `lag` is how old, in seconds, what it is shown may be: 0
    unless so many are looking on that it was told to come later than it would wish."""

    seconds: float
    lag: float = 0.0

    def __str__(self) -> str:
        """Seconds, as htmx and the header take them."""
        return f"{self.seconds:.1f}"


@dataclass
class Crowd:
    """The tabs that one process serves. What the others serve it need not know: each of them
    keeps its own share of the polls within bounds."""

    polls_a_second: float = POLLS_A_SECOND
    _promises: list[tuple[float, float]] = field(default_factory=list)
    _wished: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def pace(self, wish: float, now: float | None = None) -> Pace:
        """For a tab that would ask again after `wish` seconds if it were alone. All are slowed
        down by the same factor, so what moves is still asked for more often than what rests."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._forget(now)
            slower = max(1.0, (self._wished + 1 / wish) / self.polls_a_second)
            seconds = max(wish, min(MOST_SECONDS, wish * slower))
            scattered = seconds * random.uniform(1 - SCATTER, 1 + SCATTER)
            self._wished += 1 / wish
            heapq.heappush(self._promises, (now + scattered, wish))
        return Pace(scattered, LAG_SECONDS if slower > 1 else 0.0)

    def _forget(self, now: float) -> None:
        """A tab whose time has come asks now, and is counted again, or it has been closed."""
        while self._promises and self._promises[0][0] <= now:
            self._wished -= 1 / heapq.heappop(self._promises)[1]
        if not self._promises:
            self._wished = 0.0  # no rounding error outlives a quiet moment


#: Of this process.
CROWD = Crowd()
