"""The answer book as an Excel workbook: each cell a text, no formula, no link that leaves it."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from rfp_manager.book.contents import Book, Entry
from rfp_manager.book.packing import Package
from rfp_manager.book.spreadsheet import MAIN, frame, solid, thin
from rfp_manager.exporting.cell_text import escape_format, split
from rfp_manager.importing.types import column_letters

SHEETS = dict.fromkeys(("Answer book", "Answers", "References"), "visible")
# Numbers of the formats in _STYLES.
PLAIN, TITLE, LABEL, HEADER, SECTION, LINK = range(6)
_WRAPPED = (PLAIN, LABEL, HEADER, SECTION, LINK)
_HIGHEST = 409  # points; the format's limit
_FRONT_WIDTHS = (28, 90)
_ANSWER_WIDTHS = (10, 46, 16, 70, 36, 18, 26, 34)
_REFERENCE_WIDTHS = (8, 40, 26, 40, 90)
_ANSWERS = ("No.", "Question", "Choice", "Answer", "Comment", "Outcome", "State", "Sources")
_REFERENCES = ("No.", "Document", "Version", "Place", "Quote")


def write(book: Book, path: Path) -> None:
    sections: list[tuple[str, int]] = []  # with the row of each, which the first sheet links to
    with Package(path) as package:
        for name, xml in frame(SHEETS, _STYLES).items():
            package.add(name, [xml])
        package.add("xl/worksheets/sheet2.xml", _answers(book, sections))
        package.add("xl/worksheets/sheet3.xml", _references(book))
        package.add("xl/worksheets/sheet1.xml", _front(book, sections))


class _Rows:
    """Rows one below the other; a text that no cell can hold goes on in the next row. `widths` of
    the columns, in characters."""

    def __init__(self, widths: Sequence[int]) -> None:
        self.widths = widths
        self.count = 0

    def put(self, texts: Sequence[str], styles: Sequence[int]) -> str:
        pieces = [split(text) for text in texts]
        lines = []
        for place in range(max(map(len, pieces))):
            row = [several[place] if place < len(several) else "" for several in pieces]
            if place:
                row[0] = f"{texts[0]} (continued)"
            lines.append(self._row(row, styles))
        return "".join(lines)

    def _row(self, texts: Sequence[str], styles: Sequence[int]) -> str:
        self.count += 1
        cells = "".join(
            _cell(f"{column_letters(n)}{self.count}", text, style)
            for n, (text, style) in enumerate(zip(texts, styles, strict=True), 1)
        )
        high = self._height(texts, styles)
        return f'<row r="{self.count}" ht="{high}" customHeight="1">{cells}</row>'

    def _height(self, texts: Sequence[str], styles: Sequence[int]) -> float:
        """In points: not every program fits the rows to their texts when it opens a file."""
        if styles[0] == TITLE:
            return 28
        wrapped = zip(texts, styles, self.widths, strict=True)
        lines = max(_lines(text, width) for text, style, width in wrapped if style in _WRAPPED)
        return min(6 + 13 * lines, _HIGHEST)


def _lines(text: str, width: int) -> int:
    return sum(1 + int(_length(line) * 1.1) // width for line in text.split("\n"))


def _length(line: str) -> int:
    """In letters; those of East Asia are twice as wide."""
    wide = () if line.isascii() else [c for c in line if unicodedata.east_asian_width(c) in "WF"]
    return len(line) + len(wide)


def _cell(ref: str, text: str, style: int) -> str:
    if not text:
        return f'<c r="{ref}" s="{style}"/>'
    body = escape(escape_format(text))
    return f'<c r="{ref}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{body}</t></is></c>'


def _front(book: Book, sections: list[tuple[str, int]]) -> Iterator[str]:
    rows, links = _Rows(_FRONT_WIDTHS), []
    yield _opened(_FRONT_WIDTHS)
    yield rows.put([book.title, ""], [TITLE, TITLE])
    yield rows.put(["Answer book", ""], [LABEL, LABEL])
    for fact in book.facts:
        yield rows.put(fact, [LABEL, PLAIN])
    yield rows.put(["Contents", ""], [HEADER, HEADER])
    for title, row in sections:
        yield rows.put(["", title], [LABEL, LINK])
        links.append((rows.count, f"Answers!B{row}", title))
    if book.references:
        yield rows.put(["", "References"], [LABEL, LINK])
        links.append((rows.count, "References!A1", "References"))
    yield "</sheetData>" + _links(links) + "</worksheet>"


def _links(links: list[tuple[int, str, str]]) -> str:
    if not links:
        return ""
    told = "".join(
        f'<hyperlink ref="B{row}" location={quoteattr(at)} display={quoteattr(title[:200])}/>'
        for row, at, title in links
    )
    return f"<hyperlinks>{told}</hyperlinks>"


def _answers(book: Book, sections: list[tuple[str, int]]) -> Iterator[str]:
    rows = _Rows(_ANSWER_WIDTHS)
    yield _opened(_ANSWER_WIDTHS, header=True)
    yield rows.put(_ANSWERS, [HEADER] * len(_ANSWERS))
    for part in book.parts:
        sections.append((part.title, rows.count + 1))
        yield rows.put(["", part.title, *[""] * 6], [SECTION] * 8)
        for entry in part.entries:
            yield rows.put(_answer(entry), [PLAIN] * 8)
    yield _CLOSED


def _answer(entry: Entry) -> list[str]:
    outcome = "\n".join((entry.outcome, *entry.remarks))
    sources = "\n".join(reference.short for reference in entry.references)
    return [
        entry.number, entry.question, entry.choice, entry.text, entry.comment, outcome,
        entry.state, sources,
    ]  # fmt: skip


def _references(book: Book) -> Iterator[str]:
    rows = _Rows(_REFERENCE_WIDTHS)
    yield _opened(_REFERENCE_WIDTHS, header=True)
    yield rows.put(_REFERENCES, [HEADER] * 5)
    for one in book.references:
        yield rows.put(
            [f"[{one.number}]", one.document, one.version, one.place, one.quote], [PLAIN] * 5
        )
    yield _CLOSED


# -- the frame -----------------------------------------------------------------------------
def _opened(widths: Iterable[int], *, header: bool = False) -> str:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(widths, 1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
        f'<sheetView showGridLines="0" workbookViewId="0">{pane if header else ""}</sheetView>'
        f'</sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


_CLOSED = (
    '</sheetData><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
)


def _format(font: int, fill: int = 0, border: int = 0, *, wrap: int = 1) -> str:
    # quotePrefix: what begins with "=" stays a text even when somebody edits it.
    return (
        f'<xf numFmtId="49" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0" '
        'quotePrefix="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
        f'<alignment vertical="top" wrapText="{wrap}"/></xf>'
    )


_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="4">'
    '<font><sz val="10"/><name val="Arial"/></font>'
    '<font><b/><sz val="18"/><name val="Arial"/></font>'
    '<font><b/><sz val="10"/><name val="Arial"/></font>'
    '<font><u/><sz val="10"/><color rgb="FF0B5CAD"/><name val="Arial"/></font></fonts>'
    '<fills count="4"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    f"{solid('FFE8EDF3')}{solid('FFF4F6F9')}</fills>"
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    f"<border>{thin('FFD0D7DE')}<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="6">{_format(0, 0, 1)}{_format(1, wrap=0)}{_format(2)}{_format(2, 2, 1)}'
    f"{_format(2, 3, 1)}{_format(3)}</cellXfs>"
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
