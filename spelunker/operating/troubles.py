"""What somebody should see to, with what to do; the page shows the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from jobs.models import BackupRecord
from spelunker.operating.processes import Process
from spelunker.operating.server import Database, Disk, Schema

FEWEST_FREE = 0.10
#: A share of a large disk may be plenty: with so much room nothing stops.
ENOUGH_BYTES = 10 * 1024**3
#: A nightly backup that is late by two hours.
BACKUP_AFTER = timedelta(hours=26)
VERIFIED_AFTER = timedelta(days=35)
LONG_SECONDS = 600
CONNECTIONS_USED = 0.8
#: Older ones lose rows of an index that is searched with a filter.
PGVECTOR = (0, 8)
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Trouble:
    level: str
    says: str
    advice: str


def is_nearly_full(disk: Disk) -> bool:
    return disk.share_free < FEWEST_FREE and disk.free < ENOUGH_BYTES


def of_disks(disks: list[Disk]) -> Iterator[Trouble]:
    for disk in disks:
        if is_nearly_full(disk):
            yield Trouble(
                ERROR, f"{disk.label}: {disk.percent_free} % of the disk is free.",
                f"Make room on the disk of {disk.folder}: old backups, logs, unused images; or "
                "use a bigger one. At 0 % uploads and the database stop.",
            )  # fmt: skip


def of_processes(found: list[Process]) -> Iterator[Trouble]:
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return
    alive = {process.sign.role for process in found if not process.is_silent}
    if "relay" not in alive:
        yield Trouble(ERROR, "No relay shows life, so no work is handed to the workers.",
                      "Start it: `docker compose up -d relay`, or see its log.")  # fmt: skip
    if "worker" not in alive:
        yield Trouble(ERROR, "No worker shows life.",
                      "Start the workers: `docker compose up -d`, or see their logs.")  # fmt: skip
    if "scheduler" not in alive:
        yield Trouble(WARNING, "No scheduler shows life, so no periodic work is started.",
                      "Start it: `docker compose up -d scheduler`, or see its log.")  # fmt: skip
    for process in found:
        if process.is_silent and process.sign.role in alive:
            yield Trouble(WARNING, f"{process.sign.name} was last seen {process.seen}.",
                          "If it was stopped for good, it is forgotten after an hour; else see "
                          "its log.")  # fmt: skip


def of_versions(found: list[Process], schema: Schema) -> Iterator[Trouble]:
    if schema.missing:
        yield Trouble(ERROR, f"{len(schema.missing)} migrations are not applied: "
                             f"{', '.join(schema.missing[:3])}.",
                      "Run `manage.py migrate`.")  # fmt: skip
    if schema.unknown:
        named = ", ".join(schema.unknown[:3])
        yield Trouble(
            WARNING,
            f"The database was migrated by a newer version: {named}.",
            "Fine during an upgrade; then start every process in the new version.",
        )
    ours = settings.SPELUNKER_VERSION
    others = sorted({p.sign.version for p in found if not p.is_silent} - {ours})
    if others:
        yield Trouble(WARNING, f"Some processes run version {', '.join(others)}, this one {ours}.",
                      "Fine during an upgrade; then restart them.")  # fmt: skip


def of_database(found: Database) -> Iterator[Trouble]:
    if found.share_used > CONNECTIONS_USED:
        yield Trouble(
            WARNING,
            f"{found.connections} of {found.most_connections} connections to PostgreSQL are used.",
            "Raise max_connections, or run fewer web threads and workers.",
        )
    for one in found.long:
        if one.seconds > LONG_SECONDS and one.process != "spelunker backup":
            yield Trouble(
                WARNING,
                f"A transaction of {one.process} has been open for {one.seconds / 60:.0f} min.",
                f"If nothing needs it: SELECT pg_terminate_backend({one.pid});",
            )
    if found.pgvector and tuple(map(int, found.pgvector.split(".")[:2])) < PGVECTOR:
        yield Trouble(WARNING, f"pgvector {found.pgvector} is old.",
                      "Install 0.8 or newer, then ALTER EXTENSION vector UPDATE.")  # fmt: skip


def of_backups(last: BackupRecord | None, verified: datetime | None, now: datetime
               ) -> Iterator[Trouble]:  # fmt: skip
    how = "Run manage.py backup FOLDER --keep 14 every night; docs/operators/backup.md says how."
    if last is None:
        yield Trouble(WARNING, "No backup has been made yet.", how)
        return
    if now - last.made_at > BACKUP_AFTER:
        yield Trouble(WARNING, f"The last backup is of {last.made_at:%d %B %Y, %H:%M} UTC.", how)
    if last.missing_files:
        yield Trouble(
            WARNING, f"{last.missing_files} files that the database names are not on the disk.",
            f"The manifest of {last.name} lists them: bring them back from an older backup.",
        )  # fmt: skip
    if verified is None or now - verified > VERIFIED_AFTER:
        yield Trouble(WARNING, "No backup was tried for a month.",
                      "Run `manage.py restore FOLDER --verify`; it touches nothing.")  # fmt: skip
