"""Opening and listing files below a folder without ever following a link."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

MAX_DEPTH = 40
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a FIFO would otherwise wait for its other end for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_WINDOW = 1 << 20


class FileProblem(Exception):
    """Why a file or folder cannot be read, as a clause without a full stop."""

    def __init__(self, reason: str, outcome: Literal["gone", "failed", "skipped"] = "failed"):
        super().__init__(reason)
        self.outcome = outcome


@dataclass
class Listing:
    """`files` maps a path below the folder, "/" between its parts, to the bytes on disk.

    Names that are not UTF-8 are shown with a backslash escape: a database takes no others.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    links: int = 0
    cut: bool = False

    def was_read(self, path: str) -> bool:
        """Whether the folder of `path` was listed completely."""
        if "." in self.unreadable:
            return False
        return not any(path.startswith(folder + "/") for folder in self.unreadable)


def open_below(root: str, parts: Sequence[str]) -> int:
    """A descriptor of the folder root/parts; the operator's root itself may be a link."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FileProblem(_words(error)) from None
    for part in parts:
        try:
            following = os.open(part, _FOLDER, dir_fd=descriptor)
        except OSError as error:
            raise FileProblem(_words(error)) from None
        finally:
            os.close(descriptor)
        descriptor = following
    if os.fstat(descriptor).st_dev in _virtual_devices():
        os.close(descriptor)
        raise FileProblem("it belongs to the system, not to documents")
    return descriptor


def list_files(descriptor: int, *, wants: Callable[[str], bool], limit: int) -> Listing:
    """Regular files that `wants` accepts; hidden names (".git") are left out."""
    listing = Listing()
    _walk(descriptor, b"", listing, wants, limit)
    return listing


def read_file(descriptor: int, path: bytes, *, max_bytes: int) -> bytes:
    """Raises FileProblem with the outcome that the item should have."""
    with contextlib.ExitStack() as stack:
        folder = descriptor
        *parents, name = path.split(b"/")
        for parent in parents:
            folder = stack.enter_context(_opened(parent, _FOLDER, folder))
        file = stack.enter_context(_opened(name, _FILE, folder))
        return _read_regular(file, max_bytes)


def _walk(
    folder: int, prefix: bytes, listing: Listing, wants: Callable[[str], bool], limit: int
) -> None:
    if prefix.count(b"/") > MAX_DEPTH:
        listing.unreadable[_shown(prefix)] = f"lies deeper than {MAX_DEPTH} folders"
        return
    for name, is_folder in _entries(folder, prefix, listing):
        path = prefix + name
        if is_folder:
            try:
                with _opened(name, _FOLDER, folder) as below:
                    _walk(below, path + b"/", listing, wants, limit)
            except FileProblem as problem:
                listing.unreadable[_shown(path)] = str(problem)
        elif wants(_shown(path)):
            listing.cut = len(listing.files) >= limit
            if not listing.cut:
                listing.files[_shown(path)] = path
        if listing.cut:
            return


def _entries(folder: int, prefix: bytes, listing: Listing) -> list[tuple[bytes, bool]]:
    """Names of regular files and folders, sorted, so that a limit always cuts the same."""
    found: list[tuple[bytes, bool]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    found.append((os.fsencode(entry.name), True))
                elif entry.is_file(follow_symlinks=False):
                    found.append((os.fsencode(entry.name), False))
                else:
                    listing.links += 1
    except OSError as error:
        listing.unreadable[_shown(prefix) or "."] = _words(error)
    return sorted(found)


@contextlib.contextmanager
def _opened(name: bytes, flags: int, folder: int) -> Iterator[int]:
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise FileProblem(_words(error), "gone" if missing else "failed") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_regular(file: int, max_bytes: int) -> bytes:
    before = os.fstat(file)
    if not stat.S_ISREG(before.st_mode) or before.st_dev in _virtual_devices():
        raise FileProblem("it is not a regular file", "skipped")
    if before.st_size > max_bytes:
        raise FileProblem(f"it is larger than {max_bytes // 1_048_576} MB", "skipped")
    body = bytearray()
    while part := os.read(file, _WINDOW):
        body += part
        if len(body) > max_bytes:
            raise FileProblem(f"it is larger than {max_bytes // 1_048_576} MB", "skipped")
    after = os.fstat(file)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileProblem("it was changed while we read it; the next sync takes it")
    return bytes(body)


def _virtual_devices() -> set[int]:
    """File systems of the kernel, whose "regular files" are secrets like /proc/1/environ."""
    devices = set()
    for path in ("/proc", "/sys", "/dev"):
        with contextlib.suppress(OSError):
            devices.add(os.stat(path).st_dev)
    with contextlib.suppress(OSError):
        devices.discard(os.stat("/").st_dev)
    return devices


def _shown(path: bytes) -> str:
    return path.rstrip(b"/").decode("utf-8", "backslashreplace")


def _words(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    if isinstance(error, PermissionError):
        return "the server may not read it"
    if error.errno in {errno.ELOOP, errno.ENOTDIR}:
        return "it is a link or not a folder, and links are not followed"
    return f"it cannot be opened ({os.strerror(error.errno or 0)})"
