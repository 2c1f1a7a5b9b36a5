"""The answer book as a Word document, written paragraph by paragraph."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from rfp_manager.book.contents import Book, Entry, Part, Reference
from rfp_manager.book.directions import is_leftwards
from rfp_manager.book.document_styles import FOOTER, STYLES, TYPES, W
from rfp_manager.book.packing import Package, content_types, relationships

_PAGE = (
    '<w:sectPr><w:footerReference w:type="default" r:id="r2"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" '
    'w:footer="567" w:gutter="0"/></w:sectPr>'
)


def write(book: Book, path: Path) -> None:
    write_document(path, _body(book))


def write_document(path: Path, body: Iterable[str]) -> None:
    """A document of these paragraphs."""
    opened = f'<w:document xmlns:w="{W}" xmlns:r="{TYPES}"><w:body>'
    with Package(path) as package:
        for name, xml in _frame().items():
            package.add(name, [xml])
        package.add("word/document.xml", _wrapped(opened, body))


def _wrapped(opened: str, body: Iterable[str]) -> Iterator[str]:
    yield opened
    yield from body
    yield f"{_PAGE}</w:body></w:document>"


def _frame() -> dict[str, str]:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    parts = {
        "word/document.xml": f"{kind}.document.main+xml", "word/styles.xml": f"{kind}.styles+xml",
        "word/footer1.xml": f"{kind}.footer+xml",
    }  # fmt: skip
    return {
        "[Content_Types].xml": content_types(parts),
        "_rels/.rels": relationships({"word/document.xml": "officeDocument"}),
        "word/_rels/document.xml.rels": relationships(
            {"styles.xml": "styles", "footer1.xml": "footer"}
        ),
        "word/styles.xml": STYLES,
        "word/footer1.xml": FOOTER,
    }


# -- paragraphs ----------------------------------------------------------------------------
def paragraphs(text: str, style: str = "", *, mark: str = "", link: str = "") -> Iterator[str]:
    """A paragraph for each line. `mark`: the name of a place that `link` may lead to."""
    for number, line in enumerate(text.split("\n")):
        yield _paragraph(line, style, mark="" if number else mark, link=link)


def _paragraph(line: str, style: str, *, mark: str, link: str) -> str:
    leftwards = is_leftwards(line)
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += "<w:bidi/>" if leftwards else ""
    run = _run(line, "<w:rtl/>" if leftwards else "")
    if link:
        run = f'<w:hyperlink w:anchor="{link}" w:history="1">{run}</w:hyperlink>'
    if mark:
        number = _number_of(mark)
        run = (
            f'<w:bookmarkStart w:id="{number}" w:name="{mark}"/>{run}'
            f'<w:bookmarkEnd w:id="{number}"/>'
        )
    return f"<w:p><w:pPr>{properties}</w:pPr>{run}</w:p>"


def _number_of(mark: str) -> int:
    """Bookmarks need numbers; the names of ours end with one."""
    kind, _, number = mark.partition("_")
    return int(number) * 2 + (kind == "passage")


def _run(line: str, properties: str = "") -> str:
    if not line:
        return ""
    texts = (f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in line.split("\t"))
    told = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f"<w:r>{told}{'<w:tab/>'.join(texts)}</w:r>"


# -- the book ------------------------------------------------------------------------------
def _body(book: Book) -> Iterator[str]:
    yield from paragraphs(book.title, "Title")
    yield from paragraphs("Answer book", "Subtitle")
    for label, value in book.facts:
        yield from paragraphs(f"{label}:\t{value}", "Fact")
    yield from _contents(book)
    for number, part in enumerate(book.parts):
        yield from _part(part, number)
    if book.references:
        yield from paragraphs("References", "Heading1", mark=f"section_{len(book.parts)}")
    for reference in book.references:
        yield from _reference(reference)


def _contents(book: Book) -> Iterator[str]:
    """Links; a field that asks to be updated would hold a reader up."""
    titles = [part.title for part in book.parts] + (["References"] if book.references else [])
    yield from paragraphs("Contents", "ContentsTitle")
    for number, title in enumerate(titles):
        yield from paragraphs(title, "Contents", link=f"section_{number}")


def _part(part: Part, number: int) -> Iterator[str]:
    yield from paragraphs(part.title, "Heading1", mark=f"section_{number}")
    for entry in part.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    first, *more = entry.question.split("\n")
    yield from paragraphs(f"{entry.number}\t{first}", "Heading2")
    for line in more:
        yield from paragraphs(line, "Asked")
    if entry.choice:
        yield from paragraphs(entry.choice, "Choice")
    if entry.text:
        yield from paragraphs(entry.text, "Answer")
    if entry.comment:
        yield from paragraphs(f"Comment: {entry.comment}", "Answer")
    yield from paragraphs(f"{entry.outcome}. {entry.state}.", "State")
    for remark in entry.remarks:
        yield from paragraphs(remark, "Remark")
    for reference in entry.references:
        yield from paragraphs(reference.short, "Source", link=f"passage_{reference.number}")


def _reference(reference: Reference) -> Iterator[str]:
    parts = (reference.document, reference.version, reference.place)
    head = f"[{reference.number}] " + ", ".join(part for part in parts if part)
    yield from paragraphs(head, "Reference", mark=f"passage_{reference.number}")
    yield from paragraphs(f"“{reference.quote}”", "Quote")
