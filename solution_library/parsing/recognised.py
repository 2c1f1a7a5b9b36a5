"""The pages of a document whose text has to be recognised: drawn by a child, read by Tesseract."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from solution_library.parsing.errors import ChildFailed
from solution_library.parsing.limits import Limits
from solution_library.parsing.ocr import Ocr, RecognitionFailed
from solution_library.parsing.pdf_page import Page
from solution_library.parsing.sandbox import stream_from_child

logger = logging.getLogger(__name__)
_DRAWER = "solution_library.parsing.page_images:pictures"


def recognised_pages(
    path: Path,
    pages: Sequence[int],
    *,
    filename: str,
    ocr: Ocr,
    limits: Limits,
    budget: dict[str, Any],
    report: Callable[[int], None],
) -> Iterator[tuple[Page, float]]:
    """Each page that has text, with the confidence in it (0 to 100); `report` hears the number
    of each before it is read. A page that cannot be drawn or read is left out."""
    waiting = list(pages)
    while waiting:
        before = len(waiting)
        arguments = {"filename": filename, "pages": waiting, "budget": budget}
        try:
            with closing(
                stream_from_child(_DRAWER, path=path, arguments=arguments, limits=limits)
            ) as pictures:
                for picture in pictures:
                    number = waiting.pop(0)
                    report(number)
                    if found := _read(ocr, picture, number):
                        yield found
        except ChildFailed as error:
            if len(waiting) == before:
                logger.warning("Page %d cannot be drawn: %s", waiting.pop(0), error.detail)
        else:
            if len(waiting) == before:
                return


def _read(ocr: Ocr, picture: dict[str, Any], number: int) -> tuple[Page, float] | None:
    if "dots" not in picture or picture.get("page") != number:
        return None
    try:
        page, confidence = ocr.page(picture)
    except RecognitionFailed as error:
        logger.warning("Page %d was not recognised: %s", number, error)
        return None
    return (page, confidence) if page.items else None
