"""What the sandboxed child runs: find out what the file is, and read it."""

from pathlib import Path
from typing import Any

from solution_library.parsing.formats import FORMATS
from solution_library.parsing.sniff import sniff


def read(path: Path, *, filename: str) -> dict[str, Any]:
    """A ParsedDocument as JSON; raises ParseRefused. Never call it outside the sandbox."""
    document = FORMATS[sniff(path, filename)](path, filename)
    if not document.blocks:
        document.warnings.append("No text was found in the file.")
    return document.to_dict()
