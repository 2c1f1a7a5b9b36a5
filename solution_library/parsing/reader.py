"""What the sandboxed child runs: find out what the file is, and read it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from solution_library.parsing.formats import FORMATS, PAGED
from solution_library.parsing.sniff import sniff
from solution_library.parsing.types import ParsedDocument


def read(path: Path, *, filename: str) -> dict[str, Any]:
    """A ParsedDocument as JSON; raises ParseRefused. Never call it outside the sandbox."""
    document = FORMATS[sniff(path, filename)](path, filename)
    if not document.blocks:
        document.warnings.append("No text was found in the file.")
    document.warnings += about_hidden(document)
    return document.to_dict()


def parts(
    path: Path, *, filename: str, first: int, budget: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """As `read`, in parts where there are pages: see `formats.pdf.parts`. For the sandbox, too.

    The last part is {"document": ...}, unless the budget is used up before, or `first` is not 1.
    """
    kind = sniff(path, filename)
    if kind not in PAGED:
        yield {"document": read(path, filename=filename)}
        return
    for part in PAGED[kind](path, filename, first=first, budget=budget):
        if "document" in part:
            part["document"]["warnings"] += about_hidden(ParsedDocument.from_dict(part["document"]))
        yield part


def about_hidden(document: ParsedDocument) -> list[str]:
    """The sentence that says so, if some of the text cannot be seen."""
    passages = sum(block.hidden for block in document.blocks)
    if not passages:
        return []
    number = "1 passage" if passages == 1 else f"{passages:,} passages"
    return [f"Hidden text was found ({number}). It is kept apart and never used for answers."]
