"""Sources as Word documents: heading styles, lists, merged tables, header and footer."""

import datetime as dt
import io

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

from samples.builder.model import Block, Source, Table
from samples.builder.zips import repack

_HEADER_FILL, _BANNER_FILL = "1F4E5F", "DCE9EC"


def build_docx(source: Source) -> bytes:
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(10.5)
    _properties(document, source)
    _page_frame(document, source)
    document.add_heading(source.title, level=0)
    _control_table(document, source)
    for block in source.blocks:
        _add_block(document, block)
    out = io.BytesIO()
    document.save(out)
    return repack(out.getvalue(), f"{source.effective.isoformat()}T09:00:00Z")


def _properties(document: Document, source: Source) -> None:
    properties = document.core_properties
    properties.title = source.title
    properties.author = source.meta["owner"]
    properties.comments = ""
    properties.last_modified_by = "Harrowfen Systems"
    stamp = dt.datetime.combine(source.effective, dt.time(9))
    properties.created = properties.modified = stamp


def _page_frame(document: Document, source: Source) -> None:
    section = document.sections[0]
    number, version = source.meta["number"], source.meta["version"]
    section.header.paragraphs[0].text = f"Harrowfen Systems\t\t{number}, version {version}"
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(f"{source.meta['classification']} – page ")
    _add_field(footer, "PAGE")


def _add_field(paragraph: Paragraph, code: str) -> None:
    for kind in ("begin", "", "end"):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = code
        run._r.append(mark)


def _control_table(document: Document, source: Source) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for label, value in source.control_rows():
        cells = table.add_row().cells
        cells[0].paragraphs[0].add_run(label).bold = True
        cells[1].text = value
    document.add_paragraph()


def _add_block(document: Document, block: Block) -> None:
    text = block.text.replace("`", "")
    match block.kind:
        case "heading":
            document.add_heading(text, level=block.level)
        case "bullet":
            document.add_paragraph(text, style="List Bullet")
        case "number":
            document.add_paragraph(text, style="List Number")
        case "table":
            _add_table(document, block.table)
        case "page_break":
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        case _:
            document.add_paragraph(text)


def _add_table(document: Document, table: Table) -> None:
    width = len(table.rows[0])
    word = document.add_table(rows=len(table.rows), cols=width)
    word.style = "Table Grid"
    for index in range(len(table.rows)):
        _fill_row(word, table, index)
    _repeat_on_each_page(word.rows[0])
    document.add_paragraph()


def _fill_row(word: WordTable, table: Table, index: int) -> None:
    for column, cell in table.anchors(index):
        target = word.cell(index, column)
        if cell.columns > 1 or cell.rows > 1:
            target = target.merge(word.cell(index + cell.rows - 1, column + cell.columns - 1))
        run = target.paragraphs[0].add_run(cell.text)
        run.font.size = Pt(9.5)
        if index == 0:
            run.bold = True
            _shade(target, _HEADER_FILL)
            run.font.color.rgb = RGBColor(255, 255, 255)
        elif cell.columns > 1:
            run.italic = True
            _shade(target, _BANNER_FILL)


def _shade(cell: _Cell, fill: str) -> None:
    mark = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        mark.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(mark)


def _repeat_on_each_page(row: _Row) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    properties.append(OxmlElement("w:tblHeader"))
