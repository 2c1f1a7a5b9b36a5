"""Filling answers into a copy of a plain text: below each question, or on the line left for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rfp_manager.exporting.cell_text import encodable, visible
from rfp_manager.exporting.files import write_whole
from rfp_manager.exporting.merging import by_cell
from rfp_manager.exporting.types import ExportRefused, Fill, UntouchedReport
from rfp_manager.importing.plain_text import PlainText, last_row, read_plain_text
from rfp_manager.importing.prose.lines import TEXT, TEXT_COLUMN
from rfp_manager.importing.types import Place
from rfp_manager.importing.word.marks import field_label, is_prompt, split_mark, without_room
from rfp_manager.importing.word.spoken import EMPTY_BOXES

_ANSWER = "Answer: "


@dataclass
class _Edit:
    """A line as it is written now, and the lines that are put below it."""

    line: str
    below: list[str]


def fill(source: Path, *, fills: Sequence[Fill], out: Path) -> UntouchedReport:
    """Write `out`; every line of the buyer's stays. Raises ExportRefused."""
    report = UntouchedReport(format="text")
    old = read_plain_text(source)
    edits: dict[int, _Edit] = {}
    for place, text in by_cell(fills, lambda place: place, report).items():
        if place.sheet != TEXT or not 1 <= place.row <= len(old.lines):
            raise ExportRefused(
                f"The text has no line {place.row}. It is not the file that was imported: import "
                "it again."
            )
        safe = encodable(visible(text, place, report), old.encoding, place, report)
        row = place.row if place.column == TEXT_COLUMN else last_row(old, place.row)
        edit = edits.setdefault(row, _Edit(old.lines[row - 1][0], []))
        _put(edit, place, safe)
        report.answers_written += 1
    data = old.bom + _joined(old, edits).encode(old.encoding)

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    write_whole(out, write, lambda draft: _verify(old, draft, edits, report))
    return report


def _put(edit: _Edit, place: Place, text: str) -> None:
    if place.column != TEXT_COLUMN:
        edit.below += _said(text)
        return
    ticked = _ticked(edit.line, text)
    head, rest = split_mark(edit.line)
    if ticked:
        edit.line = ticked
    elif head and (not rest.strip() or is_prompt(rest)):
        first, *more = text.split("\n")
        edit.line, edit.below = f"{head} {first}", [*more, *edit.below]
    elif field_label(edit.line):
        first, *more = text.split("\n")
        edit.line, edit.below = f"{without_room(edit.line)} {first}", [*more, *edit.below]
    elif edit.line.strip() and is_prompt(edit.line):
        first, *more = text.split("\n")
        edit.line, edit.below = first, [*more, *edit.below]
    elif not edit.line.strip():
        edit.line, edit.below = _said(text)[0], [*_said(text)[1:], *edit.below, edit.line]
    else:
        edit.below += _said(text)


def _said(text: str) -> list[str]:
    first, *more = text.split("\n")
    return [_ANSWER + first, *more]


def _ticked(line: str, choice: str) -> str:
    """The line with the box of `choice` ticked; "" if it has none for it."""
    for match in re.finditer(rf"([{EMPTY_BOXES}])\s*([^{EMPTY_BOXES}]+)", line):
        if match[2].strip(" .,;/|").casefold() == choice.strip().casefold():
            return f"{line[: match.start()]}☒{line[match.start() + 1 :]}"
    return ""


def _joined(old: PlainText, edits: dict[int, _Edit]) -> str:
    pieces: list[str] = []
    for row, (text, end) in enumerate(old.lines, start=1):
        edit = edits.get(row)
        if edit is None:
            pieces.append(text + end)
            continue
        ends = [old.line_end] * len(edit.below) + [end]
        lines = [edit.line, *edit.below]
        pieces += [line + after for line, after in zip(lines, ends, strict=True)]
    return "".join(pieces)


def _verify(old: PlainText, draft: Path, edits: dict[int, _Edit], report: UntouchedReport) -> None:
    """Read the copy again: without what was added it must be the buyer's, line by line."""
    data = draft.read_bytes()
    if not data.startswith(old.bom):
        report.problems.append("the byte order mark differs")
    text = data[len(old.bom) :].decode(old.encoding)
    at = 0
    for row, (line, end) in enumerate(old.lines, start=1):
        edit = edits.get(row)
        expected = line + end
        if edit is not None:
            added = [edit.line, *edit.below]
            expected = old.line_end.join(added) + end
        else:
            report.cells_compared += 1
        if text[at : at + len(expected)] != expected:
            report.problems.append(f"line {row} differs")
            break
        at += len(expected)
    if at != len(text) and not report.problems:
        report.problems.append("something stands after the last line")
    report.parts_compared, report.parts_changed = 1, ["the text"]
    report.untouched = not report.problems
    if report.problems:
        raise ExportRefused(
            "The filled file would differ from the buyer's beyond the answers, so it was not "
            f"kept: {'; '.join(report.problems[:3])}."
        )
