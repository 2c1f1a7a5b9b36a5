"""Delimited text (comma, semicolon, tab or bar; any usual encoding)."""

from pathlib import Path
from typing import Any

from rfp_manager.importing.analysis import analyse
from rfp_manager.importing.csv_text import CsvText, read_csv_text, unguarded
from rfp_manager.importing.grid import MAX_COLUMNS, Book, Grid
from rfp_manager.importing.types import Questionnaire


def read(path: Path, *, overrides: dict[str, Any] | None = None) -> Questionnaire:
    """The questionnaire in the text file at `path`; raises QuestionnaireRefused."""
    book = Book([to_grid(read_csv_text(path))])
    return analyse(book, format_name="csv", overrides=overrides)


def to_grid(source: CsvText) -> Grid:
    """The records as cells; row n is the n-th record, blank records included."""
    grid = Grid(name="")
    far = 0
    for row, record in enumerate(source.records, start=1):
        far += sum(bool(field.value) for field in record.fields[MAX_COLUMNS:])
        if row == 1 and source.has_separator_line:
            continue
        for column, field in enumerate(record.fields[:MAX_COLUMNS], start=1):
            if field.value:
                grid.cells[row, column] = unguarded(field.value)
    if far:
        grid.notes.append(f"{far} fields right of column {MAX_COLUMNS} were not read.")
    return grid
