"""What the sandboxed child runs to read a questionnaire."""

from pathlib import Path
from typing import Any

from rfp_manager.importing import read_questionnaire
from rfp_manager.importing.types import QuestionnaireRefused
from solution_library.parsing.errors import Refusal


def read(path: str | Path, filename: str) -> dict[str, Any]:
    """A questionnaire as JSON. Raises Refusal, which reaches the parent with its sentence."""
    try:
        return read_questionnaire(Path(path), filename=filename).to_dict()
    except QuestionnaireRefused as error:
        raise Refusal(str(error)) from error
