"""Cells of the buyer's file in words."""

from rfp_manager.importing.types import column_letters
from rfp_manager.models import Question


def place(sheet: str, row: int, column: int) -> str:
    """As in “Sheet1!B12”, or “row 12, column B” in a file without sheets."""
    letters = column_letters(column)
    return f"{sheet}!{letters}{row}" if sheet else f"row {row}, column {letters}"


def question_place(question: Question) -> str:
    return place(question.sheet, question.row, question.column)


def answer_place(question: Question) -> str:
    return place(question.sheet, question.answer_row, question.answer_column)


def comment_place(question: Question) -> str:
    """Empty where the file has no column for comments."""
    if question.comment_row is None or question.comment_column is None:
        return ""
    return place(question.sheet, question.comment_row, question.comment_column)
