"""The buyer's file: where an answer goes in it, and what our copies of it are called."""

from rfp_manager.importing.types import Place
from rfp_manager.models import RFP, Question


def answer_place(question: Question) -> Place:
    """The cell for the answer; of a question with boxes to tick the first of them."""
    return Place(question.sheet, question.answer_row, question.answer_column)


def file_name(rfp: RFP, ending: str = "") -> str:
    """After the buyer's own, so that it is found again; with another `ending` if given (".pdf")."""
    stem, dot, own = rfp.filename.rpartition(".")
    return f"{stem or own} - answered{ending or dot + (own if stem else '')}"
