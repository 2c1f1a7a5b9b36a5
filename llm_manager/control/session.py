"""One database session per process, shared by the threads that wait for their turn.

It is not Django's: those threads are the calling ones of a batch, and the session must outlive
their calls, because the slots of an API are advisory locks that end with it.
"""

import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from django.db import connection

T = TypeVar("T")
#: Runs one statement and returns its rows, [] if it has none.
Run = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]
NOT_FOR_PSYCOPG = ("cursor_factory", "context", "prepare_threshold")


class Session:
    """A session in autocommit mode that is opened when it is needed, and again when it broke."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database: psycopg.Connection[Any] | None = None
        #: Counts the sessions there were: what an earlier one held is gone.
        self.generation = 0

    def row(self, sql: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
        """The first row of a statement, None if there is none. Raises psycopg.Error."""
        with self._lock:
            try:
                cursor = self._open().execute(sql, values)
                return cursor.fetchone() if cursor.description else None
            except psycopg.Error:
                self._drop()
                raise

    def work(self, steps: Callable[[Run], T]) -> T:
        """Several statements as one transaction. Raises psycopg.Error."""
        with self._lock:
            try:
                with self._open().transaction():
                    return steps(self._run)
            except psycopg.Error:
                self._drop()
                raise

    def _run(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        cursor = self._open().execute(sql, values)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _open(self) -> psycopg.Connection[Any]:
        if self._database is None or self._database.closed:
            parameters = connection.get_connection_params()
            own = {k: v for k, v in parameters.items() if k not in NOT_FOR_PSYCOPG}
            self._database = psycopg.connect(**own, autocommit=True)
            self.generation += 1
        return self._database

    def _drop(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


SESSION = Session()


def _begin_anew() -> None:
    """A forked worker must not talk over its parent's session, nor close it."""
    global SESSION
    SESSION = Session()


def session() -> Session:
    return SESSION


os.register_at_fork(after_in_child=_begin_anew)
