"""Collects blocks in reading order, with the paragraph that is just being read."""

from solution_library.parsing.text import join_lines, squeeze
from solution_library.parsing.types import Block, BlockKind


class Builder:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
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

    def take_lines(self) -> list[str]:
        """The open lines, which turned out to be something else (a heading, a table)."""
        lines, self._lines, self._kind, self._level = self._lines, [], "paragraph", 0
        return lines

    def flush(self) -> None:
        kind, level = self._kind, self._level
        text = join_lines(self.take_lines())
        if text:
            self.blocks.append(Block(kind, text, level))

    def heading(self, text: str, level: int) -> None:
        self.flush()
        if text := squeeze(text):
            self.blocks.append(Block("heading", text, max(1, min(level, 9))))

    def verbatim(self, kind: BlockKind, text: str) -> None:
        """Code or a table: its line ends mean something."""
        self.flush()
        text = text.strip("\n").rstrip()
        if text.strip():
            self.blocks.append(Block(kind, text))
