"""Numbers in front of paragraphs that no full stop or bracket gives away."""

import re
from collections.abc import Iterable
from itertools import pairwise

from rfp_manager.importing.pdf.flow import Paragraph, standing_apart
from rfp_manager.importing.texts import split_number

FEWEST = 3  # paragraphs that count on: then what they begin with is a number
_CODE = re.compile(r"([A-Z]{1,4})[-.]?(\d{1,3})")


def count(paragraphs: Iterable[Paragraph]) -> None:
    """Tell each paragraph its number, where "B1 Do you ..." is followed by B2 and B3."""
    series: dict[str, list[tuple[int, Paragraph]]] = {}
    for paragraph in paragraphs:
        if paragraph.mark or paragraph.is_line or paragraph.running or not paragraph.lines[0].words:
            continue
        paragraph.counted = standing_apart(paragraph.lines[0])
        code = _CODE.fullmatch(paragraph.text.split(" ", 1)[0])
        if code and not split_number(paragraph.text)[0]:
            series.setdefault(code[1], []).append((int(code[2]), paragraph))
    for found in series.values():
        numbers = [number for number, _ in found]
        if len(found) >= FEWEST and all(b - a in (1, 2) for a, b in pairwise(numbers)):
            for _, paragraph in found:
                paragraph.counted = paragraph.text.split(" ", 1)[0]
