"""What the sandboxed child runs to read a questionnaire."""

from pathlib import Path
from typing import Any

from rfp_manager.importing import read_questionnaire
from rfp_manager.importing.detect import detect
from rfp_manager.importing.grid import Book
from rfp_manager.importing.preview import preview_of
from rfp_manager.importing.types import NothingAsked, QuestionnaireRefused
from solution_library.parsing.errors import Refusal


def read(
    path: str | Path, filename: str, overrides: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A questionnaire as JSON. Raises Refusal, which reaches the parent with its sentence."""
    try:
        return read_questionnaire(Path(path), filename=filename, overrides=overrides).to_dict()
    except QuestionnaireRefused as error:
        raise Refusal(str(error)) from error


def read_and_show(
    path: str | Path, filename: str, overrides: dict[str, Any] | None = None
) -> dict[str, Any]:
    """As `read`, with what the mapping page shows of the sheets. Where nothing asks, "found" is
    None and "nothing" says what was seen."""
    found, nothing = None, ""
    try:
        read = read_questionnaire(Path(path), filename=filename, overrides=overrides)
        found, book = read.to_dict(), read.book
    except NothingAsked as error:
        nothing, book = str(error), error.book
    except QuestionnaireRefused as error:
        raise Refusal(str(error)) from error
    return {
        "found": found,
        "nothing": nothing,
        "format": found["format"] if found else detect(Path(path)),
        "preview": preview_of(book or Book([])),
    }
