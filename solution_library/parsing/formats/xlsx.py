"""Excel workbooks straight from their XML: a heading for each sheet, and its tables below it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solution_library.parsing import zip_checks
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.office_xml import (
    Relation,
    attribute,
    elements,
    is_true,
    main_part,
    relations,
    root_of,
    stated_title,
)
from solution_library.parsing.pptx_text import lines_of
from solution_library.parsing.readable import Readable
from solution_library.parsing.sheet_tables import Area, Sheet, sheet_blocks
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument
from solution_library.parsing.xlsx_sheet import (
    WHOLE_SHEET,
    Book,
    area_of,
    read_sheet,
    rich_text,
    tidy,
)
from solution_library.parsing.xlsx_styles import Styles, read_styles

if TYPE_CHECKING:
    from zipfile import ZipFile

    from lxml.etree import _Element

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_SHEETS = 1_000


def parse(path: Readable, filename: str) -> ParsedDocument:
    with zip_checks.open_checked(path) as archive:
        zip_checks.refuse_doctypes(archive)
        main = main_part(archive, "xl/workbook.xml")
        root = root_of(archive, main)
        if root is None:
            raise ParseRefused("The workbook is damaged: the list of its sheets is missing.")
        known = relations(archive, main)
        book = _book(archive, root, known)
        blocks: list[Block] = []
        for part in _sheets(root, known):
            blocks += sheet_blocks(_read(archive, part, book))
        stated = stated_title(archive)
    return ParsedDocument(
        # Not the first sheet's name: "Sheet1" says nothing.
        title=title_of([], filename, stated=stated),
        media_type=MEDIA_TYPE,
        blocks=blocks,
        warnings=_warnings(book),
    )


def _warnings(book: Book) -> list[str]:
    count = book.formulas_without_value
    if not count:
        return []
    formulas = "1 formula has" if count == 1 else f"{count:,} formulas have"
    return [
        f"{formulas} no stored value and could not be shown. Open the file in your spreadsheet "
        "program, save it and upload that copy."
    ]


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    member: str
    is_hidden: bool


def _sheets(root: "_Element", known: dict[str, Relation]) -> Iterator[_Part]:
    sheets = list(root.iterfind("{*}sheets/{*}sheet"))
    if len(sheets) > _MOST_SHEETS:
        raise ParseRefused(
            f"The workbook has {len(sheets):,} sheets; at most {_MOST_SHEETS:,} are read."
        )
    for sheet in sheets:
        relation = known.get(attribute(sheet, "id") or "")
        if relation is None or relation.kind != "worksheet":
            continue  # sheets of charts and dialogs hold no cells
        name = squeeze(clean(attribute(sheet, "name") or "")) or "Sheet"
        is_hidden = (attribute(sheet, "state") or "visible") != "visible"
        yield _Part(name, relation.target, is_hidden)


def _book(archive: "ZipFile", root: "_Element", known: dict[str, Relation]) -> Book:
    targets = {relation.kind: relation.target for relation in known.values()}
    dates = root.find("{*}workbookPr")
    return Book(
        strings=_strings(archive, targets.get("sharedStrings", "")),
        styles=_styles(archive, targets),
        since_1904=is_true(attribute(dates, "date1904")),
    )


def _styles(archive: "ZipFile", targets: dict[str, str]) -> Styles:
    theme = root_of(archive, targets["theme"]) if "theme" in targets else None
    root = root_of(archive, targets["styles"]) if "styles" in targets else None
    return read_styles(root, theme)


def _strings(archive: "ZipFile", member: str) -> list[str]:
    if member not in archive.NameToInfo:
        return []
    content = zip_checks.read_part(archive, member)
    return [tidy(rich_text(element)) for element in elements(content, member, "si")]


def _read(archive: "ZipFile", part: _Part, book: Book) -> Sheet:
    sheet = Sheet(part.name, part.is_hidden)
    try:
        content = zip_checks.read_part(archive, part.member)
    except KeyError as error:
        raise ParseRefused(
            f"The workbook is damaged: its sheet “{part.name}” is missing."
        ) from error
    known = relations(archive, part.member)
    read_sheet(content, part.member, sheet, book, _tables(archive, known))
    for relation in known.values():
        if relation.kind == "comments":
            sheet.remarks += _notes(archive, relation.target)
        elif relation.kind == "drawing":
            sheet.remarks += _text_boxes(archive, relation.target)
    return sheet


def _tables(archive: "ZipFile", known: dict[str, Relation]) -> list[Area]:
    """Areas whose table style colours the cells."""
    areas = []
    for relation in known.values():
        if relation.kind == "table" and (root := _optional(archive, relation.target)) is not None:
            areas.append(area_of(attribute(root, "ref") or "") or WHOLE_SHEET)
    return areas


def _notes(archive: "ZipFile", member: str) -> Iterator[str]:
    root = _optional(archive, member)
    for note in root.iterfind("{*}commentList/{*}comment") if root is not None else ():
        body = note.find("{*}text")
        text = tidy(rich_text(body)) if body is not None else ""
        if text:
            yield f"Note on {attribute(note, 'ref')}: {text}"


def _text_boxes(archive: "ZipFile", member: str) -> Iterator[str]:
    root = _optional(archive, member)
    for body in root.iterfind(".//{*}sp/{*}txBody") if root is not None else ():
        yield from (line.text for line in lines_of(body) if line.text)


def _optional(archive: "ZipFile", member: str) -> "_Element | None":
    try:
        return root_of(archive, member)
    except ParseRefused:  # the cells matter more than what lies over them
        return None
