"""Signs of life of processes that no port can be asked: a file touched while they turn.

SPELUNKER_ALIVE_FILE names it; without that nothing is touched. The container's health check
looks at its age, which costs next to nothing; asking over the broker would load the whole
application every few seconds.
"""

import logging
import os
from functools import wraps
from pathlib import Path
from typing import Any

from celery import signals

from jobs.relay import turning

logger = logging.getLogger(__name__)


def show_life(**_: Any) -> None:
    """Touch the file. A disk that is full must not end the process that would say so."""
    name = os.environ.get("SPELUNKER_ALIVE_FILE")
    if not name:
        return
    try:
        Path(name).touch()
    except OSError as error:
        logger.warning("Cannot touch %s: %s", name, error.strerror)


def connect() -> None:
    """Workers touch it with each heartbeat they send to the broker, relays with each turn, beat
    with each tick."""
    signals.heartbeat_sent.connect(show_life, dispatch_uid="alive-worker")
    turning.connect(show_life, dispatch_uid="alive-relay")
    signals.beat_init.connect(show_ticks, dispatch_uid="alive-beat")


def show_ticks(sender: Any, **_: Any) -> None:
    """Beat sends no signal for its turns, so the scheduler's own step is wrapped."""
    tick = sender.scheduler.tick

    @wraps(tick)
    def seen(*args: Any, **kwargs: Any) -> Any:
        wait = tick(*args, **kwargs)
        show_life()
        return wait

    sender.scheduler.tick = seen
