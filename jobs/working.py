"""What a thread of a batch can ask about the batch it works for, without being handed anything."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_thread = threading.local()


def abandoned() -> bool:
    """Whether the batch that this thread works for has ended or stopped: nobody waits for the
    result any more, so nothing should be started, or paid for. False in any other thread."""
    over: threading.Event | None = getattr(_thread, "over", None)
    return over is not None and over.is_set()


@contextmanager
def working_for(over: threading.Event) -> Iterator[None]:
    """Within, this thread belongs to a batch that is over when `over` is set."""
    _thread.over = over
    try:
        yield
    finally:
        _thread.over = None
