"""Tables without any rules but with a row of titles: the titles say where the columns are.

The column for answers is empty below its title, so no gap in the text would show it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rfp_manager.importing.texts import is_number
from rfp_manager.importing.words import ANSWER, COMMENT, NUMBER, QUESTION, SECTION, read_label
from solution_library.parsing.pdf_columns import Piece, pieces_of
from solution_library.parsing.pdf_lines import TextLine

LONGEST_TITLE = 45
MARGIN = 0.08  # of the sheet's height: what stands there apart is no row of the table
FARTHEST = 3.0  # line heights between a row and the next
_STEP = 1.0


@dataclass
class Headed:
    """The lines of one table from its titles down, and where its columns part."""

    lines: list[TextLine]
    cuts: list[float]
    left: float
    right: float
    titled: bool = True


def headed_tables(
    lines: list[TextLine], sheet_box: tuple[float, ...], above: Headed | None = None
) -> list[Headed]:
    """Tables of one page from top to bottom; `above`: the last one of the page before, which
    may go on without its titles."""
    rows = in_rows(piece for line in lines if not line.aside for piece in pieces_of(line))
    starts = [at for at, row in enumerate(rows) if is_header([piece.text for piece in row])]
    found = []
    rest = rows[: starts[0]] if starts else rows
    if above is not None and rest and _goes_on(above, rest):
        body = _body(rest, sheet_box)
        kept = {id(piece.line): piece.line for row in body for piece in row}
        found.append(Headed(list(kept.values()), above.cuts, above.left, above.right, False))
    for at, end in zip(starts, [*starts[1:], len(rows)], strict=False):
        body = _body(rows[at:end], sheet_box)
        if len(body) > 1:
            found.append(_headed(body, sheet_box))
    return found


def _goes_on(above: Headed, rows: list[list[Piece]]) -> bool:
    """Whether the rows have their numbers where those of the table had them."""
    firsts = [min(row[0].words, key=lambda word: word.left) for row in rows]
    numbers = [w for w in firsts if w.right <= above.cuts[0] + 1 and is_number(w.text)]
    inside = [w for w in firsts if above.left - 3 <= w.left <= above.right]
    return (
        len(numbers) >= 1
        and len(inside) == len(firsts)
        and (is_number(firsts[0].text) and len(numbers) * 4 >= len(rows))
    )


def in_rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces that stand side by side, from the top; each row from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.line.middle):
        level = rows and abs(rows[-1][0].line.middle - piece.line.middle) < 0.4 * piece.line.height
        if level:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda piece: piece.left)
    return rows


def is_header(titles: list[str]) -> bool:
    """Whether the texts of a row name the columns of a table of questions."""
    if len(titles) < 2 or any(len(title) > LONGEST_TITLE for title in titles):
        return False
    labels = [read_label(title) for title in titles]
    roles = {label.role for label in labels if label}
    known = sum(label is not None for label in labels)
    asked = roles & {QUESTION, NUMBER, SECTION}
    return (
        ANSWER in roles | {ANSWER for r in roles if r == COMMENT}
        and bool(asked)
        and (known * 3 >= 2 * len(titles))
    )


def _body(rows: list[list[Piece]], box: tuple[float, ...]) -> list[list[Piece]]:
    """The rows as far as they follow each other and stay on the table's width."""
    foot = box[3] + MARGIN * (box[2] - box[3])
    kept = rows[:1]
    for row in rows[1:]:
        line, above = row[0].line, kept[-1][0].line
        apart = above.bottom - line.top
        if apart > FARTHEST * line.height or (line.top < foot and apart > line.height):
            break
        if row[0].left < kept[0][0].left - 2 * line.height:
            break
        kept.append(row)
    return kept


def _headed(rows: list[list[Piece]], box: tuple[float, ...]) -> Headed:
    titles, body = rows[0], [piece for row in rows[1:] for piece in row]
    cuts = [_cut(before, after, body) for before, after in zip(titles, titles[1:], strict=False)]
    left = min(piece.left for row in rows for piece in row)
    margin = left - box[0]
    right = max(max(piece.right for row in rows for piece in row), box[1] - margin)
    lines = {id(piece.line): piece.line for row in rows for piece in row}
    return Headed(list(lines.values()), cuts, left, right)


def _cut(before: Piece, after: Piece, body: list[Piece]) -> float:
    """Between two titles, where the fewest words would be cut; near the right title if equal.

    Words and not pieces: a number set to the right stands close to its text.
    """
    words = [word for piece in body for word in piece.words]
    places = [after.left - 0.5]
    while places[-1] - _STEP > before.left + 4:
        places.append(places[-1] - _STEP)

    def cost(at: float) -> tuple[int, float]:
        crossed = sum(word.left < at - 0.3 and word.right > at + 0.3 for word in words)
        return crossed, after.left - at

    return min(places, key=cost)
