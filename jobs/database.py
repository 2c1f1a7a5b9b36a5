"""Tells a database that is away from a statement that is wrong, and waits for it to return."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection

T = TypeVar("T")
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.5
#: Django's, and the driver's own, from sessions that are not Django's.
ERRORS = (DatabaseError, InterfaceError, psycopg.Error)
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
#: SQLSTATE classes and codes (PostgreSQL manual, appendix A): connection exceptions, server
#: shutting down or starting, session ended by a timeout, too many clients, read-only standby.
GONE = ("08", "57P", "25P03", "25P04", "25006", "53300")
#: Serialisation failure, deadlock, lock not available, statement timeout, out of disk or memory.
CONTENDED = ("40", "55P03", "57014", "53100", "53200", "53400")


def is_gone(error: BaseException) -> bool:
    """Whether the connection failed, so that nothing is wrong with the statement itself."""
    state = _sqlstate(error)
    if state is None:
        return isinstance(error, AWAY)
    return state.startswith(GONE)


def is_contended(error: BaseException) -> bool:
    """Whether the statement may well succeed if it is tried again, but not for ever."""
    state = _sqlstate(error)
    return state is not None and state.startswith(CONTENDED)


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(error.__cause__, "sqlstate", None) or getattr(error, "sqlstate", None)
    return str(state) if state else None


def patiently(step: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """`step()`, tried again while the database is away or busy, for `seconds` at most.

    `step` must be one transaction that may run twice. Inside a transaction of the caller
    it is tried once, because its parts cannot be repeated alone.
    """
    give_up = time.monotonic() + seconds
    while True:
        try:
            return step()
        except ERRORS as error:
            passing = is_gone(error) or is_contended(error)
            if not passing or connection.in_atomic_block or time.monotonic() > give_up:
                raise
            connection.close()
            time.sleep(PAUSE_SECONDS)
