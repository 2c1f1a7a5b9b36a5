"""The session of calls for a test that never commits: it works in the test's own transaction."""

from typing import Any

import psycopg
from django.db import connections

from llm_manager.control.session import Session


class SessionWithin(Session):
    """Uses Django's connection of the thread that made it, as long as that is in a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self._django = connections["default"]

    def _open(self) -> psycopg.Connection[Any]:
        if not self._django.in_atomic_block:
            return super()._open()
        database: psycopg.Connection[Any] = self._django.connection
        return database
