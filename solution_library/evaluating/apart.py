"""A library apart: the same tables, empty, in a schema of their own that goes when it is left.

Everything else stays where it is: the models that are called, their budgets and the books of
their calls are the real ones. The schema comes first in the search path of this process's
connection alone, so nobody else sees it, and nothing in here can reach the real library's tables.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from solution_library.evaluating.errors import EvaluationFailed

PREFIX = "library_apart_"
#: Of advisory locks: whoever uses a schema holds one on its name.
LOCK = 0x4C41
TABLES = """
SELECT c.relname, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relname LIKE 'solution\\_library\\_%%' ORDER BY c.relname
"""
HOME = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass('solution_library_document')
"""
LEFT_BEHIND = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)"
NOT_FOR_PSYCOPG = ("cursor_factory", "context", "prepare_threshold")
Keeper = psycopg.Connection[Any]


@contextmanager
def library_apart() -> Iterator[str]:
    """An empty library for this process, until it is left. Yields the schema's name. What killed
    processes left behind is removed as well. Raises EvaluationFailed."""
    if connection.in_atomic_block:
        raise EvaluationFailed("A library apart cannot be opened inside a transaction.")
    with _keeper() as keeper:
        remove_left_behind(keeper)
        name = f"{PREFIX}{os.getpid()}_{secrets.token_hex(4)}"
        keeper.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK, name])
        try:
            home = _create(keeper, name)
            with _searched_first(name, home):
                yield name
        finally:
            keeper.execute(_drop(name))


def remove_left_behind(keeper: Keeper) -> int:
    """Remove the schemas of processes that are gone. Returns how many there were."""
    removed = 0
    for (name,) in keeper.execute(LEFT_BEHIND, [PREFIX]).fetchall():
        free = keeper.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCK, name])
        if free.fetchone() == (True,):
            keeper.execute(_drop(name))
            keeper.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [LOCK, name])
            removed += 1
    return removed


@contextmanager
def _keeper() -> Iterator[Keeper]:
    """A session of its own: its lock ends with it, however the process ends."""
    parameters = connection.get_connection_params()
    own = {key: value for key, value in parameters.items() if key not in NOT_FOR_PSYCOPG}
    own.pop("pool", None)
    keeper = psycopg.connect(**own, autocommit=True)
    try:
        yield keeper
    finally:
        keeper.close()


def _create(keeper: Keeper, name: str) -> str:
    """Make the schema with an empty copy of each of the library's tables. Returns the name of the
    schema that has the real ones."""
    row = keeper.execute(HOME).fetchone()
    if row is None:
        raise EvaluationFailed("The library's tables are missing. Run `manage.py migrate`.")
    home = str(row[0])
    try:
        keeper.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise EvaluationFailed(
            "The database user may not create a schema. Grant it CREATE on the database, or "
            "leave --corpus out to search the library as it stands."
        ) from error
    for table, schema in keeper.execute(TABLES).fetchall():
        if schema == home:
            keeper.execute(_copy(table, home, name))
    return home


def _copy(table: str, home: str, name: str) -> sql.Composed:
    # The graph of a real index would be copied with the others, and slow down every row.
    without = sql.SQL("EXCLUDING INDEXES" if table.endswith("_chunkvector") else "")
    return sql.SQL("CREATE TABLE {}.{} (LIKE {}.{} INCLUDING ALL {})").format(
        sql.Identifier(name), sql.Identifier(table), sql.Identifier(home), sql.Identifier(table),
        without,
    )  # fmt: skip


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name))


@contextmanager
def _searched_first(name: str, home: str) -> Iterator[None]:
    """As an option of the connection, not by SET: it holds after a reconnect too."""
    options = connection.settings_dict["OPTIONS"]
    before = options.get("options")
    connection.close()
    options["options"] = f"{before or ''} -c search_path={name},{home},public".strip()
    try:
        _check(name)
        yield
    finally:
        connection.close()
        options.pop("options")
        if before is not None:
            options["options"] = before


def _check(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(HOME)
        if cursor.fetchone() != (name,):
            raise EvaluationFailed(
                "The connection does not keep its search path, as behind some connection pools. "
                "Give DATABASE_URL the address of the database itself."
            )
