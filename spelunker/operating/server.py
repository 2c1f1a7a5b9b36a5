"""What the database server, the disks and the program say of themselves."""

import platform
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

DATABASE = """
SELECT pg_database_size(current_database()), current_setting('server_version'),
    current_setting('max_connections')::int,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    (SELECT extversion FROM pg_extension WHERE extname = 'vector')
"""
#: A dump is long by nature, and looks at one snapshot on purpose.
LONG = """
SELECT pid, application_name, state, extract(epoch FROM now() - xact_start)
FROM pg_stat_activity
WHERE datname = current_database() AND xact_start < now() - make_interval(secs => %s)
  AND pid <> pg_backend_pid() AND backend_type = 'client backend'
ORDER BY xact_start LIMIT 20
"""
LONG_SECONDS = 60


@dataclass(frozen=True)
class Transaction:
    """One that has been open for long."""

    pid: int
    process: str
    state: str
    seconds: float


@dataclass(frozen=True)
class Database:
    bytes: int
    version: str
    most_connections: int
    connections: int
    pgvector: str
    long: list[Transaction]

    @property
    def share_used(self) -> float:
        return self.connections / max(1, self.most_connections)


@dataclass(frozen=True)
class Disk:
    """The disk that a folder lies on."""

    label: str
    folder: str
    free: int
    total: int

    @property
    def share_free(self) -> float:
        return self.free / max(1, self.total)

    @property
    def percent_free(self) -> int:
        return int(self.share_free * 100)


@dataclass(frozen=True)
class Schema:
    """What is not as this program expects: migrations to run, and such as it does not know."""

    missing: list[str]
    unknown: list[str]
    newest: dict[str, str]


def database() -> Database:
    with connection.cursor() as cursor:
        cursor.execute(DATABASE)
        size, version, most, used, pgvector = cursor.fetchone()
        cursor.execute(LONG, [LONG_SECONDS])
        long = [Transaction(pid, app or "?", state or "?", float(age or 0))
                for pid, app, state, age in cursor.fetchall()]  # fmt: skip
    return Database(size, str(version).split()[0], most, used, pgvector or "", long)


def disks() -> list[Disk]:
    """Of the stored files and of the program's own data; one disk is told of once."""
    found: dict[tuple[int, int], Disk] = {}
    for label, folder in (("Stored files", settings.MEDIA_ROOT), ("Own data", settings.VAR_DIR)):
        if (disk := disk_of(label, Path(folder))) is not None:
            found.setdefault((disk.free >> 22, disk.total), disk)
    return list(found.values())


def disk_of(label: str, folder: Path) -> Disk | None:
    """None if nothing can be told of it: the folder may be made with the first upload."""
    for place in (folder, *folder.parents):
        try:
            usage = shutil.disk_usage(place)
        except OSError:
            continue
        # As `df` counts: what is kept for root, or beyond a quota, is no room for us.
        return Disk(label, str(folder), usage.free, usage.used + usage.free)
    return None


@cache
def _of_this_program() -> dict[str, set[str]]:
    """Migrations of our apps and of those we use; they change only with the program."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found: dict[str, set[str]] = {}
    for app, name in loader.disk_migrations:
        found.setdefault(app, set()).add(name)
    return found


def schema() -> Schema:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied: set[tuple[str, str]] = {(app, name) for app, name in cursor.fetchall()}
    ours = _of_this_program()
    known = {(app, name) for app, names in ours.items() for name in names}
    newest = {app: max(names) for app, names in _by_app(applied).items() if app in ours}
    return Schema(
        missing=sorted(".".join(one) for one in known - applied),
        unknown=sorted(".".join(one) for one in applied - known if one[0] in ours),
        newest=newest,
    )


def _by_app(migrations: set[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in migrations:
        found.setdefault(app, []).append(name)
    return found


def versions(found: Database) -> dict[str, Any]:
    return {
        "Spelunker": settings.SPELUNKER_VERSION,
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "PostgreSQL": found.version,
        "pgvector": found.pgvector or "not installed",
    }
