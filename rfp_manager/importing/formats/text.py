"""Plain text and Markdown (.txt, .md, or pasted): one question a line, numbered or not."""

from pathlib import Path
from typing import Any

from rfp_manager.importing.corrections import read_corrections
from rfp_manager.importing.grid import Book, Grid
from rfp_manager.importing.plain_text import PlainText, read_plain_text, to_lines
from rfp_manager.importing.prose.lines import TEXT, TEXT_COLUMN
from rfp_manager.importing.prose.questions import question_of, report_of, warnings_of
from rfp_manager.importing.prose.reading import read_prose
from rfp_manager.importing.types import NothingAsked, Questionnaire


def read(path: Path, *, overrides: dict[str, Any] | None = None) -> Questionnaire:
    """The questionnaire in the text at `path`; raises QuestionnaireRefused."""
    source = read_plain_text(path)
    lines = to_lines(source)
    correction = read_corrections(overrides).get(TEXT)
    forced = dict(correction.rows) if correction else {}
    if correction and correction.skip:
        forced = {line.row: "skip" for line in lines}
    prose = read_prose(list(lines), forced=forced)
    found = Questionnaire(format="text", warnings=warnings_of(prose), book=_book(source))
    found.questions = [question_of(asked) for asked in prose.asked]
    for ordinal, question in enumerate(found.questions, start=1):
        question.ordinal = ordinal
    found.sheets = [report_of(prose, otherwise="below it")]
    if not found.questions and not overrides:
        raise NothingAsked(
            "No questions were found in the text. Write one question on each line, or put a "
            "blank line between them.",
            found.book,
        )
    return found


def _book(source: PlainText) -> Book:
    grid = Grid(name=TEXT)
    for row, (text, _) in enumerate(source.lines, start=1):
        if text.strip():
            grid.cells[row, TEXT_COLUMN] = text.strip()
    return Book([grid])
