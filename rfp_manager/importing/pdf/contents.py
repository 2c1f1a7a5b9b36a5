"""Tables of contents without dots: titles, and numbers of pages that never go back."""

from itertools import pairwise

from rfp_manager.importing.pdf.levels import Level, levels_of
from solution_library.parsing.pdf_lines import RIGHT_TO_LEFT, TextLine

FEWEST = 3  # lines, all on different pages; of more lines as many pages
_SLACK = 3.0  # points by which the numbers of pages may begin or end differently
_MOST_PAGES = 999


def contents_lines(lines: list[TextLine]) -> set[int]:
    """The ids of the lines that are such entries."""
    runs: list[list[Level]] = [[]]
    levels = levels_of(line for line in lines if not line.aside)
    margin = max((level.right for level in levels), default=0.0)
    for level in levels:
        entry = _is_entry(level) and level.right > margin - 1.5 * level.height
        if entry and runs[-1] and _follows(runs[-1][-1], level):
            runs[-1].append(level)
        else:
            runs.append([level] if entry else [])
    entries = [level for run in runs if _counts_on(run) for level in run]
    return {id(line) for level in entries for line in level.lines}


def _is_entry(level: Level) -> bool:
    last = level.pieces[-1].text
    worded = any(sign.isalpha() for piece in level.pieces[:-1] for sign in piece.text)
    from_right = any(RIGHT_TO_LEFT.search(piece.text) for piece in level.pieces)
    return worded and not from_right and last.isdigit() and int(last) <= _MOST_PAGES


def _follows(above: Level, level: Level) -> bool:
    near = above.bottom - level.top < 2 * level.height
    left = abs(above.pieces[-1].left - level.pieces[-1].left)
    return near and min(left, abs(above.right - level.right)) <= _SLACK


def _counts_on(run: list[Level]) -> bool:
    pages = [int(level.pieces[-1].text) for level in run]
    rising = all(one <= other for one, other in pairwise(pages))
    return rising and len(set(pages)) >= FEWEST


__all__ = ["contents_lines"]
