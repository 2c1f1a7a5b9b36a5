"""Writes an expert's sheet as an Excel workbook: every cell a text, never a formula. All but the
columns to write in are locked, without a password."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from rfp_manager.book.packing import Package
from rfp_manager.book.spreadsheet import MAIN, frame, solid, thin
from rfp_manager.exporting.cell_text import MAX_UNITS, escape_format, units, visible
from rfp_manager.exporting.types import UntouchedReport
from rfp_manager.importing.types import Place, column_letters
from rfp_manager.packets.columns import COLUMNS, WRITTEN, Column

CUT = " […] The whole text stands in Spelunker."
SHEETS = {"Questions": "visible", "How to": "visible", "Choices": "hidden"}
# Numbers of the formats in _STYLES.
LOCKED, HEADER, FREE, TITLE = range(4)
_WIDTHS = {
    Column.NUMBER: 9, Column.SECTION: 18, Column.QUESTION: 48, Column.NOTE: 22,
    Column.DRAFT_CHOICE: 14, Column.DRAFT: 56, Column.EVIDENCE: 50, Column.RIGHT: 11,
    Column.CHOICE: 16, Column.ANSWER: 56, Column.DECLINED: 24, Column.KEY: 12,
}  # fmt: skip


@dataclass(frozen=True)
class SheetRow:
    """A question as the sheet shows it; `choices` are what its drop-down offers."""

    texts: Mapping[Column, str]
    choices: tuple[str, ...] = ()


def fitting(text: str) -> str:
    """`text` as a cell can hold it: what is too long ends in a sentence that says so."""
    plain = visible(text, Place("", 0, 0), UntouchedReport("xlsx"))
    # A character counts as two at most; counting them all is slow.
    if len(plain) * 2 <= MAX_UNITS or units(plain) <= MAX_UNITS:
        return plain
    room = (MAX_UNITS - units(CUT)) * 2
    return plain.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT


def write(path: Path, rows: Sequence[SheetRow], guide: Iterable[str]) -> None:
    """A workbook at `path`. `guide`: the paragraphs of its second sheet."""
    lists = {choices: n for n, choices in enumerate(_distinct(rows), 1)}
    with Package(path) as package:
        for name, xml in _frame(len(rows)).items():
            package.add(name, [xml])
        package.add("xl/worksheets/sheet1.xml", _questions(rows, lists))
        package.add("xl/worksheets/sheet2.xml", _guide(guide))
        package.add("xl/worksheets/sheet3.xml", _choices(list(lists)))


def _distinct(rows: Sequence[SheetRow]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(row.choices for row in rows if row.choices))


def _questions(rows: Sequence[SheetRow], lists: Mapping[tuple[str, ...], int]) -> Iterator[str]:
    last = f"{column_letters(len(COLUMNS))}{len(rows) + 1}"
    yield _opened([_WIDTHS[column] for column in COLUMNS], frozen=True, hidden=len(COLUMNS))
    yield _row(1, list(COLUMNS), [HEADER] * len(COLUMNS))
    styles = [FREE if column in WRITTEN else LOCKED for column in COLUMNS]
    for number, row in enumerate(rows, 2):
        yield _row(number, [row.texts.get(column, "") for column in COLUMNS], styles)
    yield "</sheetData>"
    # "0" leaves a thing allowed: sorting, filtering and wider columns take nothing away.
    yield (
        '<sheetProtection sheet="1" formatCells="0" formatColumns="0" formatRows="0" sort="0" '
        f'autoFilter="0"/><autoFilter ref="A1:{last}"/>'
    )
    yield _validations(rows, lists)
    yield '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'


def _validations(rows: Sequence[SheetRow], lists: Mapping[tuple[str, ...], int]) -> str:
    """Drop-downs from the sheet of choices: a list within the rule may hold no comma, and 255
    characters at most."""
    found: dict[tuple[str, ...], list[str]] = {}
    letters = column_letters(COLUMNS.index(Column.CHOICE) + 1)
    for number, row in enumerate(rows, 2):
        if row.choices:
            found.setdefault(row.choices, []).append(f"{letters}{number}")
    told = [_validation(cells, lists[choices], len(choices)) for choices, cells in found.items()]
    if rows:
        ticks = column_letters(COLUMNS.index(Column.RIGHT) + 1)
        cells = f"{ticks}2:{ticks}{len(rows) + 1}"
        told.append(
            f'<dataValidation type="list" allowBlank="1" sqref="{cells}"><formula1>"x"</formula1>'
            "</dataValidation>"
        )
    return f'<dataValidations count="{len(told)}">{"".join(told)}</dataValidations>' if told else ""


def _validation(cells: Sequence[str], number: int, size: int) -> str:
    column = column_letters(number)
    return (
        '<dataValidation type="list" allowBlank="1" showErrorMessage="1" errorTitle="Choice" '
        'error="The questionnaire does not offer this. Choose from the list." '
        f'sqref="{" ".join(cells)}">'
        f"<formula1>Choices!${column}$1:${column}${size}</formula1></dataValidation>"
    )


def _guide(paragraphs: Iterable[str]) -> Iterator[str]:
    yield _opened([100])
    for number, text in enumerate(paragraphs, 1):
        yield _row(number, [text], [TITLE if number == 1 else LOCKED])
    yield "</sheetData></worksheet>"


def _choices(lists: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield _opened([24] * max(len(lists), 1))
    for number in range(max(map(len, lists), default=0)):
        texts = [choices[number] if number < len(choices) else "" for choices in lists]
        yield _row(number + 1, texts, [LOCKED] * len(texts))
    yield "</sheetData></worksheet>"


def _opened(widths: Sequence[int], *, frozen: bool = False, hidden: int = 0) -> str:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1" hidden="{int(n == hidden)}"/>'
        for n, width in enumerate(widths, 1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
        f'<sheetView workbookViewId="0">{pane if frozen else ""}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


def _row(number: int, texts: Sequence[str], styles: Sequence[int]) -> str:
    cells = "".join(
        _cell(f"{column_letters(n)}{number}", text, style)
        for n, (text, style) in enumerate(zip(texts, styles, strict=True), 1)
    )
    return f'<row r="{number}">{cells}</row>'


def _cell(ref: str, text: str, style: int) -> str:
    if not text:
        return f'<c r="{ref}" s="{style}"/>'
    body = escape(escape_format(fitting(text)))
    return f'<c r="{ref}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{body}</t></is></c>'


def _frame(rows: int) -> dict[str, str]:
    area = f"Questions!$A$1:${column_letters(len(COLUMNS))}${rows + 1}"
    names = (
        '<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'
        f"{area}</definedName></definedNames>"
    )
    return frame(SHEETS, _STYLES, names=names)


def _format(font: int, fill: int, border: int, *, free: bool = False) -> str:
    # quotePrefix: what begins with "=" stays a text even when somebody edits it. Format 49 makes
    # a text of what is typed into a cell that is free.
    return (
        f'<xf numFmtId="49" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0" '
        f'quotePrefix="{int(not free)}" applyNumberFormat="1" applyFont="1" applyFill="1" '
        'applyBorder="1" applyAlignment="1" applyProtection="1">'
        f'<alignment vertical="top" wrapText="1"/><protection locked="{0 if free else 1}"/></xf>'
    )


_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="3">'
    '<font><sz val="10"/><name val="Arial"/></font>'
    '<font><b/><sz val="10"/><name val="Arial"/></font>'
    '<font><b/><sz val="16"/><name val="Arial"/></font></fonts>'
    '<fills count="5"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    f"{solid('FFE3E9F0')}{solid('FFF6F7F9')}{solid('FFFFFBE6')}</fills>"
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    f"<border>{thin('FFC5CDD6')}<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="4">{_format(0, 3, 1)}{_format(1, 2, 1)}{_format(0, 4, 1, free=True)}'
    f"{_format(2, 0, 0)}</cellXfs>"
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
