"""Where the answer to a line of text goes: the room that the form leaves below it."""

from dataclasses import dataclass, field

from rfp_manager.importing.prose.asking import direct
from rfp_manager.importing.prose.lines import Item, Line, Room
from rfp_manager.importing.texts import split_number
from rfp_manager.importing.types import Place

MAX_HINTS = 6  # lines of help between a question and the room for its answer


@dataclass
class Found:
    """The room for one answer; `end` is the last item that belongs to the question.

    `made` is true where the form itself leaves room, so that the line surely asks.
    """

    answer: Place
    end: int
    made: bool = False
    comment: Place | None = None
    choices: list[str] = field(default_factory=list)
    existing: str = ""
    ticks: dict[str, Place] = field(default_factory=dict)  # choices with a line for each


def room_for(items: list[Item], index: int, headings: set[int]) -> Found:
    """The room below the line at `index`, or else the place right after it."""
    line = items[index]
    assert isinstance(line, Line)
    if line.choices:
        return _inline(line, items, index)
    if line.field:
        return Found(line.place, index, made=True, existing=line.existing)
    last = _past_hints(items, index, headings)
    below = items[last + 1] if last + 1 < len(items) else None
    found = _below(items, last + 1) if below is not None else None
    if found is None:
        return _after(items, index)
    if found.choices:
        found.comment = _comment_below(items, found.end)
    elif isinstance(below, Line) and below.mark:
        found.comment = _marked_comment(items, found.end)
    return found


def _inline(line: Line, items: list[Item], index: int) -> Found:
    comment = _comment_below(items, index)
    return Found(line.place, index, True, comment, list(line.choices), line.existing)


def _below(items: list[Item], index: int) -> Found | None:
    item, above = items[index], items[index - 1]
    if isinstance(item, Room):
        if item.place is None or not isinstance(above, Line):
            return None
        return Found(above.box, index, made=True)
    if not (item.mark == "answer" or item.room or item.choices):
        return None
    if item.choices and item.stem:
        return None  # another question with boxes of its own
    found = Found(item.place, index, True, choices=list(item.choices), existing=item.existing)
    found.ticks, found.end = _boxes_below(items, index)
    return found


def _boxes_below(items: list[Item], index: int) -> tuple[dict[str, Place], int]:
    """Choices that stand below each other, each beside its own box, and where they end; none if
    there is only one such line."""
    ticks: dict[str, Place] = {}
    end = index
    for at, item in enumerate(items[index:], index):
        if isinstance(item, Line) and item.empty:
            continue
        if not isinstance(item, Line) or len(item.choices) != 1 or item.stem:
            break
        ticks[item.choices[0]] = item.place
        end = at
    return (ticks, end) if len(ticks) > 1 else ({}, index)


def _past_hints(items: list[Item], index: int, headings: set[int]) -> int:
    """The last item before the room, if only help stands between; else `index` itself."""
    for at in range(index + 1, min(index + 2 + MAX_HINTS, len(items))):
        item = items[at]
        if isinstance(item, Room):
            return at - 1 if item.place else index
        if item.mark == "answer" or item.room or (item.choices and not item.stem):
            return at - 1
        if item.empty:
            continue
        if item.row in headings or item.field or _asks_itself(items[index], item):
            return index
    return index


def _asks_itself(question: Item, line: Line) -> bool:
    """Whether the line below a question is a question of its own, not a point of it."""
    assert isinstance(question, Line)
    if (line.depth or 0) > (question.depth or 0) or (line.listed and not question.listed):
        return False
    if _is_counted(question) and not (_is_counted(line) or line.listed or line.level):
        return False  # "1. How do you ...?" and below it "Describe at least two cases."
    return direct(line.text) or bool(line.number)


def _is_counted(line: Line) -> bool:
    return bool(line.number or split_number(line.text)[0])


def _after(items: list[Item], index: int) -> Found:
    """No room was made: an empty paragraph right below, or a new one."""
    line = items[index]
    assert isinstance(line, Line)
    below = items[index + 1] if index + 1 < len(items) else None
    if isinstance(below, Line) and below.empty and not below.listed and not below.level:
        return Found(below.place, index + 1)
    return Found(line.after, index)


def _comment_below(items: list[Item], index: int) -> Place:
    """Words beside a choice go to the room marked for them, or right after the boxes."""
    line, below = items[index], items[index + 1] if index + 1 < len(items) else None
    assert isinstance(line, Line)
    if isinstance(below, Line) and (below.mark or below.room) and not below.choices:
        return below.place
    if isinstance(below, Room) and below.place:
        return line.box
    return line.after


def _marked_comment(items: list[Item], index: int) -> Place | None:
    below = items[index + 1] if index + 1 < len(items) else None
    return below.place if isinstance(below, Line) and below.mark == "comment" else None
