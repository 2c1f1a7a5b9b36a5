"""Letters that are sent after the answer: whether one is sent at all must not be told by how long
the answer takes, for that would tell who has an account."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.db import connection

logger = logging.getLogger(__name__)
#: So that the work does not fall into the time of the answer, nor into that of the next ones.
DELAY_SECONDS = 1.0
#: One thread, made when it is first needed. What it has still to send is sent before the process
#: ends; who waits for a letter in vain asks for another.
_SENDER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="letters")


def send_later(send: Callable[[], object]) -> None:
    """Call `send` in a thread, with the request of this one."""
    _SENDER.submit(copy_context().run, _send, send, time.monotonic() + DELAY_SECONDS)


def wait() -> None:
    """Until all is sent that was asked for before."""
    _SENDER.submit(int).result()


def _send(send: Callable[[], object], due: float) -> None:
    time.sleep(max(0.0, due - time.monotonic()))
    try:
        send()
    except Exception:
        logger.exception("A letter could not be sent. Check EMAIL_URL and the mail server.")
    finally:
        connection.close()
