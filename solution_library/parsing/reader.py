"""What the sandboxed child runs: find out what the file is, and read it."""

from pathlib import Path
from typing import Any

from solution_library.parsing.formats import FORMATS
from solution_library.parsing.sniff import sniff
from solution_library.parsing.types import ParsedDocument


def read(path: Path, *, filename: str) -> dict[str, Any]:
    """A ParsedDocument as JSON; raises ParseRefused. Never call it outside the sandbox."""
    document = FORMATS[sniff(path, filename)](path, filename)
    if not document.blocks:
        document.warnings.append("No text was found in the file.")
    document.warnings += _about_hidden(document)
    return document.to_dict()


def _about_hidden(document: ParsedDocument) -> list[str]:
    passages = sum(block.hidden for block in document.blocks)
    if not passages:
        return []
    number = "1 passage" if passages == 1 else f"{passages:,} passages"
    return [f"Hidden text was found ({number}). It is kept apart and never used for answers."]
