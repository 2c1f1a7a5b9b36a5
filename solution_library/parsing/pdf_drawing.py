"""What a page shows beside text: rules (the lines of tables), coloured areas and pictures.

Also whether any of its text may be invisible, because looking at every word costs more.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from solution_library.parsing.pdf_lines import Box
from solution_library.parsing.pdf_words import turned_box

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5
_INVISIBLE_MODES = (3, 7)
_MOST_OBJECTS = 30_000
_DEEPEST_FORM = 5
_MOST_SEGMENTS = 400
_THICKEST_RULE = 3.0
_SHORTEST_RULE = 6.0
#: From here on a colour (0 to 255) cannot be told from paper.
PALE = 245
_WHITE = (255, 255, 255, 255)

Colour = tuple[int, int, int, int]
Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class Drawing:
    """`across` and `down`: rules as (place, begin, end), in points. `areas`: what is not white.

    `hides_text`: some text is drawn invisibly or in the colour of paper. `is_partial`: it has
    more objects than are looked at.
    """

    across: list[tuple[float, float, float]] = field(default_factory=list)
    down: list[tuple[float, float, float]] = field(default_factory=list)
    areas: list[Box] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    sheet: Box = (0.0, 0.0, 0.0, 0.0)
    hides_text: bool = False
    is_partial: bool = False

    def turn(self, quarters: int) -> None:
        if not quarters:
            return
        rules = [(begin, end, place, place) for place, begin, end in self.across]
        rules += [(place, place, end, begin) for place, begin, end in self.down]
        self.across, self.down = [], []
        for box in rules:
            self.add_rule(turned_box(box, quarters))
        self.areas = [turned_box(box, quarters) for box in self.areas]
        self.pictures = [turned_box(box, quarters) for box in self.pictures]
        self.sheet = turned_box(self.sheet, quarters)

    def add_rule(self, box: Box) -> bool:
        """Take a thin box as a rule; False when it is none."""
        left, right, top, bottom = box
        if top - bottom <= _THICKEST_RULE and right - left >= _SHORTEST_RULE:
            self.across.append(((top + bottom) / 2, left, right))
        elif right - left <= _THICKEST_RULE and top - bottom >= _SHORTEST_RULE:
            self.down.append(((left + right) / 2, bottom, top))
        else:
            return False
        return True

    def add_edges(self, box: Box) -> None:
        """Not those of a background, which may reach beyond the sheet."""
        left, right, top, bottom = box
        if _covers(box, self.sheet):
            return
        if right - left >= _SHORTEST_RULE and top - bottom >= _SHORTEST_RULE:
            self.across += [(top, left, right), (bottom, left, right)]
            self.down += [(left, bottom, top), (right, bottom, top)]


def drawing_on(page: "PdfPage") -> Drawing:
    from pypdfium2 import raw

    left, bottom, right, top = page.get_bbox()
    drawing = Drawing(sheet=(left, right, top, bottom))
    walker = _Walker(raw, drawing)
    walker.walk(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, _IDENTITY, 0)
    drawing.is_partial = walker.left <= 0
    return drawing


class _Walker:
    """Calls PDFium with the same few numbers over and over: making new ones takes longer."""

    def __init__(self, raw: Any, drawing: Drawing) -> None:
        self.raw = raw
        self.drawing = drawing
        self.left = _MOST_OBJECTS
        self._edges = [ctypes.c_float() for _ in range(4)]
        self._edge_places = [ctypes.byref(edge) for edge in self._edges]
        # An array of four, so that one call of ours gives all: red, green, blue, opacity.
        self._all_shades = (ctypes.c_uint * 4)()
        places = (ctypes.c_uint.from_buffer(self._all_shades, 4 * place) for place in range(4))
        self._shade_places = [ctypes.byref(place) for place in places]
        self._mode_of = raw.FPDFTextObj_GetTextRenderMode
        self._fill_of = raw.FPDFPageObj_GetFillColor

    def walk(self, owner: Any, count: Any, get: Any, matrix: Matrix, depth: int) -> None:
        kind_of, see = self.raw.FPDFPageObj_GetType, self._see_text
        for number in range(min(count(owner), self.left)):
            self.left -= 1
            thing = get(owner, number)
            kind = kind_of(thing)
            if kind == _TEXT:
                see(thing)
            elif kind == _PATH:
                self._see_path(thing, matrix)
            elif kind == _FORM and depth < _DEEPEST_FORM:
                raw = self.raw
                inner = _product(self._matrix(thing), matrix)
                walk_in = (raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject)
                self.walk(thing, *walk_in, inner, depth + 1)
            elif kind in (_IMAGE, _SHADING) and (box := self._box(thing, matrix)):
                boxes = self.drawing.pictures if kind == _IMAGE else self.drawing.areas
                boxes.append(box)
            if self.left <= 0:
                return

    def _see_text(self, thing: Any) -> None:
        if not self.drawing.hides_text:
            # Inline what is_pale says: this runs for every piece of text.
            is_plain = self._fill_of(thing, *self._shade_places)
            red, green, blue, opacity = self._all_shades
            is_dark = red < PALE or green < PALE or blue < PALE
            is_seen = not is_plain or (is_dark and opacity >= 10)
            self.drawing.hides_text = not is_seen or self._mode_of(thing) in _INVISIBLE_MODES

    def _fill(self, thing: Any) -> Colour | None:
        """None where it is no plain colour."""
        if not self._fill_of(thing, *self._shade_places):
            return None
        red, green, blue, opacity = self._all_shades
        return red, green, blue, opacity

    def _see_path(self, thing: Any, matrix: Matrix) -> None:
        box = self._box(thing, matrix)
        if box is None:
            return
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        self.raw.FPDFPath_GetDrawMode(thing, ctypes.byref(filled), ctypes.byref(stroked))
        if not filled.value and not stroked.value:
            return  # only clips
        if self.drawing.add_rule(box):
            return
        is_coloured = bool(filled.value) and not is_pale(self._fill(thing))
        if is_coloured:
            self.drawing.areas.append(box)
        elif not stroked.value:
            return  # paper on paper
        segments = self.raw.FPDFPath_CountSegments(thing)
        if segments <= 5:
            self.drawing.add_edges(box)
        elif segments <= _MOST_SEGMENTS:
            for line in self._straight_lines(thing, segments, matrix):
                self.drawing.add_rule(line)

    def _straight_lines(self, path: Any, segments: int, matrix: Matrix) -> Iterator[Box]:
        """A whole grid may be drawn as one path."""
        matrix = _product(self._matrix(path), matrix)
        x, y = ctypes.c_float(), ctypes.c_float()
        before, begin = (0.0, 0.0), (0.0, 0.0)
        for number in range(segments):
            segment = self.raw.FPDFPath_GetPathSegment(path, number)
            self.raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
            point = _moved(matrix, x.value, y.value)
            if self.raw.FPDFPathSegment_GetType(segment) == 2:
                begin = point
            else:
                yield _around(before, point)
                if self.raw.FPDFPathSegment_GetClose(segment):
                    yield _around(point, begin)
            before = point

    def _box(self, thing: Any, matrix: Matrix) -> Box | None:
        if not self.raw.FPDFPageObj_GetBounds(thing, *self._edge_places):
            return None
        left, bottom, right, top = (edge.value for edge in self._edges)
        if matrix is _IDENTITY:
            return left, right, top, bottom
        corners = [_moved(matrix, x, y) for x in (left, right) for y in (bottom, top)]
        across, up = zip(*corners, strict=True)
        return min(across), max(across), max(up), min(up)

    def _matrix(self, thing: Any) -> Matrix:
        found = self.raw.FS_MATRIX()
        if not self.raw.FPDFPageObj_GetMatrix(thing, ctypes.byref(found)):
            return _IDENTITY
        return found.a, found.b, found.c, found.d, found.e, found.f


def _covers(box: Box, sheet: Box) -> bool:
    """Nearly all of it, or more than all of its width or height."""
    wide = (box[1] - box[0]) / max(sheet[1] - sheet[0], 1.0)
    high = (box[2] - box[3]) / max(sheet[2] - sheet[3], 1.0)
    return wide > 1.01 or high > 1.01 or (wide > 0.9 and high > 0.9)


def is_pale(colour: Colour | None) -> bool:
    """It cannot be seen on paper. An unknown colour (a pattern) can."""
    return colour is not None and (min(colour[:3]) >= PALE or colour[3] < 10)


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i, a * h + b * j,
        c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip


def _moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _around(one: tuple[float, float], other: tuple[float, float]) -> Box:
    across, up = sorted((one[0], other[0])), sorted((one[1], other[1]))
    return across[0], across[1], up[1], up[0]
