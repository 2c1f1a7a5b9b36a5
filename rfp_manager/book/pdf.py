"""The answer book as a PDF: searchable text, a table of contents, no link that leaves it."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rfp_manager.book.contents import Book, Entry, Reference
from rfp_manager.book.pdf_file import PdfFile, array, text_string
from rfp_manager.book.pdf_pages import (
    BLUE,
    GREY,
    HEIGHT,
    RED,
    WIDTH,
    Line,
    Placed,
    Style,
    box,
    drawn,
    lines_of,
    paged,
)
from rfp_manager.exporting.pdf.embedding import FontNumbers
from rfp_manager.exporting.pdf.fonts import FontSet
from rfp_manager.exporting.pdf.increment import dictionary, reference
from rfp_manager.exporting.pdf.more_fonts import fonts_for

TITLE = Style(24, bold=True, before=90)
SUBTITLE = Style(14, GREY, before=6)
FACT = Style(10, before=4)
CONTENTS_TITLE = Style(13, bold=True, before=34, keep=40)
CONTENTS = Style(10, BLUE, before=3)
SECTION = Style(15, bold=True, before=24, keep=70)
QUESTION = Style(10, bold=True, before=14, keep=36)
CHOICE = Style(10, "0.04 0.24 0.47", bold=True, indent=18, before=3)
ANSWER = Style(9.5, indent=18, before=3)
STATE = Style(8, GREY, indent=18, before=3)
REMARK = Style(8, RED, indent=18)
SOURCE = Style(8, BLUE, indent=18)
CITED = Style(9, bold=True, before=10, keep=24)
QUOTE = Style(9, GREY, indent=18, before=2)


def write(book: Book, path: Path) -> None:
    texts = list(book.texts())
    fonts = FontSet([base64.b64decode(data) for data in fonts_for(texts)])
    with path.open("wb") as out:
        _Writer(book, fonts, PdfFile(out)).write()
    if fonts.missing:
        book.report.notes.append(
            f"{len(fonts.missing)} kinds of characters could not be drawn, because no installed "
            "font has them; install one (Debian: apt-get install fonts-droid-fallback) and export "
            "again."
        )


class _Writer:
    """Page by page; the first ones come last, when the numbers of the others are known."""

    def __init__(self, book: Book, fonts: FontSet, file: PdfFile) -> None:
        self.book, self.fonts, self.file = book, fonts, file
        self.numbers = FontNumbers(fonts, file)
        self.tree = file.reserve()
        self.marks: dict[str, tuple[int, float, int]] = {}  # object, height, page

    def write(self) -> None:
        front = list(paged(self._front()))
        ahead = [self.file.reserve() for _ in front]
        pages = []
        for number, page in enumerate(paged(self._body()), len(front) + 1):
            pages.append(self._page(page, number, self.file.reserve()))
        for number, (page, place) in enumerate(zip(front, ahead, strict=True), 1):
            self._page(self._numbered(page), number, place)
        self._finish(ahead + pages)

    # -- what stands in it -------------------------------------------------------------------
    def _front(self) -> Iterator[Line]:
        yield from self._lines(self.book.title, TITLE)
        yield from self._lines("Answer book", SUBTITLE)
        for place, (label, value) in enumerate(self.book.facts):
            style = FACT if place else replace(FACT, before=30)
            yield from self._lines(f"{label}: {value}", style)
        yield from self._lines("Contents", CONTENTS_TITLE)
        for mark, title in self._sections().items():
            yield from self._lines(title, CONTENTS, link=mark, tail="0")

    def _sections(self) -> dict[str, str]:
        found = {f"s{n:05}": part.title for n, part in enumerate(self.book.parts)}
        return found | ({"references": "References"} if self.book.references else {})

    def _body(self) -> Iterator[Line]:
        for number, part in enumerate(self.book.parts):
            yield from self._lines(part.title, SECTION, mark=f"s{number:05}")
            for entry in part.entries:
                yield from self._entry(entry)
        if self.book.references:
            yield from self._lines("References", SECTION, mark="references")
        for one in self.book.references:
            yield from self._reference(one)

    def _entry(self, entry: Entry) -> Iterator[Line]:
        yield from self._lines(f"{entry.number}  {entry.question}", QUESTION)
        if entry.choice:
            yield from self._lines(entry.choice, CHOICE)
        if entry.text:
            yield from self._lines(entry.text, ANSWER)
        if entry.comment:
            yield from self._lines(f"Comment: {entry.comment}", ANSWER)
        yield from self._lines(f"{entry.outcome}. {entry.state}.", STATE)
        for remark in entry.remarks:
            yield from self._lines(remark, REMARK)
        for one in entry.references:
            yield from self._lines(one.short, SOURCE, link=f"p{one.number:07}")

    def _reference(self, one: Reference) -> Iterator[Line]:
        told = ", ".join(part for part in (one.document, one.version, one.place) if part)
        yield from self._lines(f"[{one.number}] {told}", CITED, mark=f"p{one.number:07}")
        yield from self._lines(f"“{one.quote}”", QUOTE)

    def _lines(
        self, text: str, style: Style, *, mark: str = "", link: str = "", tail: str = ""
    ) -> Iterator[Line]:
        return lines_of(text, style, self.fonts, mark=mark, link=link, tail=tail)

    def _numbered(self, page: list[Placed]) -> list[Placed]:
        """With the numbers of the pages in the list of contents."""
        return [
            replace(p, line=replace(p.line, tail=str(self.marks[p.line.link][2])))
            if p.line.tail
            else p
            for p in page
        ]

    # -- objects -------------------------------------------------------------------------------
    def _page(self, page: list[Placed], number: int, place: int) -> int:
        content = drawn(page, number, self.book.title[:80], self.fonts)
        entries = {
            "Type": "/Page", "Parent": reference(self.tree),
            "MediaBox": f"[0 0 {WIDTH:.0f} {HEIGHT:.0f}]", "Resources": self.numbers.resources,
            "Contents": reference(self.file.add_stream(content, {})),
        }  # fmt: skip
        links = [self._link(placed) for placed in page if placed.line.link]
        if links:
            entries["Annots"] = array([reference(link) for link in links])
        for placed in page:
            if placed.line.mark:
                self.marks[placed.line.mark] = (place, placed.top, number)
        return self.file.add(dictionary(entries), place)

    def _link(self, placed: Placed) -> int:
        told = {
            "Type": "/Annot", "Subtype": "/Link", "Rect": box(placed), "Border": "[0 0 0]",
            "Dest": f"({placed.line.link})", "F": "4",
        }  # fmt: skip
        return self.file.add(dictionary(told))

    def _finish(self, pages: list[int]) -> None:
        file = self.file
        kids = array([reference(page) for page in pages])
        file.add(dictionary({"Type": "/Pages", "Kids": kids, "Count": str(len(pages))}), self.tree)
        self.numbers.write()
        root = {
            "Type": "/Catalog", "Pages": reference(self.tree), "Names": self._destinations(),
            "Outlines": reference(self._outline()), "PageMode": "/UseOutlines",
            "ViewerPreferences": "<< /DisplayDocTitle true >>",
        }  # fmt: skip
        info = {
            "Title": text_string(self.book.title), "Producer": text_string("Spelunker"),
            "CreationDate": f"(D:{self.book.made_at:%Y%m%d%H%M%S}Z)",
        }  # fmt: skip
        file.finish(file.add(dictionary(root)), file.add(dictionary(info)))

    def _destinations(self) -> str:
        """Where each mark stands, by name as the format wants it."""
        told = [
            f"({mark}) [{reference(page)} /XYZ 0 {top + 6:.0f} null]"
            for mark, (page, top, _) in sorted(self.marks.items())
        ]
        leaf = self.file.add(dictionary({"Names": array(told)}))
        return f"<< /Dests {reference(leaf)} >>"

    def _outline(self) -> int:
        top = self.file.reserve()
        sections = self._sections()
        numbers = [self.file.reserve() for _ in sections]
        for place, (mark, title) in enumerate(sections.items()):
            told = {
                "Title": text_string(title), "Parent": reference(top), "Dest": f"({mark})"
            }  # fmt: skip
            if place:
                told["Prev"] = reference(numbers[place - 1])
            if place + 1 < len(numbers):
                told["Next"] = reference(numbers[place + 1])
            self.file.add(dictionary(told), numbers[place])
        ends = {"First": reference(numbers[0]), "Last": reference(numbers[-1])} if numbers else {}
        count = {"Count": str(len(numbers))} if numbers else {}
        return self.file.add(dictionary({"Type": "/Outlines", **ends, **count}), top)
