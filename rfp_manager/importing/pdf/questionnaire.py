"""From a PDF's tables, fields and text to a questionnaire.

Tables go through the analysis that all formats share, the text through the reading of prose
that Word documents go through, too; each field of a form asks for what its label says.
"""

from typing import Any

from rfp_manager.importing.analysis import SECTION_JOIN, analyse
from rfp_manager.importing.corrections import SET_BY_YOU, Correction, read_corrections
from rfp_manager.importing.grid import Area, Book, Choices, Grid
from rfp_manager.importing.pdf.boxed import add_boxed
from rfp_manager.importing.pdf.document import FORM, TEXT, Document
from rfp_manager.importing.pdf.labels import Asked
from rfp_manager.importing.pdf.printed import printed_options
from rfp_manager.importing.prose.lines import TEXT_COLUMN, Line
from rfp_manager.importing.prose.questions import question_of, report_of, warnings_of
from rfp_manager.importing.prose.reading import read_prose
from rfp_manager.importing.texts import split_number
from rfp_manager.importing.types import (
    FoundQuestion,
    NothingAsked,
    Place,
    Questionnaire,
    QuestionnaireRefused,
    SheetReport,
    SkippedRow,
)
from rfp_manager.importing.word.marks import mark_of

FEWEST_CHARACTERS = 40
SHOWN_CHARS = 200
LABEL, ANSWER = 1, 2  # columns of the sheet "Form"


def to_questionnaire(document: Document, overrides: dict[str, Any] | None) -> Questionnaire:
    """Raises QuestionnaireRefused when nothing in it asks anything."""
    _refuse_scan(document)
    corrections = read_corrections(overrides)
    # With an entry for the text, the analysis does not refuse a book whose tables ask nothing.
    tables = Book([stack.grid for stack in document.stacks], _warnings(document))
    found = analyse(tables, format_name="pdf", overrides={TEXT: {}, **(overrides or {})})
    add_boxed(found, document)
    for question in found.questions:
        _finish_cell(question, document)
    _add_form(found, document, corrections.get(FORM, Correction()))
    _add_text(found, document, corrections.get(TEXT, Correction()))
    found.book = _book(document)
    _in_reading_order(found, document)
    if not found.questions and not overrides:
        raise NothingAsked(_nothing(document), found.book)
    return found


def _refuse_scan(document: Document) -> None:
    if document.form or document.characters >= FEWEST_CHARACTERS:
        return
    if document.pictures:
        raise QuestionnaireRefused(
            "The PDF is a scan: its pages are pictures without text. Ask the buyer for the file "
            "it was printed from, or have its text recognised (OCR) and upload the result."
        )
    raise QuestionnaireRefused("The PDF has no text, so there is nothing to answer.")


def _nothing(document: Document) -> str:
    pages = "its page" if document.pages == 1 else f"its {document.pages} pages"
    return (
        "This does not look like a questionnaire: no form fields, no table of questions with room "
        f"for answers and no questions in the text were found on {pages}. If it is one, ask the "
        "buyer for it as .docx or .xlsx, or paste its questions as text."
    )


def _warnings(document: Document) -> list[str]:
    found = []
    if document.hidden:
        found.append(f"{document.hidden} words that cannot be seen on the pages were left out.")
    if document.pictures:
        numbers = ", ".join(map(str, document.pictures[:10]))
        found.append(f"Pages without text, only pictures, were not read: {numbers}.")
    return found


def _finish_cell(question: FoundQuestion, document: Document) -> None:
    place, at = question.place, question.answer_place
    parts = [*document.paths.get((place.sheet, place.row), ()), question.section]
    question.section = SECTION_JOIN.join(dict.fromkeys(filter(None, parts)))
    stack = document.stack(place.sheet)
    options = printed_options(question.existing_answer)
    if options:
        question.allowed_choices = list(options.labels)
        question.existing_answer = ", ".join(options.labels[index] for index in options.ticked)
    asked = stack.asked.get((at.row, at.column)) if stack else None
    if stack is None or asked is None:
        return
    question.existing_answer = asked.value
    question.max_characters = question.max_characters or asked.fields[0].max_length
    comment = stack.comments.get((at.row, at.column))
    if comment and question.comment_place is None:
        question.comment_place = Place(stack.name, *comment)


def _add_form(found: Questionnaire, document: Document, correction: Correction) -> None:
    """Each field asks; one called "Comments" right after it takes its comment."""
    if not document.form:
        return
    report = SheetReport(FORM, question_column=LABEL, answer_column=ANSWER)
    report.reasons = [
        "Each field of the form is a question, named by its tooltip or the text beside it."
    ]
    last: FoundQuestion | None = None
    for row, asked in enumerate(document.form, start=1):
        reason = "" if correction.rows.get(row) == "question" else _reason(asked, last)
        if correction.skip or correction.rows.get(row) in ("skip", "section"):
            reason = f"left out, as {SET_BY_YOU}"
        if reason:
            report.skipped.append(SkippedRow(row, asked.label[:SHOWN_CHARS], reason))
            if reason == _COMMENTS and last is not None:
                last.comment_place = Place(FORM, row, ANSWER)
            continue
        last = _field_question(asked, row, document)
        found.questions.append(last)
        report.questions += 1
    found.sheets.append(report)


_COMMENTS = "takes the comment on the question above"


def _reason(asked: Asked, last: FoundQuestion | None) -> str:
    if not any(sign.isalnum() for sign in asked.label):
        return "a field without a label"
    is_text = asked.fields[0].kind == "text"
    comments = is_text and mark_of(asked.label.rstrip(" :") + ":") == "comment"
    if comments and last and not last.comment_place:
        return _COMMENTS
    return ""


def _field_question(asked: Asked, row: int, document: Document) -> FoundQuestion:
    number, text = split_number(asked.label)
    return FoundQuestion(
        ordinal=0,
        number=number,
        text=text,
        section=SECTION_JOIN.join(document.paths.get((FORM, row), ())),
        place=Place(FORM, row, LABEL),
        answer_place=Place(FORM, row, ANSWER),
        allowed_choices=asked.choices,
        existing_answer=asked.value,
        max_characters=asked.fields[0].max_length,
    )


def _add_text(found: Questionnaire, document: Document, correction: Correction) -> None:
    if not document.paragraphs:
        return
    forced = dict(correction.rows)
    if correction.skip:
        forced = {item.row: "skip" for item in document.items if isinstance(item, Line)}
    prose = read_prose(document.items, in_tables=len(found.questions), forced=forced)
    found.questions += [question_of(asked) for asked in prose.asked]
    for row, reason in document.silent.items():
        shown = document.paragraphs[row - 1].text or document.paragraphs[row - 1].lines[0].text
        prose.skipped.append(SkippedRow(row, shown[:SHOWN_CHARS], reason))
    prose.skipped.sort(key=lambda skipped: skipped.row)
    found.sheets.append(report_of(prose, otherwise="into the annex"))
    found.warnings += warnings_of(prose)


def _book(document: Document) -> Book:
    """What was read, for the page on which a person corrects it."""
    grids = [stack.grid for stack in document.stacks]
    if document.form:
        grids.append(_form_grid(document.form))
    text = Grid(name=TEXT)
    for row, paragraph in enumerate(document.paragraphs, start=1):
        text.cells[row, TEXT_COLUMN] = paragraph.text or paragraph.lines[0].text
        if paragraph.bold:
            text.bold.add((row, TEXT_COLUMN))
    return Book([*grids, text] if document.paragraphs else grids)


def _form_grid(form: list[Asked]) -> Grid:
    grid = Grid(name=FORM)
    for row, asked in enumerate(form, start=1):
        grid.cells[row, LABEL] = asked.label
        if asked.choices:
            area = Area(row, ANSWER, row, ANSWER)
            grid.choices.append(Choices([area], asked.choices))
    return grid


def _in_reading_order(found: Questionnaire, document: Document) -> None:
    """As on the pages, whichever sheet a question came from."""

    def position(question: FoundQuestion) -> float:
        return document.positions.get((question.place.sheet, question.place.row), 0.0)

    old = {id(question): question.ordinal for question in found.questions}
    found.questions.sort(key=position)
    new = {0: 0}
    for ordinal, question in enumerate(found.questions, start=1):
        new[old[id(question)]] = question.ordinal = ordinal
    for question in found.questions:
        if question.parent is not None:
            question.parent = new.get(question.parent)
