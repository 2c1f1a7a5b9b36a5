"""Makes a backup while everything goes on: one snapshot, then the files that it names."""

import fcntl
import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from psycopg import sql

import spelunker
from jobs.models import Job
from spelunker.backups import contents, manifest, programs
from spelunker.backups.contents import Database
from spelunker.backups.copying import Tell, copy_file, disk_troubles, stored_files
from spelunker.backups.errors import BackupError
from spelunker.backups.manifest import DUMP, MEDIA, Manifest
from spelunker.backups.programs import Program, Running
from spelunker.media_storage import BackupRunning, deletions_held, where

PARTIAL = ".partial-"
LOCK = ".backup.lock"
LEFT_OUT = {
    "django_session": "rows left out: a session that was ended must not come back; people sign in",
    "pgmq": "left out: messages of the embedded broker are made anew from the jobs",
    "FIELD_KEYS, SECRET_KEY": "never inside: keep them apart, without them stored keys are lost",
}


@dataclass(frozen=True)
class Made:
    """A finished backup, and the older ones that were deleted for it."""

    folder: Path
    manifest: Manifest
    removed: list[str]


def make_backup(folder: Path, *, keep: int = 0, tell: Tell = lambda *_: None) -> Made:
    """Back up database and files into a new folder in `folder`; with `keep` only so many stay.

    Under its final name there is only what is whole. Raises BackupError.
    """
    media = Path(settings.MEDIA_ROOT).resolve()
    _refuse_inside(folder, media)
    with disk_troubles(folder), _alone(folder), _held(media):
        _clear_partial(folder)
        began, moment = time.monotonic(), datetime.now(UTC)
        name = f"{manifest.PREFIX}{moment:%Y%m%dT%H%M%SZ}"
        partial = folder / f"{PARTIAL}{name}"
        partial.mkdir(mode=0o700)
        try:
            made = _fill(partial, media, moment, tell)
            made.seconds = round(time.monotonic() - began, 1)
            made.write(partial)
            final = partial.rename(_free_name(folder / name))
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        return Made(final, made, _keep_newest(folder, keep) if keep else [])


def _fill(partial: Path, media: Path, moment: datetime, tell: Tell) -> Manifest:
    with contents.connect() as db:
        made, named = _database(db, partial, moment, tell)
    sums = {DUMP: manifest.sha256_of(partial / DUMP)}
    made.bytes = (partial / DUMP).stat().st_size
    for name in _files(media, named, moment, made):
        source = where(media, name)
        if source is None:
            made.missing_files += [name] if name in named else []
            continue
        try:
            size, digest = copy_file(source, partial / MEDIA / name)
        except FileNotFoundError:  # put aside at this very moment
            size, digest = _second_try(media, name, partial / MEDIA / name, made)
        if digest:
            sums[f"{MEDIA}/{name}"] = digest
            made.files, made.bytes = made.files + 1, made.bytes + size
        tell("Files", made.files, len(named))
    made.sums_sha256 = manifest.write_sums(partial, sums)
    return made


def _second_try(media: Path, name: str, target: Path, made: Manifest) -> tuple[int, str]:
    source = where(media, name)
    if source is not None:
        return copy_file(source, target)
    made.missing_files.append(name)
    return 0, ""


def _files(media: Path, named: set[str], moment: datetime, made: Manifest) -> Iterator[str]:
    """What the database names, and what else was there before it: nothing in the folder is lost
    because nobody knew what it was for. What came later belongs to the next backup."""
    for name in sorted(named):
        if manifest.is_inside(name) and "\n" not in name:
            yield name
        else:
            made.missing_files.append(name)
    for name in stored_files(media):
        if name not in named and "\n" not in name and _is_older(media / name, moment):
            yield name


def _is_older(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


# -- the database ------------------------------------------------------------------------------
def _database(
    db: Database, partial: Path, moment: datetime, tell: Tell
) -> tuple[Manifest, set[str]]:
    """Dump, count and hash one and the same snapshot, the dump by a program of its own."""
    major, version = programs.server_version()
    pg_dump = programs.program("pg_dump", major)
    db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    row = db.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    dump = Running(_dump_command(pg_dump, row[0], partial / DUMP))
    try:
        made = Manifest(
            version=spelunker.__version__,
            made_at=moment.isoformat(timespec="seconds"),
            server=version,
            pg_dump=pg_dump.version,
            extensions=contents.extensions(db),
            migrations=contents.applied_migrations(db),
            tables=contents.contents(db, lambda done, of: tell("Tables", done, of)),
            unfinished_jobs=_unfinished(db),
            key_fingerprints=key_fingerprints(),
            left_out=dict(LEFT_OUT),
        )
        named = set(contents.named_files(db))
        dump.wait()
    finally:
        dump.stop()
        db.execute("ROLLBACK")
    return made, named


def _dump_command(pg_dump: Program, snapshot: str, target: Path) -> list[str]:
    left_out = [f"--exclude-schema={name}" for name in contents.LEFT_OUT_SCHEMAS]
    left_out += [f"--exclude-table-data={name}" for name in contents.WITHOUT_ROWS]
    return [
        str(pg_dump.path), "--format=custom", "--no-owner", "--no-privileges", "--verbose",
        f"--snapshot={snapshot}", f"--file={target}", *left_out,
        f"--dbname={programs.address()}", "--no-password",
    ]  # fmt: skip


def _unfinished(db: Database) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE completed_at IS NULL")
    row = db.execute(query.format(sql.Identifier(Job._meta.db_table))).fetchone()
    return int(row[0]) if row else 0


def key_fingerprints() -> list[str]:
    """Tell the keys of this installation from others without saying anything about them: each is
    256 random bits, so nobody finds one by trying."""
    return [hashlib.sha256(key.encode()).hexdigest()[:16] for key in settings.FIELD_KEYS]


# -- the folder --------------------------------------------------------------------------------
def _refuse_inside(folder: Path, media: Path) -> None:
    if folder.resolve() == media or media in folder.resolve().parents:
        raise BackupError(
            f"{folder} lies within the stored files ({media}), so each backup would hold the one "
            "before. Use a folder elsewhere, best on another disk."
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder / LOCK, "ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"Another backup into {folder} is running.") from error
        yield


@contextmanager
def _held(media: Path) -> Iterator[None]:
    try:
        with deletions_held(media):
            yield
    except BackupRunning as error:
        raise BackupError(str(error)) from error


def _clear_partial(folder: Path) -> None:
    """What backups that were killed have left; none is running, for we are alone here."""
    for left in folder.glob(f"{PARTIAL}*"):
        shutil.rmtree(left)


def _free_name(path: Path) -> Path:
    number, free = 2, path
    while free.exists():
        free, number = path.with_name(f"{path.name}-{number}"), number + 1
    return free


def _keep_newest(folder: Path, keep: int) -> list[str]:
    """Delete the oldest backups. Each loses its manifest first, so that one that is half deleted
    is never taken for a backup."""
    old = manifest.complete_backups(folder)[:-keep]
    for backup in old:
        (backup / manifest.MANIFEST).unlink()
        shutil.rmtree(backup)
    return [backup.name for backup in old]
