"""Copies files with their hashes, so that what lies in the backup is what was read."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.disk import UNFINISHED
from spelunker.backups.errors import BackupError
from spelunker.backups.manifest import BLOCK
from spelunker.media_storage import ASIDE


def copy_file(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file under a temporary name, then give it its own. Returns its size and SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + UNFINISHED)
    size, digest = 0, hashlib.sha256()
    with source.open("rb") as read, unfinished.open("wb") as write:
        while block := read.read(BLOCK):
            write.write(block)
            digest.update(block)
            size += len(block)
        write.flush()
        os.fsync(write.fileno())
    unfinished.replace(target)
    return size, digest.hexdigest()


def stored_files(root: Path) -> Iterator[str]:
    """Names of the files below `root`, without those that are being written or were put aside."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if name.parts[0] != ASIDE and not path.name.endswith(UNFINISHED) and path.is_file():
            yield name.as_posix()


@contextmanager
def disk_troubles(folder: Path) -> Iterator[None]:
    """Errors of the disk as sentences that say what to do."""
    try:
        yield
    except OSError as error:
        advice = {
            errno.ENOSPC: "Free some space there, or use a folder on another disk.",
            errno.EACCES: "Use a folder that this user may write to.",
            errno.EROFS: "Use a folder on a disk that is mounted for writing.",
        }.get(error.errno or 0, "Look at the disk, then try again.")
        raise BackupError(f"{folder}: {error.strerror or error}. {advice}") from error


def in_words(number: float) -> str:
    """A number of bytes for people."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


Tell = Callable[[str, int, int], None]
