"""The source of a sample document: front matter and blocks, independent of the format built."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

BlockKind = Literal["heading", "paragraph", "bullet", "number", "table", "code", "page_break"]

PAGE_BREAK = "<!-- page break -->"
MERGE_UP, MERGE_LEFT = "^", "<"
_RULE_ROW = re.compile(r"^\|(?:\s*:?-+:?\s*\|)+$")
_NUMBERED = re.compile(r"^(\d+)\. (.*)$")
_HEADING = re.compile(r"^(#{2,4}) (.*)$")


class SourceInvalid(ValueError):
    """A source file does not follow the small format described in samples/README.md."""


@dataclass
class Cell:
    """One visible cell; `columns` and `rows` say how far it is merged."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass
class Table:
    """Row 0 is the header. A slot covered by a merged cell holds that very cell object."""

    rows: list[list[Cell]]

    def anchors(self, row: int) -> Iterator[tuple[int, Cell]]:
        """(column, cell) of every cell whose upper left corner lies in this row."""
        for column, cell in enumerate(self.rows[row]):
            left = column > 0 and self.rows[row][column - 1] is cell
            above = row > 0 and self.rows[row - 1][column] is cell
            if not left and not above:
                yield column, cell


@dataclass
class Block:
    kind: BlockKind
    text: str = ""
    level: int = 0
    number: int = 0
    table: Table = field(default_factory=lambda: Table([]))


@dataclass
class Source:
    name: str
    meta: dict[str, str]
    blocks: list[Block]

    @property
    def title(self) -> str:
        return self.meta["title"]

    @property
    def format(self) -> str:
        return self.meta["format"]

    @property
    def language(self) -> str:
        return self.meta.get("language", "en")

    @property
    def encoding(self) -> str:
        return self.meta.get("encoding", "utf-8")

    @property
    def effective(self) -> dt.date:
        return dt.date.fromisoformat(self.meta["effective"])

    @property
    def filename(self) -> str:
        return f"{self.name}.{self.format}"

    def control_rows(self) -> list[tuple[str, str]]:
        """The document-control lines printed at the top of every format."""
        german = self.language == "de"
        labels = (
            ("Dokument", "Version", "Gültig ab", "Verantwortlich", "Einstufung")
            if german
            else ("Document", "Version", "Effective", "Owner", "Classification")
        )
        keys = ("number", "version", "effective", "owner", "classification")
        return [(label, self.meta[key]) for label, key in zip(labels, keys, strict=True)]


def read_source(path: Path) -> Source:
    """Raises SourceInvalid with the file and the reason."""
    text = path.read_text(encoding="utf-8")
    head, mark, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not mark:
        raise SourceInvalid(f"{path.name}: front matter between two --- lines is missing.")
    meta = dict(_meta_line(path, line) for line in head.splitlines())
    for key in ("title", "format", "number", "version", "effective", "owner", "classification"):
        if key not in meta:
            raise SourceInvalid(f"{path.name}: front matter lacks {key}.")
    return Source(path.stem, meta, parse_blocks(body, path.name))


def read_sources(folder: Path) -> list[Source]:
    return [read_source(path) for path in sorted(folder.glob("*.md"))]


def _meta_line(path: Path, line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise SourceInvalid(f"{path.name}: front matter line without a colon: {line}")
    return key.strip(), value.strip()


def parse_blocks(body: str, name: str) -> list[Block]:
    lines = body.splitlines()
    blocks: list[Block] = []
    position = 0
    while position < len(lines):
        if not lines[position].strip():
            position += 1
            continue
        block, position = _next_block(lines, position, name)
        blocks.append(block)
    return blocks


def _next_block(lines: list[str], start: int, name: str) -> tuple[Block, int]:
    line = lines[start]
    if line.startswith("|"):
        end = _run_end(lines, start)
        return Block("table", table=parse_table(lines[start:end], name)), end
    if line.startswith("```"):
        end = lines.index("```", start + 1)
        return Block("code", "\n".join(lines[start + 1 : end])), end + 1
    return _single_line(line), start + 1


def _run_end(lines: list[str], start: int) -> int:
    end = start
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return end


def _single_line(line: str) -> Block:
    if line.strip() == PAGE_BREAK:
        return Block("page_break")
    if heading := _HEADING.match(line):
        return Block("heading", heading[2], level=len(heading[1]) - 1)
    if numbered := _NUMBERED.match(line):
        return Block("number", numbered[2], number=int(numbered[1]))
    if line.startswith("- "):
        return Block("bullet", line[2:])
    return Block("paragraph", line)


def parse_table(lines: list[str], name: str) -> Table:
    raw = [
        [part.strip() for part in line.strip().strip("|").split("|")]
        for line in lines
        if not _RULE_ROW.match(line.strip())
    ]
    if len({len(row) for row in raw}) != 1:
        raise SourceInvalid(f"{name}: rows of different width in the table {lines[0]}")
    rows: list[list[Cell]] = []
    for texts in raw:
        _append_row(rows, texts)
    return Table(rows)


def _append_row(rows: list[list[Cell]], texts: list[str]) -> None:
    row: list[Cell] = []
    rows.append(row)
    for column, text in enumerate(texts):
        if text == MERGE_LEFT:
            row.append(row[-1])
            row[-1].columns += 1
        elif text == MERGE_UP:
            cell = rows[-2][column]
            cell.rows += 1
            row.append(cell)
        else:
            row.append(Cell(text))
