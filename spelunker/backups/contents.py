"""What the database holds, in numbers and hashes that are the same wherever it is restored."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, models
from psycopg import sql

#: Of these the dump has the table and not its rows: people sign in again. A session that was
#: ended after the backup must not be valid again by a restore.
WITHOUT_ROWS = ("public.django_session",)
#: The embedded broker's tables. Its messages are made anew from the jobs.
LEFT_OUT_SCHEMAS = ("pgmq",)
#: Values are hashed as text; this makes the text the same on every server.
SAME_WORDS = """
SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0;
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';
SET extra_float_digits = 1; SET bytea_output = 'hex'; SET search_path = public, pg_catalog
"""
TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
  AND n.nspname <> ALL(%s)
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
#: The order is that of the hashes, so it does not hang on collations or on where rows lie.
ROWS = """
COPY (SELECT encode(sha256(convert_to(t::text, 'UTF8')), 'hex') FROM {} t ORDER BY 1) TO STDOUT
"""
Database = psycopg.Connection[Any]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class TableContents:
    """How many rows a table has, and the hash of them all."""

    rows: int
    sha256: str


def connect(database: str = "") -> Database:
    """A session of its own with the configured server, ready to read contents."""
    known = connection.get_connection_params()
    kept: dict[str, Any] = {
        k: v for k, v in known.items() if isinstance(v, str | int) and k != "pool"
    }
    if database:
        kept["dbname"] = database
    made = psycopg.connect(**kept)
    made.autocommit = True
    made.execute(SAME_WORDS)
    return made


def tables(db: Database) -> list[str]:
    """Names of the tables with their schema, such as "public.jobs_job"."""
    found = db.execute(TABLES, [list(LEFT_OUT_SCHEMAS)]).fetchall()
    return [f"{schema}.{table}" for schema, table in found]


def contents(db: Database, tell: Tell = lambda done, total: None) -> dict[str, TableContents]:
    """Rows and hash of each table whose rows are backed up."""
    names = [name for name in tables(db) if name not in WITHOUT_ROWS]
    found = {}
    for done, name in enumerate(names, 1):
        found[name] = table_contents(db, name)
        tell(done, len(names))
    return found


def table_contents(db: Database, name: str) -> TableContents:
    query = sql.SQL(ROWS).format(sql.Identifier(*name.split(".", 1)))  # type: ignore[arg-type]
    rows, digest = 0, hashlib.sha256()
    with db.cursor().copy(query) as hashes:
        for block in hashes:
            data = bytes(block)
            rows += data.count(b"\n")
            digest.update(data)
    return TableContents(rows, digest.hexdigest())


def extensions(db: Database) -> dict[str, str]:
    return dict(db.execute("SELECT extname, extversion FROM pg_extension ORDER BY 1").fetchall())


def applied_migrations(db: Database) -> dict[str, list[str]]:
    """Names of the migrations that this database has, by app; nothing for an empty one."""
    if "public.django_migrations" not in tables(db):
        return {}
    found: dict[str, list[str]] = {}
    for app, name in db.execute("SELECT app, name FROM django_migrations ORDER BY app, name"):
        found.setdefault(app, []).append(name)
    return found


def named_files(db: Database) -> Iterator[str]:
    """Stored names of the files that rows of this database speak of, each once."""
    there = set(tables(db))
    seen: set[str] = set()
    for table, column in file_columns():
        if f"public.{table}" not in there:
            continue
        query = sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} <> ''")
        parts = sql.Identifier(column), sql.Identifier("public", table)
        for (name,) in db.execute(query.format(*parts)):
            if name not in seen:
                seen.add(name)
                yield name


def file_columns() -> list[tuple[str, str]]:
    """Table and column of every field that names a stored file."""
    return sorted(
        (model._meta.db_table, str(field.column))
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.FileField)
    )
