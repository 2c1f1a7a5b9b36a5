"""Excel workbooks (.xlsx, .xlsm)."""

from pathlib import Path
from typing import Any

from rfp_manager.importing.analysis import analyse
from rfp_manager.importing.types import Questionnaire
from rfp_manager.importing.workbook.book import read_book


def read(path: Path, *, overrides: dict[str, Any] | None = None) -> Questionnaire:
    """The questionnaire in the workbook at `path`; raises QuestionnaireRefused."""
    return analyse(read_book(path, computed=True), format_name="xlsx", overrides=overrides)
