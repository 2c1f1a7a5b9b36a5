"""Restores a backup, or tries whether it could be: everything is checked before anything is
touched, the database comes back in one transaction, and what was running then goes on."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import errors as database_errors
from psycopg import sql

from jobs.recovering import Recovered, take_up_again
from spelunker import database_roles
from spelunker.backups import contents, manifest, programs
from spelunker.backups.contents import Database
from spelunker.backups.copying import Tell, copy_file, disk_troubles, stored_files
from spelunker.backups.errors import BackupError
from spelunker.backups.making import key_fingerprints
from spelunker.backups.manifest import DUMP, MEDIA, Manifest
from spelunker.backups.programs import Program, Running
from spelunker.backups.verifying import check_database, check_files

#: An installation with a row in one of these belongs to somebody.
BELONGS_TO_SOMEBODY = ("auth.User", "solution_library.Document", "rfp_manager.RFP")
OTHERS = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND application_name LIKE 'spelunker %%' AND application_name <> ALL(%s)
GROUP BY 1 ORDER BY 1
"""
NEW_DATABASE = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"
OURSELVES = ["spelunker restore", "spelunker backup"]


@dataclass
class Restored:
    """What a restore has done, for the report."""

    backup: Path
    manifest: Manifest
    recovered: Recovered = field(default_factory=Recovered)
    warnings: list[str] = field(default_factory=list)


def verify(folder: Path, tell: Tell = lambda *_: None, *, without_keys: bool = False) -> Restored:
    """Restore into a temporary database beside the live one, compare everything, drop it again.
    The live database and its files are not touched. Raises BackupError."""
    found = _opened(folder, tell)
    _refuse_other_keys(found.manifest, without_keys)
    pg_restore = _pg_restore(found.manifest)
    with _temporary_database() as name:
        _pour(pg_restore, found.backup / DUMP, name, tell)
        with contents.connect(name) as db:
            check_database(db, found.manifest, _sums(found), tell)
    return found


def restore(
    folder: Path,
    *,
    sentence: str = "",
    without_keys: bool = False,
    tell: Tell = lambda *_: None,
) -> Restored:
    """Bring back database and files, and put right what was under way. Raises BackupError, before
    anything was touched if the backup is damaged, the place is taken, or, unless it is to be
    `without_keys`, what it holds encrypted could not be read here."""
    found = _opened(folder, tell)
    pg_restore = _pg_restore(found.manifest)
    _refuse_newer(found.manifest)
    _refuse_other_keys(found.manifest, without_keys)
    media = Path(settings.MEDIA_ROOT).resolve()
    sums = _sums(found)
    with contents.connect() as db:
        _refuse_company(db)
        _clear_the_place(db, media, sums, sentence)
    _bring_files(found.backup, media, sums, tell)
    _pour(pg_restore, found.backup / DUMP, "", tell)
    with contents.connect() as db:
        check_database(db, found.manifest, sums, tell)
    connection.close()
    call_command("migrate", interactive=False, verbosity=0)
    database_roles.apply()
    found.recovered = take_up_again()
    found.warnings += _warnings(found.manifest)
    return found


def force_sentence() -> str:
    """What must be said to replace an installation that is in use."""
    return f"replace everything in {connection.get_connection_params()['dbname']}"


# -- what is there -----------------------------------------------------------------------------
def _opened(folder: Path, tell: Tell) -> Restored:
    with disk_troubles(folder):
        backup = manifest.find_backup(folder)
        made = manifest.read_manifest(backup)
        check_files(backup, made, tell)
    return Restored(backup, made)


def _sums(found: Restored) -> dict[str, str]:
    return manifest.read_sums(found.backup, found.manifest)


def _pg_restore(made: Manifest) -> Program:
    """One that reads what the pg_dump of then wrote, for a server that is not older."""
    theirs, ours = programs.version_in(made.server)[0], programs.server_version()
    if ours[0] < theirs:
        raise BackupError(
            f"The backup is of PostgreSQL {made.server} and this server is {ours[1]}: an older one "
            f"may not understand it. Restore on PostgreSQL {theirs} or newer."
        )
    wrote = programs.version_in(made.pg_dump)[0]
    return programs.program("pg_restore", max(ours[0], wrote))


def _refuse_newer(made: Manifest) -> None:
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    ours = {app for app, _ in known}
    unknown = [
        f"{app}.{name}"
        for app, names in made.migrations.items()
        for name in names
        if app in ours and (app, name) not in known and not _was_squashed(app, name, known)
    ]
    if unknown:
        raise BackupError(
            f"The backup was made by a newer Spelunker ({made.version}): this one does not know "
            f"{', '.join(unknown[:5])}. Restore it with that version."
        )


def _refuse_other_keys(made: Manifest, without_keys: bool) -> None:
    if _has_other_keys(made) and not without_keys:
        raise BackupError(
            "The FIELD_KEYS of this installation are not those of the backup: stored keys of LLM "
            "APIs, tokens and secrets could not be read. Set the FIELD_KEYS of then (they are kept "
            "apart from backups), or say --without-keys and enter all of them again."
        )


def _has_other_keys(made: Manifest) -> bool:
    return bool(made.key_fingerprints) and not set(made.key_fingerprints) & set(key_fingerprints())


def _was_squashed(app: str, name: str, known: Mapping[tuple[str, str], object]) -> bool:
    return any((app, name) in getattr(one, "replaces", ()) for one in known.values())


def _refuse_company(db: Database) -> None:
    others = db.execute(OTHERS, [OURSELVES]).fetchall()
    if others:
        who = ", ".join(f"{name.removeprefix('spelunker ')} ({n})" for name, n in others)
        raise BackupError(
            f"The database is in use by: {who}. Stop web, relay, workers and scheduler first; "
            "then restore, then start them again."
        )


def _clear_the_place(db: Database, media: Path, sums: dict[str, str], sentence: str) -> None:
    """An empty installation, or one that may go for it was said so in as many words."""
    taken = [*_in_database(db), *_in_media(media, sums)]
    if taken and sentence != force_sentence():
        raise BackupError(
            f"There is something here already: {'; '.join(taken)}. Restore into an empty database "
            "and an empty folder of files, or, if all of that may go for good, say "
            f'--force-sentence "{force_sentence()}".'
        )
    if contents.tables(db):
        db.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def _in_database(db: Database) -> list[str]:
    there = set(contents.tables(db))
    found = []
    for label in BELONGS_TO_SOMEBODY:
        meta = apps.get_model(label)._meta
        if f"public.{meta.db_table}" not in there:
            continue
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(meta.db_table))
        row = db.execute(query).fetchone()
        if row and row[0]:
            found.append(f"{row[0]} {meta.verbose_name_plural}")
    return found


def _in_media(media: Path, sums: dict[str, str]) -> list[str]:
    """Files that the backup does not have. Those of a restore that was broken off may stay."""
    if not media.is_dir():
        return []
    strange = [name for name in stored_files(media) if f"{MEDIA}/{name}" not in sums]
    return [f"{len(strange)} files in {media}"] if strange else []


# -- bringing it back --------------------------------------------------------------------------
def _bring_files(backup: Path, media: Path, sums: dict[str, str], tell: Tell) -> None:
    """Before the database, so that a restore that is broken off can just be started again."""
    names = [name for name in sums if name.startswith(f"{MEDIA}/")]
    with disk_troubles(media):
        for done, name in enumerate(names, 1):
            target = media / name.removeprefix(f"{MEDIA}/")
            if not (target.is_file() and manifest.sha256_of(target) == sums[name]):
                _, digest = copy_file(backup / name, target)
                target.chmod(settings.FILE_UPLOAD_PERMISSIONS)
                if digest != sums[name]:
                    raise BackupError(f"{name} changed while it was copied. Check the disk.")
            tell("Files", done, len(names))


def _pour(pg_restore: Program, dump: Path, database: str, tell: Tell) -> None:
    """Restore the dump in one transaction: all of it is there, or nothing."""
    done = 0

    def hear(line: str) -> None:
        nonlocal done
        if "processing data for table" in line:
            done += 1
            tell("Restoring tables", done, 0)

    with NamedTemporaryFile("w", suffix=".list") as wanted:
        wanted.write(_list_of(pg_restore, dump))
        wanted.flush()
        Running(
            [str(pg_restore.path), "--single-transaction", "--exit-on-error", "--no-owner",
             "--no-privileges", "--no-comments", "--verbose", f"--use-list={wanted.name}",
             f"--dbname={programs.address(database)}", "--no-password", str(dump)], hear,
        ).wait()  # fmt: skip


def _list_of(pg_restore: Program, dump: Path) -> str:
    """What the dump has, without event triggers: only a superuser may make those, and the command
    database_roles makes ours anew where there is one."""
    found = subprocess.run([pg_restore.path, "--list", dump], capture_output=True, text=True)
    if found.returncode:
        raise BackupError(f"{dump} is no dump that {pg_restore.path} can read: {found.stderr}")
    return "".join(x for x in found.stdout.splitlines(True) if " EVENT TRIGGER " not in x)


@contextmanager
def _temporary_database() -> Iterator[str]:
    """A database beside the live one. Raises BackupError if this role may not make one."""
    name = f"spelunker_verify_{os.getpid()}"
    quoted = sql.Identifier(name)
    with contents.connect() as db:
        try:
            db.execute(sql.SQL(NEW_DATABASE).format(quoted))
        except database_errors.InsufficientPrivilege as error:
            raise BackupError(
                "This role of the database may not make a temporary one. Give it the right with "
                "“ALTER ROLE … CREATEDB”, or verify on another server."
            ) from error
        try:
            yield name
        finally:
            db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))


def _warnings(made: Manifest) -> list[str]:
    found = []
    if _has_other_keys(made):
        found.append(
            "FIELD_KEYS are not those of then: stored keys of LLM APIs, tokens and secrets cannot "
            "be read. Set the FIELD_KEYS of then, or enter the keys again."
        )
    if made.missing_files:
        found.append(
            f"{len(made.missing_files)} files that the database names were missing already when "
            f"the backup was made, such as {made.missing_files[0]}."
        )
    return found
