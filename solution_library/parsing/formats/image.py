"""Pictures of text (PNG, JPEG, TIFF): a page for each frame, whose text only OCR can read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.readable import Readable
from solution_library.parsing.types import ParsedDocument

if TYPE_CHECKING:
    from PIL.Image import Image

KINDS = ("PNG", "JPEG", "TIFF")
_MOST_DOTS = 80_000_000
_MOST_FRAMES = 1_000


def parse(path: Readable, filename: str) -> ParsedDocument:
    """An attachment, for example: nobody recognises its text. Raises ParseRefused."""
    raise ParseRefused("This is a picture; its text would have to be recognised (OCR).")


def parts(
    path: Path, filename: str, *, first: int, budget: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Its pages, all of them without text; none of the picture is unpacked here."""
    image = frames_of(path)
    count = min(getattr(image, "n_frames", 1), _MOST_FRAMES)
    yield {"pages": count, "title": "", "media_type": f"image/{str(image.format).lower()}"}
    for number in range(first, count + 1):
        yield {"page": number, "items": [], "picture": 1.0, "damaged": False, "sheet": [0, 0]}


def frames_of(path: Path) -> "Image":
    """The opened picture. Raises ParseRefused for one that is damaged or too large."""
    from PIL import Image

    # Not Pillow's own check: it only warns up to twice its limit.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(path, formats=KINDS)
    except (OSError, ValueError, SyntaxError) as error:
        raise ParseRefused("The picture is damaged and cannot be opened.") from error
    _check_size(image)
    return image


def load_frame(image: "Image", number: int) -> "Image | None":
    """The frame in grey, upright; None when it is damaged. Raises ParseRefused when too large."""
    from PIL import ImageOps

    try:
        if number > 1:
            image.seek(number - 1)
        _check_size(image)
        image.draft("L", image.size)
        upright = ImageOps.exif_transpose(image) or image
        if "A" in upright.getbands() or "transparency" in upright.info:
            return _on_paper(upright)
        return upright.convert("L")
    except (OSError, ValueError, SyntaxError, EOFError):
        return None


def _on_paper(image: "Image") -> "Image":
    """What is transparent would turn black."""
    from PIL import Image

    layered = image.convert("LA")
    paper = Image.new("L", layered.size, 255)
    paper.paste(layered.getchannel(0), mask=layered.getchannel(1))
    return paper


def _check_size(image: "Image") -> None:
    width, height = image.size
    if width * height > _MOST_DOTS:
        raise ParseRefused(
            f"The picture has {width * height / 1e6:,.0f} million dots; at most "
            f"{_MOST_DOTS / 1e6:.0f} million are read. Save it smaller."
        )
