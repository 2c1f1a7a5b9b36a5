"""Plain text: paragraphs by blank lines, underlined headings, list items."""

import re

from solution_library.parsing.builder import Builder
from solution_library.parsing.readable import Readable
from solution_library.parsing.text import decode
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

_UNDERLINE = re.compile(r"([=\-~^*#])\1{2,}\s*$")
_ITEM = re.compile(r"(\s{0,20})([-*+•‣▪●◦–]|\d{1,3}[.)]|\(?[a-z]\))\s+(\S.*)")
_LONGEST_HEADING = 120


def parse(path: Readable, filename: str) -> ParsedDocument:
    decoded = decode(path.read_bytes())
    blocks = read_lines(decoded.text.split("\n"))
    return ParsedDocument(
        title=title_of(blocks, filename),
        media_type="text/plain",
        blocks=blocks,
        warnings=decoded.warnings,
    )


def read_lines(lines: list[str]) -> list[Block]:
    builder = Builder()
    levels: dict[str, int] = {}
    for line in lines:
        line = line.rstrip()
        if not line.strip():
            builder.flush()
        elif found := _UNDERLINE.match(line):
            _underlined(builder, levels, found.group(1))
        elif item := _ITEM.match(line):
            _begin_item(builder, item)
        elif builder.is_open:
            builder.extend(line)
        else:
            builder.begin("paragraph", 0, line)
    builder.flush()
    return builder.blocks


def _underlined(builder: Builder, levels: dict[str, int], mark: str) -> None:
    """A row of marks makes one short line above it a heading; elsewhere it only divides."""
    lines = builder.take_lines()
    if len(lines) == 1 and len(lines[0]) <= _LONGEST_HEADING:
        # Each mark's level is the order in which the marks first appear.
        builder.heading(lines[0], levels.setdefault(mark, len(levels) + 1))
        return
    for line in lines:
        builder.extend(line)
    builder.flush()


def _begin_item(builder: Builder, item: re.Match[str]) -> None:
    mark = item.group(2)
    label = f"{mark} " if mark[-1] in ".)" else ""
    builder.begin("list_item", min(len(item.group(1)) // 2, 8), label + item.group(3))
