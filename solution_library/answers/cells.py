"""How a text stands in the cells of a sheet, written by the export and read by the import.

A cell of Excel holds 32,767 characters, so a longer text goes on in the rows below. Each of those
names the part and the question, and each cut is marked: nothing is lost unseen, and rows that were
sorted or removed meanwhile are noticed when the sheet is read again.
"""

import re
from collections.abc import Iterator, Sequence

#: In UTF-16, as Excel counts them, with room for the marks.
MOST_IN_A_CELL = 32_000
CUT = " […goes on in the next row]"
RESUMED = "[continued] "
_PART = re.compile(r"\[part (\d{1,4}) of (\d{1,4})\] ")
#: A text with one of these in front would be computed by a spreadsheet that opens the file.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def harmless(text: str) -> str:
    """With a sign in front where a spreadsheet would compute the text; `plain` takes it off."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def parts(text: str) -> list[str]:
    """The text in pieces that a cell can hold, cut between words where that is possible."""
    pieces = []
    while len(text.encode("utf-16-le", "replace")) // 2 > MOST_IN_A_CELL:
        end = _fitting(text)
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def _fitting(text: str) -> int:
    """How many characters from the start fit."""
    raw = text.encode("utf-16-le", "replace")[: 2 * MOST_IN_A_CELL]
    end = len(raw.decode("utf-16-le", "ignore"))
    blank = max(text.rfind(" ", end - 200, end), text.rfind("\n", end - 200, end))
    return blank + 1 if blank > 0 else end


def spread(line: Sequence[str]) -> Iterator[list[str]]:
    """The rows of a sheet for one row of texts; the first of them is the question."""
    cells = [parts(text) for text in line]
    count = max(map(len, cells))
    for number in range(count):
        row = [_piece(cell, number) for cell in cells]
        if number:
            row[0] = f"[part {number + 1} of {count}] {line[0]}"
        yield row


def _piece(cell: list[str], number: int) -> str:
    if number >= len(cell):
        return ""
    resumed = RESUMED if number else ""
    return f"{resumed}{cell[number]}{CUT if number + 1 < len(cell) else ''}"


class Joiner:
    """Puts together again what `spread` has cut: given the rows in order, it gives entries with a
    `problem` where a part is missing or is not in its place."""

    def __init__(self) -> None:
        self.held: dict[str, str] | None = None
        self.next_part, self.count = 2, 0

    def take(self, row: dict[str, str]) -> Iterator[dict[str, str]]:
        """The entries that are complete before `row` begins another."""
        part = _PART.match(row["question"])
        if part is None:
            yield from self.end()
            self.held, self.next_part, self.count = dict(row), 2, 0
        elif self._fits(row, part):
            self._join(row, part)
        else:
            yield from self.end()
            yield row | {"problem": (
                "This row continues another one, which does not stand right above it. Put the "
                "rows of a long answer together again, in their order."
            )}  # fmt: skip

    def end(self) -> Iterator[dict[str, str]]:
        held, self.held = self.held, None
        if held is None:
            return
        is_cut = any(text.endswith(CUT) for text in held.values())
        if is_cut or (self.count and self.next_part <= self.count):
            held["problem"] = (
                "This row is cut, and the rows with the rest are missing below it. Put them back, "
                "or write the whole answer."
            )
        yield held

    def _fits(self, row: dict[str, str], part: re.Match[str]) -> bool:
        if self.held is None or int(part[1]) != self.next_part:
            return False
        same = " ".join(row["question"][part.end() :].split())
        return same == " ".join(self.held["question"].split())

    def _join(self, row: dict[str, str], part: re.Match[str]) -> None:
        assert self.held is not None
        self.next_part, self.count = int(part[1]) + 1, int(part[2])
        for name, text in row.items():
            before = self.held.get(name, "")
            if before.endswith(CUT) and text.startswith(RESUMED):
                self.held[name] = before.removesuffix(CUT) + text.removeprefix(RESUMED)
