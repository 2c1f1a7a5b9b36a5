"""PDF questionnaires: fillable forms, tables, and running text."""

from pathlib import Path
from typing import Any

from rfp_manager.importing.pdf.document import read_document
from rfp_manager.importing.pdf.questionnaire import to_questionnaire
from rfp_manager.importing.types import Questionnaire


def read(path: Path, *, overrides: dict[str, Any] | None = None) -> Questionnaire:
    """The questionnaire in the PDF at `path`; raises QuestionnaireRefused."""
    return to_questionnaire(read_document(path), overrides)
