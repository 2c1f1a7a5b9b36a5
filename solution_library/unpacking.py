"""Takes a zip archive in as if its folder had been uploaded file by file.

Nothing of it is ever written under a name of the archive's, nothing is believed that its directory
says, and nothing is left out without being counted.
"""

import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings

from solution_library.ingest import UploadRefused, clean_path
from solution_library.parsing.endings import SUPPORTED
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.zip_checks import MAX_ENTRIES, check_end_record

MEGABYTE = 1024 * 1024
#: What all entries may come to. The archive itself is as large as any upload may be.
MAX_TOTAL = 1000 * MEGABYTE
MAX_RATIO = 200
RATIO_MATTERS_FROM = 4 * MEGABYTE
BLOCK = 256 * 1024
JUNK_NAMES = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"))
JUNK_FOLDERS = frozenset(("__macosx", "$recycle.bin", "system volume information"))
#: What office programs and e-book readers call their own zip files by.
OF_A_DOCUMENT = ("[Content_Types].xml", "mimetype")
LOCKED = "It is password protected. Make the archive without a password."
NESTED = "It is an archive inside the archive, and those are not opened. Upload it by itself."
#: Names that are taken, and how often.
Taken = dict[str, int]
UNREADABLE = (zipfile.BadZipFile, EOFError, OSError, zlib.error, struct.error, ValueError,
              NotImplementedError, RuntimeError, KeyError)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A file in an archive. `key` is what it is known by: its path, once per archive, and short;
    `origin` is the same in full. `reason` says why it is not taken, where that is known
    beforehand."""

    index: int
    key: str
    path: str
    origin: str
    reason: str = ""

    @property
    def filename(self) -> str:
        return PurePosixPath(self.path).name


@dataclass
class Listing:
    """What an archive holds: files to take or to refuse, and how many were skipped as junk that
    file managers leave behind."""

    entries: list[Entry] = field(default_factory=list)
    junk: int = 0


def is_archive(stream: IO[bytes]) -> bool:
    """Whether this is a zip, and not a document that is stored as one. Its name does not count."""
    stream.seek(0)
    if not stream.read(4).startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    try:
        with opened(stream, "") as archive:
            return archive.names.isdisjoint(OF_A_DOCUMENT)
    except UploadRefused:
        # Damaged, or of too many parts: which of the two kinds it is, its reader will say.
        return False


@contextmanager
def opened(stream: IO[bytes], name: str) -> Iterator["Archive"]:
    """An archive called `name`; its entries are counted before they are listed. Raises
    UploadRefused."""
    try:
        check_end_record(stream)
        with zipfile.ZipFile(stream) as container:
            yield Archive(container, clean_path(name) or "archive")
    except ParseRefused as refusal:
        raise UploadRefused(refusal.reason) from refusal
    except UNREADABLE as error:
        raise UploadRefused("The archive is damaged: it cannot be opened.") from error


class Archive:
    """An opened zip archive. `left`: how many bytes may still be unpacked from it."""

    def __init__(self, container: zipfile.ZipFile, name: str) -> None:
        self._container, self._name = container, name
        self._infos = container.infolist()
        self.left = MAX_TOTAL

    @property
    def names(self) -> set[str]:
        return {info.filename for info in self._infos}

    def listing(self) -> Listing:
        """What it holds. Raises UploadRefused if it cannot be taken at all."""
        _refuse_bomb(self._infos, self._name)
        found, taken = Listing(), (dict[str, int](), dict[str, int]())
        for index, info in enumerate(self._infos):
            if is_junk(info.filename):
                found.junk += not info.is_dir()
            elif not info.is_dir():
                found.entries.append(self._entry(index, info, taken))
        if not found.entries:
            raise UploadRefused(f"“{self._name}” holds no documents. Put some into it, please.")
        if all(entry.reason == LOCKED for entry in found.entries):
            raise UploadRefused(f"“{self._name}” is password protected. Make it without one.")
        return found

    def _entry(self, index: int, info: zipfile.ZipInfo, taken: tuple[Taken, Taken]) -> Entry:
        path = f"{self._name}/{clean_path(info.filename) or 'unnamed'}"
        keys, origins = taken
        return Entry(index, _once(path[-180:], keys), path, _once(path, origins), _objection(info))

    def unpack(self, entry: Entry) -> IO[bytes]:
        """One entry's bytes, in a file without a name that is gone when it is closed. Raises
        UploadRefused."""
        if entry.reason:
            raise UploadRefused(entry.reason)
        target = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._copy(entry, target)
        except UploadRefused:
            target.close()
            raise
        except UNREADABLE as error:
            target.close()
            raise UploadRefused("It cannot be unpacked: the archive is damaged here.") from error
        if is_archive(target):
            target.close()
            raise UploadRefused(NESTED)
        target.seek(0)
        return target

    def _copy(self, entry: Entry, target: IO[bytes]) -> None:
        """At most as much as an upload may have: directories lie about sizes."""
        size = 0
        with self._container.open(self._infos[entry.index]) as source:
            while block := source.read(BLOCK):
                size, self.left = size + len(block), self.left - len(block)
                if size > settings.MAX_UPLOAD_BYTES:
                    raise UploadRefused(_too_large())
                if self.left < 0:
                    raise UploadRefused("The archive unpacks to far more than it says.")
                target.write(block)


def is_junk(path: str) -> bool:
    """Files that systems leave behind and nobody means: thumbnails, locks, hidden files."""
    *folders, last = [part.lower() for part in path.replace("\\", "/").split("/")]
    if any(part in JUNK_FOLDERS or _is_hidden(part) for part in folders):
        return True
    return last in JUNK_NAMES or _is_hidden(last) or last.startswith("~$")


def _is_hidden(part: str) -> bool:
    return part.startswith(".") and part not in (".", "..")


def _objection(info: zipfile.ZipInfo) -> str:
    """Why an entry is not taken, as far as the directory tells."""
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/"):
        return "Its name points outside of the archive, which looks hostile."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "It is a link to another place, not a file."
    if info.flag_bits & 1:
        return LOCKED
    if info.file_size > settings.MAX_UPLOAD_BYTES:
        return _too_large()
    if info.file_size > RATIO_MATTERS_FROM and info.file_size > MAX_RATIO * info.compress_size:
        return f"It unpacks to more than {MAX_RATIO} times its size, which looks like a zip bomb."
    return _unknown_kind(name)


def _unknown_kind(name: str) -> str:
    ending = PurePosixPath(name).suffix.lower()
    if not ending or ending in SUPPORTED or ending == ".zip":
        return ""
    return f"Files of the kind “{ending[:20]}” cannot be read."


def _too_large() -> str:
    return f"It is larger than {settings.MAX_UPLOAD_BYTES // MEGABYTE} MB. Split it, please."


def _refuse_bomb(infos: list[zipfile.ZipInfo], name: str) -> None:
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL:
        raise UploadRefused(
            f"“{name}” unpacks to {total / MEGABYTE:,.0f} MB, and at most "
            f"{MAX_TOTAL // MEGABYTE} MB are taken at once. Make several archives of it."
        )
    if len(infos) > MAX_ENTRIES:
        raise UploadRefused(
            f"“{name}” holds {len(infos):,} files, and at most {MAX_ENTRIES:,} are taken at once. "
            "Make several archives of it."
        )


def _once(path: str, taken: Taken) -> str:
    """`path`, with a number where it is taken: an archive may hold ten thousand files of one name,
    and one must not be the next version of another."""
    once = path
    while once in taken:
        taken[path] += 1
        once = f"{path} ({taken[path]})"
    taken[once] = 1
    return once
