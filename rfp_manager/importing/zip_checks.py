"""Checks on a zip file made before anything in it is unpacked."""

import re
import stat
import zipfile
import zlib
from pathlib import Path

from rfp_manager.importing.types import QuestionnaireRefused

MAX_ENTRIES = 10_000
MAX_TOTAL_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
SMALL_BYTES = 1024 * 1024  # below this a high ratio is only a tidy file
PROLOG_BYTES = 64 * 1024

_XML_NAMES = (".xml", ".rels", ".vml")
_ROOT = re.compile(rb"<[A-Za-z_\x80-\xff]")
_DECLARED_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_SAFE_ENCODINGS = {b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1"}

_SAVE_AGAIN = "Open it in the program that made it, save it again and upload that copy."


def open_checked(path: Path) -> zipfile.ZipFile:
    """Open `path` after all checks; raises QuestionnaireRefused. The caller closes it."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged() from error
    try:
        check(archive)
    except BaseException:
        archive.close()
        raise
    return archive


def check(archive: zipfile.ZipFile) -> None:
    """Raise QuestionnaireRefused if `archive` is a bomb, a trap or damaged."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise QuestionnaireRefused(
            f"The file holds {len(entries):,} parts; at most {MAX_ENTRIES:,} are read. "
            f"{_SAVE_AGAIN}"
        )
    _check_names(entries)
    _check_sizes(entries)
    for entry in entries:
        if entry.filename.lower().endswith(_XML_NAMES):
            _check_prolog(archive, entry)


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, unpacked; never longer than its declared and checked size."""
    try:
        return archive.read(name)
    except KeyError as error:
        raise QuestionnaireRefused(
            f"The file is damaged: its part “{name[:80]}” is missing. {_SAVE_AGAIN}"
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise _damaged() from error


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        link = stat.S_ISLNK(entry.external_attr >> 16)
        if link or name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
            raise QuestionnaireRefused(
                f"The file holds a part named “{name[:80]}” that points outside of it, which no "
                "office program writes. It is refused for safety."
            )
        if name.lower() in seen:
            raise QuestionnaireRefused(
                f"The file holds the part “{name[:80]}” twice, so programs would disagree about "
                f"its content. {_SAVE_AGAIN}"
            )
        seen.add(name.lower())
        if entry.flag_bits & 0x1:
            raise QuestionnaireRefused(
                "The file is password protected. Remove the password and upload it again."
            )


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > MAX_TOTAL_BYTES:
        raise QuestionnaireRefused(
            f"Unpacked, the file would take {total // 2**20:,} MB; at most "
            f"{MAX_TOTAL_BYTES // 2**20} MB are read. Split it into smaller files."
        )
    if total > SMALL_BYTES and total > MAX_RATIO * max(packed, 1):
        raise QuestionnaireRefused(
            f"The file unpacks to more than {MAX_RATIO} times its size, as a decompression bomb "
            f"does. {_SAVE_AGAIN}"
        )
    end = -1
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise _damaged()
        end = entry.header_offset + entry.compress_size


def _check_prolog(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    try:
        with archive.open(entry) as stream:
            head = stream.read(PROLOG_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise _damaged() from error
    plain = head.replace(b"\x00", b"")  # UTF-16 must not hide a declaration
    root = _ROOT.search(plain)
    prolog = plain[: root.start()] if root else plain
    declared = _DECLARED_ENCODING.search(prolog)
    if b"<!DOCTYPE" in prolog.upper() or b"<!ENTITY" in prolog.upper():
        raise QuestionnaireRefused(
            f"The part “{entry.filename[:80]}” declares a document type, which office programs "
            "never write and attackers do. It is refused for safety."
        )
    if declared and declared[1].lower() not in _SAFE_ENCODINGS:
        raise QuestionnaireRefused(
            f"The part “{entry.filename[:80]}” is written in an unusual encoding. {_SAVE_AGAIN}"
        )
    if root is None and len(head) == PROLOG_BYTES:
        raise _damaged()


def _damaged() -> QuestionnaireRefused:
    return QuestionnaireRefused(
        "The file is damaged: it is cut off or was changed on its way. Ask for it again, or open "
        "it in the program that made it and save a new copy."
    )
