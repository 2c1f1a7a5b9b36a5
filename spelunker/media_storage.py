"""Where uploaded and made files lie. While a backup is being made nothing is deleted for good.

A backup speaks of the files that the database named at one moment, and copies them for minutes
after it. So whoever deletes a file meanwhile puts it aside instead, and the backup deletes it when
it is done. A deletion that looked before the backup began was committed before it, too, so the
database of the backup does not name that file.
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.core.files.storage import FileSystemStorage

from jobs.disk import UNFINISHED

ASIDE = ".aside"
LOCK = "backup.lock"
#: What file systems say that know no second name for a file.
WITHOUT_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


class BackupRunning(Exception):
    """Another backup of these files is being made."""


class MediaStorage(FileSystemStorage):
    """Files in a local folder: whole or not there. A deleted one is put aside as long as a backup
    is running."""

    def _save(self, name: str, content: Any) -> str:
        """As its parent does, but the file gets its name only when all of it is written."""
        folder = Path(self.path(name)).parent
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{uuid4().hex}{UNFINISHED}"
        try:
            with draft.open("xb") as stream:
                for chunk in content.chunks():
                    stream.write(chunk if isinstance(chunk, bytes) else chunk.encode())
            draft.chmod(self.file_permissions_mode or 0o640)
            return self._named(draft, name)
        finally:
            draft.unlink(missing_ok=True)

    def _named(self, draft: Path, name: str) -> str:
        """Under `name`, or another where somebody was faster; nothing is ever overwritten."""
        while True:
            try:
                give_name(draft, Path(self.path(name)))
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return Path(name).as_posix()

    def delete(self, name: str) -> None:
        root = Path(self.location)
        if not backup_runs(root) or not self._put_aside(root, name):
            super().delete(name)

    def _put_aside(self, root: Path, name: str) -> bool:
        target = root / ASIDE / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.path(name), target)
        except FileNotFoundError:
            return True  # it was deleted already
        except OSError:
            return False  # a folder, or no room for the name: deleted as ever
        return True


def give_name(draft: Path, path: Path) -> None:
    """Call a written file `path`. Raises FileExistsError, also when two do it at once."""
    try:
        os.link(draft, path)
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        if path.exists():
            raise FileExistsError(path) from error
        draft.rename(path)


def backup_runs(root: Path) -> bool:
    """Whether a living process makes a backup of the files in this folder."""
    try:
        with open(root / ASIDE / LOCK, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def deletions_held(root: Path) -> Iterator[None]:
    """Nothing in `root` is deleted for good while this is open. Raises BackupRunning, OSError."""
    (root / ASIDE).mkdir(parents=True, exist_ok=True)
    with open(root / ASIDE / LOCK, "ab") as lock:
        _take(lock, root)
        try:
            yield
        finally:
            _empty(root)


def _take(lock: IO[bytes], root: Path) -> None:
    for last_try in (False, False, False, True):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:  # or somebody looked at it at this very moment
            if last_try:
                text = f"Another backup of {root} is running. Wait for its end."
                raise BackupRunning(text) from error
            time.sleep(0.05)
    # What a backup that was killed had kept from going.
    for left in (root / ASIDE).iterdir():
        if left.name != LOCK:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()


def _empty(root: Path) -> None:
    """The lock goes first, so that nobody puts anything aside that nobody would delete."""
    with suppress(OSError):
        (root / ASIDE / LOCK).unlink()
    shutil.rmtree(root / ASIDE, ignore_errors=True)


def where(root: Path, name: str) -> Path | None:
    """The file of this name, wherever it is just now; None if it is gone."""
    for path in (root / name, root / ASIDE / name):
        if path.is_file():
            return path
    return None
