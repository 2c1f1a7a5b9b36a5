"""Found questions as rows of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rfp_manager.importing.types import FoundQuestion, Questionnaire
from rfp_manager.models import RFP, Question, Section

#: The constraints of the table count in these.
SHEET_CHARS, NUMBER_CHARS, TITLE_CHARS, CONDITION_CHARS = 200, 100, 500, 300
AnswerCell = tuple[str, int, int]
#: What `values_of` gives.
COLUMNS = (
    "ordinal", "number", "text", "sheet", "row", "column", "answer_row", "answer_column",
    "comment_row", "comment_column", "allowed_choices", "existing_answer", "further_places",
    "max_characters", "max_words", "condition",
)  # fmt: skip


def one_per_answer_cell(found: Sequence[FoundQuestion]) -> list[FoundQuestion]:
    """The questions numbered from 1. Those that share one cell for their answers (rows beside a
    merged cell) become one question of several lines, for a cell can hold one answer only."""
    first: dict[AnswerCell, FoundQuestion] = {}
    became: dict[int, int] = {}
    for question in found:
        cell = answer_cell(question)
        if cell in first:
            first[cell] = _joined(first[cell], question)
        else:
            first[cell] = replace(question, ordinal=len(first) + 1)
        became[question.ordinal] = first[cell].ordinal
    return [_with_parent(question, became) for question in first.values()]


def answer_cell(question: FoundQuestion) -> AnswerCell:
    place = question.answer_place
    return question.place.sheet[:SHEET_CHARS], place.row, place.column


def _joined(one: FoundQuestion, other: FoundQuestion) -> FoundQuestion:
    label = f"{other.number} " if other.number and not other.text.startswith(other.number) else ""
    choices = list(dict.fromkeys([*one.allowed_choices, *other.allowed_choices]))
    return replace(one, text=f"{one.text}\n{label}{other.text}", allowed_choices=choices)


def _with_parent(question: FoundQuestion, became: dict[int, int]) -> FoundQuestion:
    parent = became.get(question.parent or 0)
    return replace(question, parent=None if parent == question.ordinal else parent)


def values_of(found: FoundQuestion) -> dict[str, Any]:
    """The columns of a question, without its section and its parent."""
    comment = found.comment_place
    sheet, answer_row, answer_column = answer_cell(found)
    return {
        "ordinal": found.ordinal,
        "number": clean(found.number)[:NUMBER_CHARS],
        "text": clean(found.text),
        "sheet": sheet,
        "row": found.place.row,
        "column": found.place.column,
        "answer_row": answer_row,
        "answer_column": answer_column,
        "comment_row": comment.row if comment else None,
        "comment_column": comment.column if comment else None,
        "allowed_choices": found.allowed_choices,
        "existing_answer": clean(found.existing_answer),
        "further_places": found.further_places,
        "max_characters": found.max_characters,
        "max_words": found.max_words,
        "condition": clean(found.condition)[:CONDITION_CHARS],
    }


def clean(text: str) -> str:
    """The database takes no NUL."""
    return text.replace("\x00", "")


def section_key(found: FoundQuestion) -> tuple[str, str]:
    return found.place.sheet[:SHEET_CHARS], clean(found.section)[:TITLE_CHARS]


def add_questions(rfp: RFP, found: Iterable[FoundQuestion]) -> None:
    """Store the questions of a new RFP with their sections."""
    listed = one_per_answer_cell(list(found))
    keys = dict.fromkeys(map(section_key, listed))
    made = Section.objects.bulk_create(
        Section(rfp=rfp, ordinal=n, sheet=sheet, title=title)
        for n, (sheet, title) in enumerate(keys, 1)
    )
    sections = dict(zip(keys, made, strict=True))
    rows = [Question(rfp=rfp, section=sections[section_key(q)], **values_of(q)) for q in listed]
    Question.objects.bulk_create(rows, batch_size=500)
    link_parents(rows, listed)


def link_parents(rows: Sequence[Question], found: Sequence[FoundQuestion]) -> None:
    """Tell each stored question the one it depends on. `rows` and `found` belong together."""
    by_ordinal = {question.ordinal: row for question, row in zip(found, rows, strict=True)}
    changed = []
    for question, row in zip(found, rows, strict=True):
        parent = by_ordinal.get(question.parent or 0)
        if row.parent_id != (parent.pk if parent else None):
            row.parent = parent
            changed.append(row)
    Question.objects.bulk_update(changed, ["parent"], batch_size=500)


def report_of(found: Questionnaire | None, nothing: str = "") -> dict[str, Any]:
    """What the import says of itself. `nothing`: why no question was found."""
    if found is None:
        return {"format": "", "sheets": [], "warnings": [nothing] if nothing else []}
    return {
        "format": found.format,
        "sheets": [sheet.to_dict() for sheet in found.sheets],
        "warnings": found.warnings,
    }
