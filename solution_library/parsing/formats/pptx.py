"""PowerPoint presentations straight from their XML: a heading for each slide, what it says in
reading order, and the speaker's notes under a heading of their own."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solution_library.parsing import zip_checks
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.office_charts import chart_blocks, diagram_blocks
from solution_library.parsing.office_xml import (
    Relation,
    attribute,
    is_true,
    main_part,
    relations,
    root_of,
    stated_title,
)
from solution_library.parsing.pptx_shapes import (
    Places,
    Shape,
    placeholder_places,
    shapes_of,
    slide_size,
)
from solution_library.parsing.pptx_text import grid_blocks, lines_of, text_blocks
from solution_library.parsing.readable import Readable
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

if TYPE_CHECKING:
    from zipfile import ZipFile

    from lxml.etree import _Element

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
MAX_SLIDES = 5_000
NOTES = "Speaker notes"
# Placeholders that say the same on every slide.
_REPEATED = frozenset(("dt", "sldNum", "ftr", "hdr"))
_LISTED = 20
# Nothing of the notes is judged by its place.
_ANY_SIZE = (10**12, 10**12)


def parse(path: Readable, filename: str) -> ParsedDocument:
    with zip_checks.open_checked(path) as archive:
        zip_checks.refuse_doctypes(archive)
        main = main_part(archive, "ppt/presentation.xml")
        root = root_of(archive, main)
        if root is None:
            raise ParseRefused("The presentation is damaged: the list of its slides is missing.")
        members = _slides(root, relations(archive, main))
        deck = _Deck(archive, slide_size(root))
        for page, member in enumerate(members, start=1):
            deck.read(page, member)
        stated = stated_title(archive)
    if members and len(deck.damaged) == len(members):
        raise ParseRefused("The presentation is damaged: none of its slides can be read.")
    return ParsedDocument(
        title=stated or deck.first_title or title_of([], filename),
        media_type=MEDIA_TYPE,
        blocks=deck.blocks,
        page_count=len(members),
        warnings=deck.warnings(),
    )


def _slides(presentation: "_Element", known: dict[str, Relation]) -> list[str]:
    """The slides' parts in the order in which they are shown; "" for one that is missing."""
    members = []
    for entry in presentation.iterfind("{*}sldIdLst/{*}sldId"):
        relation = known.get(_relation_id(entry))
        members.append(relation.target if relation is not None else "")
    if len(members) > MAX_SLIDES:
        raise ParseRefused(
            f"The presentation has {len(members):,} slides; at most {MAX_SLIDES:,} are read. "
            "Split it into parts."
        )
    return members


def _relation_id(element: "_Element") -> str:
    """r:id, which has a sister without a namespace that means something else."""
    keys = (str(key) for key in element.attrib)
    return next((str(element.get(key)) for key in keys if key.endswith("}id")), "")


@dataclass
class _Deck:
    archive: "ZipFile"
    size: tuple[int, int]
    blocks: list[Block] = field(default_factory=list)
    first_title: str = ""
    damaged: list[int] = field(default_factory=list)
    _without_text: list[int] = field(default_factory=list)
    _places: dict[str, Places] = field(default_factory=dict)

    def read(self, page: int, member: str) -> None:
        try:
            root = root_of(self.archive, member)
            known = relations(self.archive, member) if root is not None else {}
        except ParseRefused:
            root, known = None, {}
        if root is None:
            self.damaged.append(page)
            return
        hidden = attribute(root, "show") is not None and not is_true(attribute(root, "show"))
        slide = _Slide(self.archive, page, known, hidden)
        slide.read(shapes_of(root, self._layout_places(known), self.size))
        self._take(slide)

    def _take(self, slide: "_Slide") -> None:
        notes = slide.notes()
        if not slide.blocks and not slide.title:
            self._without_text.append(slide.page)
        if not (slide.blocks or slide.title or notes):
            return
        label = f"Slide {slide.page}: {slide.title}" if slide.title else f"Slide {slide.page}"
        self.blocks.append(Block("heading", label, 1, slide.page, slide.is_hidden))
        self.blocks += slide.blocks
        self.blocks += notes
        if not slide.is_hidden:
            self.first_title = self.first_title or slide.title

    def _layout_places(self, known: dict[str, Relation]) -> Places:
        layout = next((r.target for r in known.values() if r.kind == "slideLayout"), "")
        if layout not in self._places:
            self._places[layout] = placeholder_places(*self._layout_and_master(layout))
        return self._places[layout]

    def _layout_and_master(self, layout: str) -> "list[_Element | None]":
        try:
            above = relations(self.archive, layout).values()
            master = next((r.target for r in above if r.kind == "slideMaster"), "")
            return [root_of(self.archive, layout), root_of(self.archive, master)]
        except ParseRefused:  # only places are lost
            return []

    def warnings(self) -> list[str]:
        found = []
        if self.damaged:
            found.append(f"Slides that are damaged and were not read: {_listed(self.damaged)}.")
        if self._without_text:
            found.append(f"Slides without text (pictures or empty): {_listed(self._without_text)}.")
        return found


def _listed(pages: list[int]) -> str:
    more = f" and {len(pages) - _LISTED} more" if len(pages) > _LISTED else ""
    return ", ".join(map(str, pages[:_LISTED])) + more


@dataclass
class _Slide:
    archive: "ZipFile"
    page: int
    known: dict[str, Relation]
    is_hidden: bool
    title: str = ""
    blocks: list[Block] = field(default_factory=list)

    def read(self, shapes: list[Shape]) -> None:
        for shape in shapes:
            if shape.role in _REPEATED:
                continue
            body = shape.element.find("{*}txBody")
            if shape.role == "title" and not self.title and not shape.is_hidden:
                self.title = " ".join(line.text for line in lines_of(body) if line.text)
            elif body is not None:
                hidden, in_list = shape.is_hidden or self.is_hidden, shape.role == "body"
                self.blocks += text_blocks(body, self.page, in_list=in_list, hidden=hidden)
            else:
                self._graphic(shape.element, shape.is_hidden or self.is_hidden)

    def _graphic(self, frame: "_Element", hidden: bool) -> None:
        """A table, a chart or a diagram."""
        for table in frame.iterfind("{*}graphic/{*}graphicData/{*}tbl"):
            self.blocks += grid_blocks(table, self.page, hidden=hidden)
        for chart in frame.iterfind("{*}graphic/{*}graphicData/{*}chart"):
            if (root := self._part(attribute(chart, "id"))) is not None:
                self.blocks += chart_blocks(root, self.page, hidden=hidden)
        for diagram in frame.iterfind("{*}graphic/{*}graphicData/{*}relIds"):
            if (root := self._part(attribute(diagram, "dm"))) is not None:
                self.blocks += diagram_blocks(root, self.page, hidden=hidden)

    def notes(self) -> list[Block]:
        target = next((r.target for r in self.known.values() if r.kind == "notesSlide"), "")
        root = self._part_named(target)
        blocks = []
        for shape in shapes_of(root, {}, _ANY_SIZE) if root is not None else ():
            body = shape.element.find("{*}txBody")
            if shape.role == "body" and body is not None:
                blocks += text_blocks(body, self.page, in_list=False, hidden=self.is_hidden)
        if not blocks:
            return []
        return [Block("heading", NOTES, 2, self.page, self.is_hidden), *blocks]

    def _part(self, identifier: str | None) -> "_Element | None":
        relation = self.known.get(identifier or "")
        return self._part_named(relation.target) if relation is not None else None

    def _part_named(self, name: str) -> "_Element | None":
        try:
            return root_of(self.archive, name) if name else None
        except ParseRefused:  # the slide's own text matters more than its chart
            return None
