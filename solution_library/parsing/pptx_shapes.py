"""The shapes of a slide in reading order: from the top, then from the left, groups together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solution_library.parsing.office_xml import attribute, children, is_true, local, number

if TYPE_CHECKING:
    from lxml.etree import _Element

_KINDS = frozenset(("sp", "graphicFrame", "grpSp", "cxnSp", "pic"))
_CONTAINERS = frozenset(("AlternateContent", "Choice"))
# Shapes whose tops differ by less than this share of the slide stand in one line.
_LINES_PER_SLIDE = 24
_DEFAULT_SIZE = (12_192_000, 6_858_000)


@dataclass(frozen=True, slots=True)
class Box:
    """In the slide's own units (914,400 to an inch)."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """How a group maps the places of its shapes onto the slide."""

    left: float = 0
    top: float = 0
    across: float = 1
    down: float = 1

    def place(self, box: Box) -> Box:
        return Box(
            int(self.left + box.left * self.across),
            int(self.top + box.top * self.down),
            int(box.width * self.across),
            int(box.height * self.down),
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """`role`: the placeholder it fills ("title", "body", "ftr", ...), or nothing."""

    element: "_Element"
    role: str
    is_hidden: bool


Places = Mapping[str, Box]


def slide_size(presentation: "_Element") -> tuple[int, int]:
    size = presentation.find("{*}sldSz")
    width, height = number(attribute(size, "cx")), number(attribute(size, "cy"))
    return (width, height) if width > 0 and height > 0 else _DEFAULT_SIZE


def placeholder_places(*roots: "_Element | None") -> dict[str, Box]:
    """Where a layout and its master put their placeholders; the first one named counts."""
    places: dict[str, Box] = {}
    for root in roots:
        for shape in root.iterfind(".//{*}sp") if root is not None else ():
            box = _own_box(shape)
            for name in _placeholder_names(shape) if box is not None else ():
                places.setdefault(name, box or Box(0, 0, 0, 0))
    return places


def shapes_of(root: "_Element", places: Places, size: tuple[int, int]) -> list[Shape]:
    """All shapes that can hold text, those of groups included."""
    tree = root.find("{*}cSld/{*}spTree")
    return list(_walk(tree, Frame(), places, size, False)) if tree is not None else []


def _walk(
    tree: "_Element", frame: Frame, places: Places, size: tuple[int, int], hidden: bool
) -> Iterator[Shape]:
    placed = [(frame.place(_box(element, places)), element) for element in _shape_elements(tree)]
    line = max(1, size[1] // _LINES_PER_SLIDE)
    placed.sort(key=lambda each: (each[0].top // line, each[0].left, each[0].top))
    for box, element in placed:
        concealed = hidden or _is_hidden(element) or _is_outside(box, size)
        if local(element) == "grpSp":
            inner = _frame_of(element, frame)
            yield from _walk(element, inner, places, size, hidden or _is_hidden(element))
        else:
            yield Shape(element, _role(element), concealed)


def _shape_elements(tree: "_Element") -> "Iterator[_Element]":
    for tag, child in children(tree):
        if tag in _KINDS:
            yield child
        elif tag in _CONTAINERS:
            yield from _shape_elements(child)


def _own_box(shape: "_Element") -> Box | None:
    placing = next((found for _, found in _transforms(shape)), None)
    start = placing.find("{*}off") if placing is not None else None
    extent = placing.find("{*}ext") if placing is not None else None
    if start is None:
        return None
    sides = (attribute(start, "x"), attribute(start, "y"))
    spans = (attribute(extent, "cx"), attribute(extent, "cy"))
    return Box(*map(number, sides), *map(number, spans))


def _transforms(shape: "_Element") -> "Iterator[tuple[str, _Element]]":
    for tag, child in children(shape):
        if tag == "xfrm":
            yield tag, child
        elif tag in ("spPr", "grpSpPr"):
            yield from _transforms(child)


def _box(shape: "_Element", places: Places) -> Box:
    own = _own_box(shape)
    if own is not None:
        return own
    known = (places[name] for name in _placeholder_names(shape) if name in places)
    return next(known, Box(0, 0, 0, 0))


def _placeholder(shape: "_Element") -> "_Element | None":
    for tag, child in children(shape):
        if tag.startswith("nv"):
            return child.find("{*}nvPr/{*}ph")
    return None


def _placeholder_names(shape: "_Element") -> list[str]:
    """Its number binds it to the layout, and its type to the master."""
    found = _placeholder(shape)
    if found is None:
        return []
    kind = attribute(found, "type") or "obj"
    index = attribute(found, "idx")
    broad = {"ctrTitle": "title", "obj": "body", "subTitle": "body"}.get(kind, kind)
    return [*([f"#{index}"] if index else []), kind, broad]


def _role(shape: "_Element") -> str:
    found = _placeholder(shape)
    if found is None:
        return ""
    kind = attribute(found, "type") or "obj"
    return {"ctrTitle": "title", "obj": "body", "vertBody": "body", "vertTitle": "title"}.get(
        kind, kind
    )


def _is_hidden(shape: "_Element") -> bool:
    for tag, child in children(shape):
        if tag.startswith("nv"):
            return is_true(attribute(child.find("{*}cNvPr"), "hidden"))
    return False


def _is_outside(box: Box, size: tuple[int, int]) -> bool:
    """No part of it lies on the slide. Without a size of its own nothing can be said."""
    if box.width <= 0 or box.height <= 0:
        return False
    ends_before = box.left + box.width <= 0 or box.top + box.height <= 0
    return ends_before or box.left >= size[0] or box.top >= size[1]


def _frame_of(group: "_Element", outer: Frame) -> Frame:
    placing = group.find("{*}grpSpPr/{*}xfrm")
    own = _own_box(group)
    start = placing.find("{*}chOff") if placing is not None else None
    extent = placing.find("{*}chExt") if placing is not None else None
    if own is None or start is None or extent is None:
        return outer
    wide, high = number(attribute(extent, "cx")), number(attribute(extent, "cy"))
    across = own.width / wide if wide > 0 else 1.0
    down = own.height / high if high > 0 else 1.0
    left = own.left - number(attribute(start, "x")) * across
    top = own.top - number(attribute(start, "y")) * down
    return Frame(
        outer.left + left * outer.across,
        outer.top + top * outer.down,
        outer.across * across,
        outer.down * down,
    )
