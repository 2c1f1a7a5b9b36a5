"""Documents of any supported kind to text blocks, read in a throw-away child process."""

from collections.abc import Callable
from pathlib import Path

from solution_library.parsing.errors import (
    ChildFailed,
    ChildRefused,
    ParseError,
    ParseFailed,
    ParseRefused,
    Refusal,
)
from solution_library.parsing.limits import DEFAULT, Limits
from solution_library.parsing.types import Block, ParsedDocument

__all__ = [
    "DEFAULT",
    "Block",
    "Limits",
    "ParseError",
    "ParseFailed",
    "ParseRefused",
    "ParsedDocument",
    "parse_file",
]


def parse_file(
    path: Path,
    *,
    filename: str,
    limits: Limits = DEFAULT,
    progress: Callable[[int, int, str], None] | None = None,
    with_ocr: bool = True,
) -> ParsedDocument:
    """Read one document; `filename` is what its owner calls it (a label, never trusted).

    `progress` hears (pages done, pages in all, a sentence) at most twice a second, only for what
    takes longer than that; what it raises ends the reading. The limits hold for each child: a
    file of many pages gets several. `with_ocr`: scans are recognised, where the machine can.

    Raises ParseRefused (bad, unsupported, hostile: a retry is pointless) or ParseFailed (out
    of time or memory, or the reader crashed: a retry may help). Both carry `.reason`, a
    sentence for the page, and `.detail` for the log.
    """
    # Imported late: the child imports this package too, and must start lean.
    from solution_library.parsing import ocr
    from solution_library.parsing.paged import PagedReading

    reading = PagedReading(
        path,
        filename=filename,
        limits=limits,
        progress=progress,
        ocr=ocr.from_settings() if with_ocr else None,
    )
    try:
        return reading.document()
    except (ChildRefused, Refusal) as error:
        raise ParseRefused(error.reason, getattr(error, "detail", "")) from error
    except ChildFailed as error:
        raise ParseFailed(error.reason, error.detail) from error
    except ValueError as error:
        raise ParseFailed("The reader's answer could not be understood.", repr(error)) from error
