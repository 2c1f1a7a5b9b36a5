"""Opening a PDF that somebody sent: what cannot be read is told in a sentence."""

from pathlib import Path
from typing import TYPE_CHECKING

from rfp_manager.importing.types import QuestionnaireRefused
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats.pdf import open_pdf

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdfium2 import PdfDocument

MAX_PAGES = 400


def open_pages(path: Path) -> "PdfDocument":
    """The document for its pages. Raises QuestionnaireRefused."""
    try:
        document = open_pdf(path)
    except ParseRefused as error:
        advice = (
            "Open it in a PDF viewer, print it to a new PDF and upload that"
            if "damaged" in str(error)
            else "Ask the buyer for a copy that opens without one"
        )
        raise QuestionnaireRefused(f"{error} {advice}.") from error
    if len(document) > MAX_PAGES:
        raise QuestionnaireRefused(
            f"The PDF has {len(document):,} pages; a questionnaire may have {MAX_PAGES}. Print the "
            "pages with questions to a new PDF and upload that."
        )
    return document


def open_objects(path: Path) -> "PdfReader | None":
    """The document for its form fields; None where its structure is too damaged for that."""
    try:
        from pypdf import PdfReader

        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return None
        return reader if len(reader.pages) > 0 else None
    except Exception:  # noqa: BLE001 - a hostile file may raise anything in a reader
        return None
