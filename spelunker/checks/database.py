"""Checks that ask the database: `manage.py check --deploy --database default`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.db import connections

#: Before it, an index could leave rows out after a crash, or read past its memory.
PGVECTOR = (0, 8, 6)
GUARDS = {"audit_before_update", "audit_before_delete", "audit_before_truncate", "audit_chain",
          "audit_before_insert"}  # fmt: skip
ENABLED = """
SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass('audit_auditentry')
    AND NOT tgisinternal AND tgenabled IN ('O', 'A')
"""


def vectors(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            row = cursor.fetchone()
        if row and _version(row[0]) < PGVECTOR:
            found.append(
                Warning(
                    f"pgvector {row[0]} has known faults.",
                    hint=f"Use {'.'.join(map(str, PGVECTOR))} or newer: a newer image of "
                    "PostgreSQL, then ALTER EXTENSION vector UPDATE.",
                    id="spelunker.W004",
                )
            )
    return found


def audit_log(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """The triggers that keep the audit log are there and on; before `migrate` nothing is."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT to_regclass('audit_auditentry') IS NOT NULL")
            exists = cursor.fetchone()[0]
            cursor.execute(ENABLED)
            there = {name for (name,) in cursor.fetchall()}
        if exists and not there >= GUARDS:
            found.append(
                Error(
                    f"The audit log is not guarded: {', '.join(sorted(GUARDS - there))} "
                    "is missing or off.",
                    hint="ALTER TABLE audit_auditentry ENABLE TRIGGER …, then find out who did "
                    "it, and run manage.py verify_audit.",
                    id="spelunker.E025",
                )
            )
    return found


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
