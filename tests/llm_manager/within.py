"""The session of calls for a test that never commits: it works in the test's own transaction."""

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from django.db import connections

from llm_manager.control.session import Run, Session

T = TypeVar("T")


class SessionWithin(Session):
    """Uses Django's connection of the thread that made it, as long as that is in a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self._django = connections["default"]

    def work(self, steps: Callable[[Run], T]) -> T:
        """Without a savepoint of its own: those of the test's thread would end it."""
        if not self._django.in_atomic_block:
            return super().work(steps)
        with self._lock:
            return steps(self._run)

    def _open(self) -> psycopg.Connection[Any]:
        if not self._django.in_atomic_block:
            return super()._open()
        database: psycopg.Connection[Any] = self._django.connection
        return database
