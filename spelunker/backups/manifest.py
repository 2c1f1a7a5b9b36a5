"""What a backup says of itself, so that a restore can be checked against it."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from spelunker.backups.contents import TableContents
from spelunker.backups.errors import BackupError

FORMAT = 1
MANIFEST, SUMS, DUMP, MEDIA = "manifest.json", "SHA256SUMS", "database.dump", "media"
PREFIX = "spelunker-"
BLOCK = 1 << 20


@dataclass
class Manifest:
    """Everything but the list of files, which stands in SHA256SUMS in the form that the program
    sha256sum reads."""

    version: str
    made_at: str
    server: str
    pg_dump: str
    extensions: dict[str, str]
    migrations: dict[str, list[str]]
    tables: dict[str, TableContents]
    unfinished_jobs: int
    key_fingerprints: list[str]
    left_out: dict[str, str]
    files: int = 0
    bytes: int = 0
    missing_files: list[str] = field(default_factory=list)
    sums_sha256: str = ""
    seconds: float = 0.0
    format: int = FORMAT
    keys_inside: bool = False

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError if there is none that can be read."""
    path = folder / MANIFEST
    try:
        values: dict[str, Any] = json.loads(path.read_text())
        if values["format"] != FORMAT:
            raise BackupError(
                f"{path} has the format {values['format']}, and this version reads {FORMAT}. "
                "Restore it with the version of Spelunker that made it."
            )
        values["tables"] = {k: TableContents(**v) for k, v in values["tables"].items()}
        return Manifest(**values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{path} is no manifest of a backup ({error}).") from error


def write_sums(folder: Path, sums: dict[str, str]) -> str:
    """Write SHA256SUMS. Returns its own SHA-256."""
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    (folder / SUMS).write_text(text)
    return hashlib.sha256(text.encode()).hexdigest()


def read_sums(folder: Path, manifest: Manifest) -> dict[str, str]:
    """SHA-256 by name of file. Raises BackupError for a list that is not the manifest's, or that
    names a file outside the backup."""
    try:
        text = (folder / SUMS).read_text()
    except (OSError, ValueError) as error:
        raise BackupError(f"The list of files {folder / SUMS} cannot be read ({error}).") from error
    if hashlib.sha256(text.encode()).hexdigest() != manifest.sums_sha256:
        raise BackupError(f"{folder / SUMS} is not the list that the backup was made with.")
    found = {}
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        if not is_inside(name):
            raise BackupError(f"{folder / SUMS} names a file outside the backup: {name!r}.")
        found[name] = digest
    return found


def is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_backup(folder: Path) -> Path:
    """`folder` itself if it is a backup, else the newest one in it. Raises BackupError."""
    if (folder / MANIFEST).is_file():
        return folder
    found = complete_backups(folder)
    if not found:
        raise BackupError(f"There is no backup in {folder}: no folder in it has a {MANIFEST}.")
    return found[-1]


def complete_backups(folder: Path) -> list[Path]:
    """The finished backups in a folder, the oldest first."""
    return sorted(path.parent for path in folder.glob(f"{PREFIX}*/{MANIFEST}"))
