"""A document's title when the format states none."""

from collections.abc import Sequence
from pathlib import PurePath

from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.types import Block

_LONGEST = 200


def title_of(blocks: Sequence[Block], filename: str, *, stated: str = "") -> str:
    """The stated one, else the highest heading near the top, else the file's name."""
    if stated := squeeze(clean(stated))[:_LONGEST]:
        return stated
    headings = [block for block in blocks[:10] if block.kind == "heading"]
    if headings:
        return min(headings, key=lambda block: block.level).text[:_LONGEST]
    name = PurePath(filename.replace("\\", "/")).stem.replace("_", " ")
    return squeeze(clean(name))[:_LONGEST] or "Untitled document"
