"""Compares: the files of a backup with its list, a database with the manifest."""

from collections.abc import Mapping
from pathlib import Path

from spelunker.backups import contents, manifest
from spelunker.backups.contents import Database, TableContents
from spelunker.backups.copying import Tell
from spelunker.backups.errors import BackupDiffers, BackupError
from spelunker.backups.manifest import DUMP, MEDIA, Manifest


def check_files(backup: Path, made: Manifest, tell: Tell) -> dict[str, str]:
    """Read every file of a backup. Returns their hashes by name; raises BackupDiffers for files
    that are missing or have changed."""
    sums = manifest.read_sums(backup, made)
    if DUMP not in sums:
        raise BackupError(f"{backup / manifest.SUMS} names no {DUMP}.")
    wrong = []
    for done, (name, digest) in enumerate(sums.items(), 1):
        wrong += _trouble_of(backup / name, name, digest)
        tell("Checking files", done, len(sums))
    if wrong:
        raise BackupDiffers(wrong)
    return sums


def _trouble_of(path: Path, name: str, digest: str) -> list[str]:
    try:
        same = manifest.sha256_of(path) == digest
    except FileNotFoundError:
        return [f"{name} is missing."]
    except OSError as error:
        return [f"{name} cannot be read ({error.strerror})."]
    return [] if same else [f"{name} has changed since the backup."]


def check_database(db: Database, made: Manifest, sums: Mapping[str, str], tell: Tell) -> None:
    """Compare tables, migrations and the files that rows name. Raises BackupDiffers."""
    found = contents.contents(db, lambda done, of: tell("Comparing tables", done, of))
    wrong = differences(made.tables, found)
    if contents.applied_migrations(db) != made.migrations:
        wrong.append("The migrations on record are others.")
    known = set(made.missing_files)
    for name in contents.named_files(db):
        if f"{MEDIA}/{name}" not in sums and name not in known:
            wrong.append(f"A row names the file {name}, which is not in the backup.")
    if wrong:
        raise BackupDiffers(wrong)


def differences(
    expected: Mapping[str, TableContents], found: Mapping[str, TableContents]
) -> list[str]:
    """A sentence for each table that is not as it was."""
    wrong = []
    for name in sorted(expected.keys() | found.keys()):
        was, now = expected.get(name), found.get(name)
        if was is None or now is None:
            wrong.append(f"The table {name} is {'missing' if now is None else 'new'}.")
        elif was.rows != now.rows:
            wrong.append(f"{name} has {now.rows} rows and had {was.rows}.")
        elif was.sha256 != now.sha256:
            wrong.append(f"{name} has as many rows as it had, with other contents.")
    return wrong
