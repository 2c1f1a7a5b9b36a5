"""Collects blocks in reading order, with the paragraph that is just being read."""

from collections.abc import Callable, Sequence

from solution_library.parsing.grids import plain
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.text import join_lines, squeeze
from solution_library.parsing.types import Block, BlockKind


def _unchanged(text: str) -> str:
    return text


class Builder:
    """`finish` turns the joined text of a paragraph or item into plain text: inline marks
    can begin in one line and end in the next."""

    def __init__(self, finish: Callable[[str], str] = _unchanged) -> None:
        self.blocks: list[Block] = []
        self._finish = finish
        self._lines: list[str] = []
        self._kind: BlockKind = "paragraph"
        self._level = 0

    @property
    def is_open(self) -> bool:
        """A paragraph or list item is being read and could go on in the next line."""
        return bool(self._lines)

    @property
    def open_kind(self) -> BlockKind:
        return self._kind

    def begin(self, kind: BlockKind, level: int, line: str) -> None:
        self.flush()
        self._kind, self._level, self._lines = kind, level, [line]

    def extend(self, line: str) -> None:
        self._lines.append(line)

    def peek_lines(self) -> list[str]:
        return self._lines

    def replace_last(self, line: str) -> None:
        self._lines[-1] = line

    def take_lines(self) -> list[str]:
        """The open lines, which turned out to be something else (a heading, a table)."""
        lines, self._lines, self._kind, self._level = self._lines, [], "paragraph", 0
        return lines

    def flush(self) -> None:
        kind, level = self._kind, self._level
        if lines := self.take_lines():
            self.add(kind, squeeze(self._finish(join_lines(lines))), level)

    def add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        """A finished block; nothing happens for an empty one."""
        if text:
            self.blocks.append(Block(kind, text, level))

    def heading(self, text: str, level: int) -> None:
        self.flush()
        self.add("heading", squeeze(text), max(1, min(level, 9)))

    def table(self, rows: Sequence[Sequence[str]], *, has_header: bool | None = None) -> None:
        self.flush()
        stated = None if has_header is None else int(has_header)
        self.blocks += table_blocks(plain(rows), header_rows=stated)

    def verbatim(self, kind: BlockKind, text: str) -> None:
        """Code: its line ends mean something."""
        self.flush()
        self.add(kind, text.strip("\n").rstrip() if text.strip() else "")
