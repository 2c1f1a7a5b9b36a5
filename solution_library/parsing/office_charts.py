"""Charts and diagrams inside Word files and presentations: what they say, without how."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from solution_library.parsing.grids import Cell, Row
from solution_library.parsing.number_formats import shown
from solution_library.parsing.office_xml import attribute, local, number
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.types import Block

if TYPE_CHECKING:
    from lxml.etree import _Element

_MOST_POINTS = 5_000


def chart_blocks(chart: "_Element", page: int | None, *, hidden: bool = False) -> list[Block]:
    """A chart as a table: a row for each category, a column for each series."""
    series = list(chart.iterfind(".//{*}ser"))[:200]
    names = [_first(one.find("{*}tx")) or f"Series {place}" for place, one in enumerate(series, 1)]
    values = [_points(_child(one, "val", "yVal", "bubbleSize")) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories = {**_points(_child(one, "cat", "xVal")), **categories}
    header: Row = [Cell(_axis(chart)), *map(Cell, names)]
    rows: list[Row] = [
        [Cell(categories.get(place, "")), *(Cell(points.get(place, "")) for points in values)]
        for place in sorted({place for points in values for place in points} | categories.keys())
    ]
    title = squeeze("".join(_texts(chart.find("{*}chart/{*}title"))))
    table = table_blocks([header, *rows], header_rows=1, title=title, page=page, hidden=hidden)
    labels = [squeeze("".join(_texts(label))) for label in chart.iterfind(".//{*}dLbl")]
    lines = [*([] if rows else [title]), "; ".join(filter(None, labels))]
    alone = [Block("paragraph", line, 0, page, hidden) for line in lines if line]
    return (table if rows else []) + alone


def _child(element: "_Element", *names: str) -> "_Element | None":
    found = (element.find(f"{{*}}{name}") for name in names)
    return next((child for child in found if child is not None), None)


def _axis(chart: "_Element") -> str:
    axis = chart.find(".//{*}catAx/{*}title")
    return squeeze("".join(_texts(axis))) or "Category"


def _texts(element: "_Element | None") -> Iterator[str]:
    for text in element.iterfind(".//{*}t") if element is not None else ():
        yield clean(text.text or "")


def _first(source: "_Element | None") -> str:
    value = source.find(".//{*}v") if source is not None else None
    return squeeze(clean(value.text or "")) if value is not None else ""


def _points(source: "_Element | None") -> dict[int, str]:
    """The values the chart last showed, by place. Categories of several levels are joined."""
    found: dict[int, str] = {}
    code = source.findtext(".//{*}formatCode") or "" if source is not None else ""
    for point in source.iterfind(".//{*}pt") if source is not None else ():
        place = number(attribute(point, "idx"), -1)
        text = squeeze(clean(point.findtext("{*}v") or ""))
        if place >= 0 and len(found) < _MOST_POINTS and text:
            text = shown(text, attribute(point, "formatCode") or code)
            found[place] = f"{text} {found[place]}" if place in found else text
    return found


def diagram_blocks(data: "_Element", page: int | None, *, hidden: bool = False) -> list[Block]:
    """The points of a SmartArt diagram, each as a list item."""
    items = []
    for point in data.iterfind("{*}ptLst/{*}pt"):
        if attribute(point, "type") in ("pres", "parTrans", "sibTrans"):
            continue
        for paragraph in point.iterfind("{*}t/{*}p"):
            pieces = (text.text or "" for text in paragraph.iter() if local(text) == "t")
            if text := squeeze(clean("".join(pieces))):
                items.append(Block("list_item", text, 0, page, hidden))
    return items
