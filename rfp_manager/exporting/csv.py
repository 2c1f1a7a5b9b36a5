"""Filling answers into a copy of a delimited text file."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from rfp_manager.exporting.cell_text import MAX_UNITS, encodable, fit, visible
from rfp_manager.exporting.files import write_whole
from rfp_manager.exporting.merging import by_cell
from rfp_manager.exporting.types import ExportRefused, Fill, UntouchedReport
from rfp_manager.importing.csv_text import (
    CsvText,
    Record,
    decode,
    guarded,
    read_csv_text,
    tokenize,
)
from rfp_manager.importing.types import Place

Texts = dict[int, dict[int, str]]  # record number -> field number -> text, both from 1


def fill(source: Path, *, fills: Sequence[Fill], out: Path) -> UntouchedReport:
    """Write `out`; every byte outside the answer fields stays. Raises ExportRefused."""
    report = UntouchedReport(format="csv")
    old = read_csv_text(source)
    texts: Texts = {}
    for place, text in by_cell(fills, lambda place: place, report).items():
        _refuse_unknown(place, old)
        texts.setdefault(place.row, {})[place.column] = _safe(text, place, old.encoding, report)
    data = old.bom + _spliced(old, texts).encode(old.encoding)
    write_whole(
        out,
        lambda stream: _write(stream, data),
        lambda draft: _verify(old, draft, texts, report),
    )
    report.answers_written = sum(map(len, texts.values()))
    return report


def _safe(text: str, place: Place, encoding: str, report: UntouchedReport) -> str:
    """Spreadsheets break a longer field over rows, so it is no longer than a cell may be."""
    whole = visible(text, place, report)
    shown = encodable(whole, encoding, place, report)
    return guarded(fit(shown, place, report, limit=MAX_UNITS - 1, whole=whole))


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)


def _refuse_unknown(place: Place, old: CsvText) -> None:
    if place.sheet or not 1 <= place.row <= len(old.records) or place.column < 1:
        raise ExportRefused(
            f"The file has no record {place.row}. It is not the file that was imported: import "
            "it again."
        )


def _spliced(old: CsvText, texts: Texts) -> str:
    pieces: list[str] = []
    position = 0
    for number in sorted(texts):
        record = old.records[number - 1]
        for column in sorted(texts[number]):
            text = texts[number][column]
            if column <= len(record.fields):
                field = record.fields[column - 1]
                quoted = _quoted(text, old.delimiter, always=field.quoted)
                pieces += [old.text[position : field.start], quoted]
                position = field.end
        pieces += [old.text[position : record.end], _beyond(record, texts[number], old.delimiter)]
        position = record.end
    return "".join([*pieces, old.text[position:]])


def _beyond(record: Record, texts: dict[int, str], delimiter: str) -> str:
    """The fields that the record does not have yet, with the delimiters before them."""
    pieces: list[str] = []
    last = max(len(record.fields), 1)  # a blank record counts as one empty field
    if not record.fields and 1 in texts:
        pieces.append(_quoted(texts[1], delimiter, always=False))
    for column in sorted(column for column in texts if column > last):
        pieces.append(delimiter * (column - last) + _quoted(texts[column], delimiter, always=False))
        last = column
    return "".join(pieces)


def _quoted(text: str, delimiter: str, *, always: bool) -> str:
    special = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
    if always or special or text != text.strip() or text[:1] == "'":
        return '"' + text.replace('"', '""') + '"'
    return text


def _verify(old: CsvText, draft: Path, texts: Texts, report: UntouchedReport) -> None:
    """Read the copy again and compare it field by field with the original."""
    bom, encoding, text = decode(draft.read_bytes())
    report.parts_compared, report.parts_changed = 1, ["the text"]
    if bom != old.bom:
        report.problems.append("the byte order mark differs")
    if encoding != old.encoding:
        # Pure ASCII reads as UTF-8; with the answers in it the same bytes still must decode.
        text = draft.read_bytes()[len(old.bom) :].decode(old.encoding)
    new = list(tokenize(text, old.delimiter))
    if len(new) != len(old.records):
        report.problems.append("the number of records differs")
    for number, (before, after) in enumerate(zip(old.records, new, strict=False), start=1):
        _compare(number, before, after, texts.get(number, {}), report)
    report.untouched = not report.problems
    if report.problems:
        raise ExportRefused(
            "The filled file would differ from the buyer's beyond the answers, so it was not "
            f"kept: {'; '.join(report.problems[:3])}."
        )


def _compare(
    number: int, before: Record, after: Record, texts: dict[int, str], report: UntouchedReport
) -> None:
    for column in range(1, max(len(before.fields), len(after.fields), *texts, 0) + 1):
        report.cells_compared += 1
        old = before.fields[column - 1].value if column <= len(before.fields) else ""
        new = after.fields[column - 1].value if column <= len(after.fields) else ""
        if new != texts.get(column, old):
            report.problems.append(f"field {Place('', number, column).ref} differs")
