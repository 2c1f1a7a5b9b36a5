"""A copy of a zip file in which only chosen members differ, down to the last other byte."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from rfp_manager.exporting.types import ExportRefused

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_CENTRAL_MAGIC, _END_MAGIC = b"PK\x01\x02", b"PK\x05\x06"
_BIG = 0xFFFFFFFF
_DESCRIPTOR_FLAG = 0x8
_ZIP64_EXTRA = 0x0001
_DAMAGED = "The file's directory is damaged. Save it again in the program that made it."


@dataclass
class _Moved:
    """Where a member stands in the copy and, if it is new, its sums."""

    offset: int
    new: tuple[int, int, int] | None = None  # crc, packed size, size


def copy_with(source: bytes, changed: Mapping[str, bytes], out: BinaryIO) -> None:
    """Write `source` to `out` with the members in `changed` replaced; raises ExportRefused.

    All other members keep their packed bytes, headers, order and dates.
    """
    with zipfile.ZipFile(BytesIO(source)) as archive:
        entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
        start, comment = archive.start_dir, archive.comment
    moved: dict[int, _Moved] = {}
    bounds = [entry.header_offset for entry in entries[1:]] + [start]
    out.write(source[: entries[0].header_offset])
    for entry, end in zip(entries, bounds, strict=True):
        place = moved[entry.header_offset] = _Moved(out.tell())
        if entry.filename in changed:
            place.new = _write_member(source, entry, changed[entry.filename], out)
        else:
            out.write(source[entry.header_offset : end])
    directory = out.tell()
    _write_directory(source, start, entries, moved, out)
    size = out.tell() - directory
    count = len(entries)
    out.write(_END.pack(_END_MAGIC, 0, 0, count, count, size, directory, len(comment)))
    out.write(comment)


def _write_member(
    source: bytes, entry: zipfile.ZipInfo, data: bytes, out: BinaryIO
) -> tuple[int, int, int]:
    """The member's own header with new sums, then the new data."""
    (magic, version, flags, _, time, date, _, _, _, name_size, extra_size) = _LOCAL.unpack_from(
        source, entry.header_offset
    )
    at = entry.header_offset + _LOCAL.size
    name = source[at : at + name_size]
    extra = _without_zip64(source[at + name_size : at + name_size + extra_size])
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data)
    flags &= ~_DESCRIPTOR_FLAG
    out.write(
        _LOCAL.pack(
            magic, max(version, 20), flags, zipfile.ZIP_DEFLATED, time, date, crc, len(packed),
            len(data), len(name), len(extra),
        )
    )  # fmt: skip
    out.write(name + extra + packed)
    return crc, len(packed), len(data)


def _write_directory(
    source: bytes,
    start: int,
    entries: list[zipfile.ZipInfo],
    moved: dict[int, _Moved],
    out: BinaryIO,
) -> None:
    position = start
    for _ in entries:
        fields = list(_CENTRAL.unpack_from(source, position))
        if fields[0] != _CENTRAL_MAGIC:
            raise ExportRefused(_DAMAGED)
        at = position + _CENTRAL.size
        name_end, extra_end = at + fields[10], at + fields[10] + fields[11]
        position = extra_end + fields[12]
        if _BIG in (fields[8], fields[9], fields[16]):
            raise ExportRefused("The file uses the format for files beyond 4 GB. Save it again.")
        place = moved.get(fields[16])
        if place is None:
            raise ExportRefused(_DAMAGED)
        extra = source[name_end:extra_end]
        if place.new:
            fields[3] &= ~_DESCRIPTOR_FLAG
            fields[4] = zipfile.ZIP_DEFLATED
            fields[7:10] = place.new
            extra = _without_zip64(extra)
            fields[11] = len(extra)
        fields[16] = place.offset
        out.write(_CENTRAL.pack(*fields))
        out.write(source[at:name_end] + extra + source[extra_end:position])


def _without_zip64(extra: bytes) -> bytes:
    kept, position = b"", 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, position)
        if kind != _ZIP64_EXTRA:
            kept += extra[position : position + 4 + size]
        position += 4 + size
    return kept
