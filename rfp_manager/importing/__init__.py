"""Reading a buyer's questionnaire: what is asked, and where each answer belongs.

`read_questionnaire` is pure and meant for a throw-away child process: it opens one file,
touches no database and no network, and its result travels back as JSON.
"""

from pathlib import Path
from typing import Any, Protocol

from rfp_manager.importing.detect import detect
from rfp_manager.importing.formats import csv, docx, pdf, text, xlsx
from rfp_manager.importing.plain_text import is_text
from rfp_manager.importing.types import Questionnaire, QuestionnaireRefused


class Reader(Protocol):
    """Reads one format; `overrides` are a person's corrections, see analysis.analyse."""

    def __call__(self, path: Path, *, overrides: dict[str, Any] | None = None) -> Questionnaire: ...


# To add a format: a module in formats/ with the same `read`, its line here, and a way for
# detect.py to know it by its bytes.
READERS: dict[str, Reader] = {
    "xlsx": xlsx.read,
    "csv": csv.read,
    "docx": docx.read,
    "pdf": pdf.read,
    "text": text.read,
}


def read_questionnaire(
    path: Path, *, filename: str, overrides: dict[str, Any] | None = None
) -> Questionnaire:
    """Read the file at `path`; the bytes decide the format; `filename` only tells a text
    from a list that is a spreadsheet's.

    Raises QuestionnaireRefused with a sentence for the user when the file cannot be read.
    """
    name = detect(path)
    if name == "csv" and is_text(path, filename):
        name = "text"
    return READERS[name](path, overrides=overrides)


__all__ = ["READERS", "Questionnaire", "QuestionnaireRefused", "read_questionnaire"]
