"""Word documents (.docx, .docm): questions in tables and in the text."""

from pathlib import Path
from typing import Any

from rfp_manager.importing.analysis import SECTION_JOIN, analyse
from rfp_manager.importing.conditions import link_conditions
from rfp_manager.importing.corrections import read_corrections
from rfp_manager.importing.grid import Book
from rfp_manager.importing.limits import find_limit
from rfp_manager.importing.prose.lines import TEXT, TEXT_COLUMN, Asked
from rfp_manager.importing.prose.outline import Outline
from rfp_manager.importing.prose.reading import Prose, counted, read_prose
from rfp_manager.importing.texts import split_number
from rfp_manager.importing.ticks import further_places
from rfp_manager.importing.types import (
    FoundQuestion,
    NothingAsked,
    Questionnaire,
    SheetReport,
)
from rfp_manager.importing.word.book import to_book
from rfp_manager.importing.word.boxed import add_boxed
from rfp_manager.importing.word.document import WordDocument, read_document
from rfp_manager.importing.word.lending import lend_headers, take_back
from rfp_manager.importing.word.lines import to_items
from rfp_manager.importing.word.tables import tidy_tables

_LEFT_OUT = ("in a part", "requires something", "about how to hand")


def read(path: Path, *, overrides: dict[str, Any] | None = None) -> Questionnaire:
    """The questionnaire in the document at `path`; raises QuestionnaireRefused."""
    document = read_document(path)
    book = to_book(document)
    items = to_items(document)
    _entitle(book, document, items)
    found = _read_tables(book, overrides)
    tidy_tables(found, document)
    prose = _read_text(items, found, overrides)
    add_boxed(found, document, prose)
    _join(found, prose, document)
    if not found.questions and not overrides:
        raise NothingAsked(_nothing_found(prose), found.book)
    return found


def _entitle(book: Book, document: WordDocument, items: list[Any]) -> None:
    """Name each table after the headings above it."""
    outline = Outline(items, {})
    names = {item.name: path for item, path in zip(items, outline.paths, strict=True)
             if not hasattr(item, "row")}  # fmt: skip
    path: tuple[str, ...] = ()
    for grid in book.grids[1:]:
        path = names.get(grid.name, path)  # a table inside of a table is titled as the outer
        grid.title = SECTION_JOIN.join(path)


def _read_tables(book: Book, overrides: dict[str, Any] | None) -> Questionnaire:
    # With an entry for the text, the analysis does not refuse a book whose tables ask nothing.
    settings = {TEXT: {}, **(overrides or {})}
    tables = Book(book.grids[1:], warnings=book.warnings)
    found = analyse(tables, format_name="docx", overrides=settings)
    lent = lend_headers(tables.grids, found, set(settings))
    if lent:
        tables = Book([lent.get(g.name, g) for g in tables.grids], warnings=book.warnings)
        found = analyse(tables, format_name="docx", overrides=settings)
        take_back(found, set(lent))
    found.book = book
    return found


def _read_text(items: list[Any], found: Questionnaire, overrides: dict[str, Any] | None) -> Prose:
    correction = read_corrections(overrides).get(TEXT)
    forced = dict(correction.rows) if correction else {}
    if correction and correction.skip:
        forced = {i.row: "skip" for i in items if hasattr(i, "row")}
    prose = read_prose(items, in_tables=len(found.questions), forced=forced)
    return prose


def _join(found: Questionnaire, prose: Prose, document: WordDocument) -> None:
    """Bring the questions of the text and of the tables into the order of the document."""
    order = {item.name if hasattr(item, "name") else item.row: at
             for at, item in enumerate(document.items)}  # fmt: skip
    found.questions += [_question(asked) for asked in prose.asked]

    def position(question: FoundQuestion) -> tuple[int, int, int]:
        place = question.place
        at = order[place.row if place.sheet == TEXT else place.sheet]
        return at, place.row, place.column

    found.questions.sort(key=position)
    for ordinal, question in enumerate(found.questions, start=1):
        question.ordinal = ordinal
    link_conditions(found.questions)  # again, as they stand in another order now
    found.sheets.insert(0, _report(prose))
    found.warnings += _warnings(prose)


def _question(asked: Asked) -> FoundQuestion:
    line = asked.line
    limit = find_limit(asked.text).within(find_limit(asked.hints))
    return FoundQuestion(
        ordinal=0,
        number=line.number or split_number(line.text)[0],
        text=asked.text,
        section=SECTION_JOIN.join(dict.fromkeys(asked.section)),
        place=line.place,
        answer_place=asked.answer,
        comment_place=asked.comment,
        allowed_choices=list(asked.ticks or asked.choices),
        further_places=further_places({c: [p.row, p.column] for c, p in asked.ticks.items()}, None),
        existing_answer=asked.existing,
        max_characters=limit.characters,
        max_words=limit.words,
    )


def _report(prose: Prose) -> SheetReport:
    report = SheetReport(name=TEXT, questions=len(prose.asked), skipped=list(prose.skipped))
    if prose.asked:
        report.question_column = TEXT_COLUMN
        report.reasons.append(
            f"{len(prose.asked)} paragraphs ask or require something; each answer goes into the "
            "room below its question, or after it."
        )
    else:
        report.reasons.append("No questions were recognised in the text outside of tables.")
    return report


def _warnings(prose: Prose) -> list[str]:
    counts = [(reason, count) for reason, count in counted(prose.skipped)
              if reason.startswith(_LEFT_OUT)]  # fmt: skip
    notes = [f"{count} paragraphs were left out: {reason}." for reason, count in counts]
    hidden = sum(row.reason == "hidden text" for row in prose.skipped)
    return notes + ([f"Hidden text in {hidden} paragraphs was left out."] if hidden else [])


def _nothing_found(prose: Prose) -> str:
    kind = "It looks like an agreement to sign. " if prose.contract else ""
    return (
        "This does not look like a questionnaire: neither its tables nor its text ask a bidder "
        f"for answers. {kind}If it is one, say yourself which column or which paragraphs ask."
    )
