"""Pages as grey pictures for text recognition; runs in the sandboxed child."""

import base64
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solution_library.parsing.formats.image import frames_of, load_frame
from solution_library.parsing.formats.pdf import Budget, open_pdf
from solution_library.parsing.sniff import sniff

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

#: Dots per inch that recognition is best at, and dots that it may get.
_RESOLUTION = 300
_MOST_DOTS = 12_000_000
_POINTS_PER_INCH = 72
#: A photo of a page without a resolution: an A4 page would have so many dots across.
_USUAL_WIDTH = 2000
_LARGEST_STEP = 3.0
#: Darker than this is ink; a page with less of it than this share is empty.
_INK = 140
_LEAST_INK = 0.0002


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey dots row by row from the top; `scale`: dots per point of the page."""

    width: int
    height: int
    dots: bytes
    scale: float


def pictures(
    path: Path, *, filename: str, pages: Sequence[int], budget: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """A picture of each of the pages (1-based), as far as the budget carries.

    {"page", "width", "height", "scale", "dots"}, without dots where the page is empty or cannot
    be drawn.
    """
    spent = Budget(**budget)
    draw = _drawer(path, filename)
    for number in pages:
        picture = draw(number)
        answer: dict[str, Any] = {"page": number, "items": []}
        if picture is not None and _has_ink(picture):
            answer |= {"width": picture.width, "height": picture.height, "scale": picture.scale}
            answer["dots"] = base64.b64encode(zlib.compress(picture.dots, 1)).decode()
        yield answer
        if spent.is_over(answer, len(answer.get("dots", ""))):
            return


def _drawer(path: Path, filename: str) -> Any:
    if sniff(path, filename) == "pdf":
        document = open_pdf(path)
        return lambda number: _drawn(document, number)
    image = frames_of(path)
    return lambda number: _framed(image, number)


def _drawn(document: "PdfDocument", number: int) -> Picture | None:
    from pypdfium2 import PdfiumError

    try:
        page = document[number - 1]
        width, height = page.get_size()
        scale = _RESOLUTION / _POINTS_PER_INCH
        scale = min(scale, math.sqrt(_MOST_DOTS / max(width * height, 1.0)))
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
        rows = memoryview(bitmap.buffer).cast("B")
        dots = b"".join(
            rows[line * bitmap.stride : line * bitmap.stride + bitmap.width]
            for line in range(bitmap.height)
        )
        picture = Picture(bitmap.width, bitmap.height, dots, scale)
        bitmap.close()
        page.close()
    except PdfiumError:
        return None
    return picture


def _framed(image: Any, number: int) -> Picture | None:
    frame = load_frame(image, number)
    if frame is None:
        return None
    step = min(max(_USUAL_WIDTH / max(frame.width, 1), 1.0), _LARGEST_STEP)
    step = min(step, math.sqrt(_MOST_DOTS / max(frame.width * frame.height, 1)))
    size = (max(1, round(frame.width * step)), max(1, round(frame.height * step)))
    if size != frame.size:
        frame = frame.resize(size)
    # As if the picture filled the width of a sheet.
    return Picture(*size, frame.tobytes(), size[0] / 612)


def _has_ink(picture: Picture) -> bool:
    table = bytes(int(shade < _INK) for shade in range(256))
    return sum(picture.dots.translate(table)) > _LEAST_INK * len(picture.dots)
