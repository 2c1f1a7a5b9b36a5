"""Reading a buyer's questionnaire: what is asked, and where each answer belongs.

`read_questionnaire` is pure and meant for a throw-away child process: it opens one file,
touches no database and no network, and its result travels back as JSON.
"""

from pathlib import Path
from typing import Any, Protocol

from rfp_manager.importing.detect import detect
from rfp_manager.importing.formats import csv, docx, pdf, xlsx
from rfp_manager.importing.types import Questionnaire, QuestionnaireRefused


class Reader(Protocol):
    """Reads one format; `overrides` are a person's corrections, see analysis.analyse."""

    def __call__(
        self, path: Path, *, overrides: dict[str, Any] | None = None
    ) -> Questionnaire: ...


# To add a format: a module in formats/ with the same `read`, its line here, and a way for
# detect.py to know it by its bytes.
READERS: dict[str, Reader] = {"xlsx": xlsx.read, "csv": csv.read, "docx": docx.read, "pdf": pdf.read}

_OTHER_FORMATS = {"docx": "a Word document", "pdf": "a PDF"}


def read_questionnaire(
    path: Path, *, filename: str, overrides: dict[str, Any] | None = None
) -> Questionnaire:
    """Read the file at `path`; `filename` is only for messages, the bytes decide the format.

    Raises QuestionnaireRefused with a sentence for the user when the file cannot be read.
    """
    name = detect(path)
    reader = READERS.get(name)
    if reader is None:
        kind = _OTHER_FORMATS.get(name, name)
        raise QuestionnaireRefused(
            f"“{filename[:100]}” is {kind}; questionnaires are read from .xlsx and .csv files. "
            "Ask the buyer for one of these, or copy the questions into a sheet."
        )
    return reader(path, overrides=overrides)


__all__ = ["READERS", "Questionnaire", "QuestionnaireRefused", "read_questionnaire"]
