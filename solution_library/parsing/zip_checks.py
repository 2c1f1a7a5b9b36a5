"""Looks at a zip container before any part of it is unpacked."""

import re
import stat
import struct
import zipfile
import zlib
from typing import IO

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.limits import MEGABYTE
from solution_library.parsing.readable import Readable

MAX_ENTRIES = 10_000
MAX_UNPACKED = 200 * MEGABYTE
# Office XML packs 10- to 40-fold; small parts may pack better without doing harm.
MAX_RATIO = 100
_RATIO_MATTERS_FROM = 4 * MEGABYTE
_MAX_DIRECTORY = 16 * MEGABYTE
_PROLOG = 256 * 1024
_END_RECORD = struct.Struct("<4s4H2LH")
_DAMAGED = "The file is damaged: its zip container cannot be read."
# The first of: a document type declaration, or the root element (after which none can come).
_DOCTYPE_OR_ROOT = re.compile(r"<!DOCTYPE|<[^!?\s<]", re.I)
_COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>", re.S)


def open_checked(path: Readable) -> zipfile.ZipFile:
    """Open a zip whose directory promises nothing hostile; raises ParseRefused otherwise.

    The promises can be lies: read parts through `read_part`, and only inside the sandbox.
    """
    _check_end_record(path)
    try:
        archive = zipfile.ZipFile(path.open("rb"))
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
        raise ParseRefused(_DAMAGED) from error
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _too_many(len(entries))
    _check_sizes(entries)
    for entry in entries:
        _check_entry(entry)
    return archive


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One XML part without a document type declaration; raises KeyError when it is missing."""
    entry = archive.getinfo(name)
    content = _read(archive, entry, MAX_UNPACKED)
    if name.endswith((".xml", ".rels")):
        _refuse_doctype(content[:_PROLOG], name)
    return content


def refuse_doctypes(archive: zipfile.ZipFile) -> None:
    """No XML part may declare entities, read by us or not: no office program writes them."""
    for entry in archive.infolist():
        if entry.filename.endswith((".xml", ".rels")):
            _refuse_doctype(_read(archive, entry, _PROLOG), entry.filename)


def _check_end_record(path: Readable) -> None:
    with path.open("rb") as stream:
        check_end_record(stream)


def check_end_record(stream: IO[bytes]) -> None:
    """Count the entries without listing them: 200,000 take seconds to list."""
    stream.seek(0, 2)
    stream.seek(-min(stream.tell(), 65_557), 2)
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END_RECORD.size:
        raise ParseRefused(_DAMAGED)
    record = _END_RECORD.unpack_from(tail, place)
    entries, directory_size = record[4], record[5]
    # All ones: the true number stands in a zip64 record, which only giants need.
    if entries > MAX_ENTRIES or entries == 0xFFFF:
        raise _too_many(entries)
    if directory_size > _MAX_DIRECTORY:
        raise ParseRefused("The file's zip directory is far too large; it looks hostile.")


def _too_many(entries: int) -> ParseRefused:
    return ParseRefused(
        f"The file holds {entries:,} or more parts; at most {MAX_ENTRIES:,} are read."
    )


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED:
        raise ParseRefused(
            f"The file unpacks to {unpacked / MEGABYTE:,.0f} MB; "
            f"at most {MAX_UNPACKED // MEGABYTE} MB are read."
        )
    for entry in entries:
        if entry.file_size > _RATIO_MATTERS_FROM and (
            entry.file_size > MAX_RATIO * max(1, entry.compress_size)
        ):
            raise ParseRefused(
                f"A part of the file unpacks to more than {MAX_RATIO} times its size; "
                "it looks like a zip bomb."
            )


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/"):
        raise ParseRefused("The file holds a part whose name points outside; it looks hostile.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ParseRefused("The file holds a symbolic link; it looks hostile.")
    if entry.flag_bits & 1:
        raise ParseRefused("The file is password protected. Remove the password and try again.")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, at_most: int) -> bytes:
    try:
        with archive.open(entry) as stream:
            return stream.read(at_most)
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, NotImplementedError) as error:
        raise ParseRefused(
            f"The file is damaged: {entry.filename!r} cannot be unpacked."
        ) from error


def _refuse_doctype(head: bytes, name: str) -> None:
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:4]
    text = head.decode("utf-16" if wide else "latin-1", "replace")
    first = _DOCTYPE_OR_ROOT.search(_COMMENT.sub("", text))
    if first is None and len(head) >= _PROLOG:
        raise ParseRefused(f"The file is damaged: {name!r} does not begin like XML.")
    if first is not None and first.group().upper() == "<!DOCTYPE":
        raise ParseRefused(
            f"The file declares XML entities ({name!r}), which no office program does; "
            "it looks hostile."
        )
