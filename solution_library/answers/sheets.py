"""Reads questions with answers from a .csv or .xlsx file. Runs in the sandbox."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from solution_library.answers.cells import Joiner, plain
from solution_library.parsing.errors import ParseError, Refusal
from solution_library.parsing.text import decode
from solution_library.parsing.zip_checks import open_checked, refuse_doctypes

MAX_ROWS = 20_000
MAX_COLUMNS = 64
#: A title and notes may stand above the headers.
HEADER_WITHIN = 20
_LOOKED_AT = 50_000
#: What the columns may be called, in lower case without signs.
HEADERS = {
    "question": "question questions requirement query frage fragen anforderung pregunta preguntas"
    " domanda domande pergunta vraag demande",
    "answer": "answer answers response responses reply antwort antworten réponse réponses respuesta"
    " respuestas risposta risposte resposta antwoord text",
    "choice": "choice yesno compliance auswahl choix elección scelta",
    "variants": "variants variant alsoaskedas otherwordings varianten variantes varianti",
    "valid_until": "validuntil expires expiry expirydate gültigbis valablejusquau válidohasta",
    "tags": "tags tag topics topic products product themen",
}
NAMES = {word: name for name, words in HEADERS.items() for word in words.split()}
#: How a workbook writes a sign that it cannot hold.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
Row = tuple[int, list[str]]


def read(path: str | Path, filename: str) -> dict[str, Any]:
    """{"rows": [{"place", "question", "answer", ...}], "skipped_sheets": [names]}. Raises
    Refusal."""
    path = Path(path)
    raw = path.read_bytes()
    sheets = _workbook(path) if raw[:4] == b"PK\x03\x04" else [("", _csv(raw))]
    rows: list[dict[str, Any]] = []
    skipped = []
    for name, lines in sheets:
        found = list(_entries(name, lines))
        if not found:
            skipped.append(name)
        rows += found
        if len(rows) > MAX_ROWS:
            raise Refusal(f"The file has more than {MAX_ROWS:,} rows. Split it.")
    if not rows:
        raise Refusal(
            f"“{filename}” has no columns named Question and Answer with rows below them. Put "
            "those two words above the columns, and import it again."
        )
    return {"rows": rows, "skipped_sheets": [name for name in skipped if name]}


def _entries(sheet: str, lines: Iterable[Row]) -> Iterator[dict[str, str]]:
    joiner = Joiner()
    for row in _rows(sheet, lines):
        yield from joiner.take(row)
    yield from joiner.end()


def _rows(sheet: str, lines: Iterable[Row]) -> Iterator[dict[str, str]]:
    columns: dict[str, int] = {}
    for place, (number, cells) in enumerate(lines):
        if not columns:
            if place >= HEADER_WITHIN:
                return
            columns = _columns(cells)
            continue
        entry = {name: _cell(cells, column) for name, column in columns.items()}
        if any(entry.values()):
            where = f"{sheet}, row {number}" if sheet else f"Row {number}"
            yield {"place": where[:180]} | entry


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """The columns by what they hold; none unless there is one of questions and one of answers."""
    found: dict[str, int] = {}
    for column, cell in enumerate(cells):
        name = NAMES.get(re.sub(r"[\W_]", "", cell).casefold())
        if name:
            found.setdefault(name, column)
    return found if {"question", "answer"} <= found.keys() else {}


def _cell(cells: Sequence[str], column: int) -> str:
    return plain(cells[column].strip()) if column < len(cells) else ""


def _csv(raw: bytes) -> list[Row]:
    try:
        text = decode(raw).text
    except ParseError as error:
        raise Refusal(error.reason) from error
    csv.field_size_limit(len(text) + 1)
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for number, cells in enumerate(reader, 1):
            rows.append((number, cells[:MAX_COLUMNS]))
            if len(rows) > MAX_ROWS + HEADER_WITHIN:
                raise Refusal(f"The file has more than {MAX_ROWS:,} rows. Split it.")
    except csv.Error as error:
        raise Refusal(f"The file is no proper CSV: {error}. Save it anew as .csv.") from error
    return rows


def _delimiter(text: str) -> str:
    """The sign that sets the two headers apart; a title may stand above them."""
    for sign in ",;\t|":
        reader = csv.reader(io.StringIO(text[:_LOOKED_AT], newline=""), delimiter=sign)
        with suppress(csv.Error):
            if any(_columns(cells) for cells in islice(reader, HEADER_WITHIN)):
                return sign
    return ","


def _workbook(path: Path) -> Iterator[tuple[str, Iterator[Row]]]:
    import openpyxl

    try:
        refuse_doctypes(open_checked(path))
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except ParseError as error:
        raise Refusal(error.reason) from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Refusal("The file is no Excel workbook. Save it as .xlsx or .csv.") from error
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        yield sheet.title, _lines(sheet)


def _lines(sheet: Any) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
        texts = [_text(value) for value in cells]
        if any(texts):
            yield number, texts


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))
