"""Sources as PDF. Needs reportlab, which only this build uses (see samples/README.md)."""

import importlib
import io
from html import escape
from typing import Any

from samples.builder.model import Block, Source, Table

_MARGIN = 62  # points
_FILL = "#1F4E5F"


def build_pdf(source: Source) -> bytes:
    """Raises ModuleNotFoundError where reportlab is not installed."""
    platypus = importlib.import_module("reportlab.platypus")
    out = io.BytesIO()
    document = platypus.SimpleDocTemplate(
        out,
        pagesize=(595.27, 841.89),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN + 10,
        bottomMargin=_MARGIN,
        title=source.title,
        author=source.meta["owner"],
        lang=source.language,
        invariant=1,
    )
    frame = _frame(source)
    document.build(_story(platypus, source), onFirstPage=frame, onLaterPages=frame)
    return out.getvalue()


def _frame(source: Source) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        page = "Seite" if source.language == "de" else "Page"
        canvas.saveState()
        canvas.setFont("Helvetica", 8)
        canvas.drawString(_MARGIN, 800, f"Harrowfen Systems – {source.title}")
        canvas.drawRightString(595 - _MARGIN, 800, source.meta["number"])
        canvas.drawString(_MARGIN, 36, source.meta["classification"])
        canvas.drawRightString(595 - _MARGIN, 36, f"{page} {document.page}")
        canvas.restoreState()

    return draw


def _styles() -> dict[str, Any]:
    make = importlib.import_module("reportlab.lib.styles").ParagraphStyle
    body = make("body", fontName="Helvetica", fontSize=10, leading=13, spaceAfter=6)
    bold = "Helvetica-Bold"
    return {
        "body": body,
        "title": make("title", body, fontName=bold, fontSize=21, leading=26, spaceAfter=10),
        "h1": make(
            "h1", body, fontName=bold, fontSize=15, leading=19, spaceBefore=10, keepWithNext=1
        ),
        "h2": make(
            "h2", body, fontName=bold, fontSize=12, leading=15, spaceBefore=6, keepWithNext=1
        ),
        "item": make("item", body, leftIndent=16, bulletIndent=4, spaceAfter=3),
        "code": make("code", body, fontName="Courier", fontSize=8.5, leading=11),
        "cell": make("cell", body, fontSize=8.8, leading=11, spaceAfter=0),
        "head": make("head", body, fontName=bold, fontSize=8.8, leading=11, textColor="#FFFFFF"),
    }


def _story(platypus: Any, source: Source) -> list[Any]:
    styles = _styles()
    story = [platypus.Paragraph(escape(source.title), styles["title"])]
    for label, value in source.control_rows():
        story.append(platypus.Paragraph(f"<b>{escape(label)}:</b> {escape(value)}", styles["cell"]))
    story.append(platypus.Spacer(1, 12))
    for block in source.blocks:
        story.extend(_flowables(platypus, styles, block))
    return story


def _flowables(platypus: Any, styles: dict[str, Any], block: Block) -> list[Any]:
    text = escape(block.text.replace("`", ""), quote=False)
    match block.kind:
        case "heading":
            return [platypus.Paragraph(text, styles["h1" if block.level == 1 else "h2"])]
        case "bullet":
            return [platypus.Paragraph(text, styles["item"], bulletText="•")]
        case "number":
            return [platypus.Paragraph(text, styles["item"], bulletText=f"{block.number}.")]
        case "table":
            return [_table(platypus, styles, block.table), platypus.Spacer(1, 10)]
        case "code":
            return [platypus.Preformatted(block.text, styles["code"])]
        case "page_break":
            return [platypus.PageBreak()]
        case _:
            return [platypus.Paragraph(text, styles["body"])]


def _table(platypus: Any, styles: dict[str, Any], table: Table) -> Any:
    grid: list[list[Any]] = [[""] * len(row) for row in table.rows]
    commands: list[tuple[Any, ...]] = [
        ("GRID", (0, 0), (-1, -1), 0.5, "#888888"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), _FILL),
    ]
    for index in range(len(table.rows)):
        for column, cell in table.anchors(index):
            style = styles["head" if index == 0 else "cell"]
            grid[index][column] = platypus.Paragraph(escape(cell.text, quote=False), style)
            last = (column + cell.columns - 1, index + cell.rows - 1)
            if last != (column, index):
                commands.append(("SPAN", (column, index), last))
    widths = _widths(table)
    return platypus.Table(grid, colWidths=widths, repeatRows=1, style=commands, hAlign="LEFT")


def _widths(table: Table) -> list[float]:
    """Share the page by the longest text of each column; no column is narrower than its words."""
    measure = importlib.import_module("reportlab.pdfbase.pdfmetrics").stringWidth
    least, wish = [], []
    for column in range(len(table.rows[0])):
        texts = [row[column].text for row in table.rows if row[column].columns == 1]
        words = " ".join(texts).split()
        least.append(max(measure(word, "Helvetica-Bold", 8.8) for word in words) + 14)
        wish.append(max(min(len(text), 60) for text in texts))
    spare = 595 - 2 * _MARGIN - sum(least)
    return [width + spare * weight / sum(wish) for width, weight in zip(least, wish, strict=True)]
