"""Documents of any supported kind to text blocks, read in a throw-away child process."""

from pathlib import Path

from solution_library.parsing.errors import (
    ChildFailed,
    ChildRefused,
    ParseError,
    ParseFailed,
    ParseRefused,
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


def parse_file(path: Path, *, filename: str, limits: Limits = DEFAULT) -> ParsedDocument:
    """Read one document; `filename` is what its owner calls it (a label, never trusted).

    Raises ParseRefused (bad, unsupported, hostile: a retry is pointless) or ParseFailed (out
    of time or memory, or the reader crashed: a retry may help). Both carry `.reason`, a
    sentence for the page, and `.detail` for the log.
    """
    # Imported late: the child imports this package too, and must start lean.
    from solution_library.parsing.sandbox import run_in_child

    target = "solution_library.parsing.reader:read"
    try:
        result = run_in_child(target, path=path, arguments={"filename": filename}, limits=limits)
        return ParsedDocument.from_dict(result)
    except ChildRefused as error:
        raise ParseRefused(error.reason, error.detail) from error
    except ChildFailed as error:
        raise ParseFailed(error.reason, error.detail) from error
    except ValueError as error:
        raise ParseFailed("The reader's answer could not be understood.", repr(error)) from error
