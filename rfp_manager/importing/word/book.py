"""A Word document as a book: its text and each of its tables as a sheet."""

from pathlib import Path

from rfp_manager.importing.grid import Book, Grid
from rfp_manager.importing.prose.lines import TEXT, TEXT_COLUMN
from rfp_manager.importing.word.document import WordDocument, read_document
from rfp_manager.importing.word.tables import to_grid


def read_book(path: Path) -> Book:
    """The sheets "Text", "Table 1", "Table 2", ...; raises QuestionnaireRefused."""
    return to_book(read_document(path))


def to_book(document: WordDocument) -> Book:
    grids = [to_grid(table) for table in document.tables.values()]
    return Book([text_grid(document), *grids], warnings=_warnings(document))


def text_grid(document: WordDocument) -> Grid:
    """The paragraphs outside of tables, one in each row."""
    grid = Grid(name=TEXT)
    for row, paragraph in document.paragraphs.items():
        if paragraph.text:
            grid.cells[row, TEXT_COLUMN] = paragraph.text
            if paragraph.bold or paragraph.level:
                grid.bold.add((row, TEXT_COLUMN))
    return grid


def _warnings(document: WordDocument) -> list[str]:
    notes = []
    if document.text_boxes:
        notes.append(f"{document.text_boxes} text boxes were not read; they hold no questions.")
    if document.package.has_macros:
        notes.append("The document holds macros. They are never run, and stay as they are.")
    return notes
