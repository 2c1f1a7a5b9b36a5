"""Web pages through lxml: what the page says, without its navigation. Nothing is fetched or run."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solution_library.parsing.builder import Builder
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.html_noise import heads_a_remark, is_hidden, is_noise, text_inside
from solution_library.parsing.html_tables import blocks_of, is_data_table
from solution_library.parsing.readable import Readable
from solution_library.parsing.text import decode, squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument
from solution_library.parsing.words import words

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "menu"))
_BREAKS = words(
    "address article aside blockquote body caption center dd details dialog dir div dl dt",
    "fieldset figcaption figure footer form header hr li main nav ol p section summary table",
    "tbody td tfoot th thead tr ul",
)
_XML_DECLARATION = re.compile(r"^\s{0,100}<\?xml[^>]{0,300}\?>")
_TITLE_TAIL = re.compile(r"\s[|–—·»]\s[^|–—·»]{1,60}$")
# Below this share of the page's text, what was taken for navigation must have been content.
_LEAST_SHARE = 0.15


def parse(path: Readable, filename: str) -> ParsedDocument:
    decoded = decode(path.read_bytes(), declared_inside=True)
    root = _tree(decoded.text)
    blocks = _content(root)
    shown = [block for block in blocks if not block.hidden]
    stated = _TITLE_TAIL.sub("", squeeze(root.findtext(".//title") or ""))
    return ParsedDocument(
        title=title_of(shown, filename, stated=stated),
        media_type="text/html",
        blocks=blocks,
        warnings=decoded.warnings,
    )


def blocks_of_page(text: str) -> list[Block]:
    """What a page says that came inside something else; nothing when it is blank."""
    return _content(_tree(text)) if text.strip() else []


def _tree(text: str) -> "_Element":
    from lxml import etree

    text = _XML_DECLARATION.sub("", text)
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        raise ParseRefused("The web page is empty.")
    # Anything less than fatal is everyday HTML; fatal means that the rest was not read.
    if any(entry.level_name == "FATAL" for entry in parser.error_log):
        raise ParseRefused("The web page is nested far more deeply than any real document.")
    return root


def _content(root: "_Element") -> list[Block]:
    """Without noise, unless hardly anything is left; then everything a reader could see."""
    cautious = _Walk(drop_navigation=True).walk(root)
    if _size(cautious) > 2000:
        return cautious
    everything = _Walk(drop_navigation=False).walk(root)
    return cautious if _size(cautious) > _LEAST_SHARE * _size(everything) else everything


def _size(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks if not block.hidden)


@dataclass
class _Walk:
    """One pass over the tree, by events: a tree 200,000 levels deep needs no recursion."""

    drop_navigation: bool
    builder: Builder = field(default_factory=Builder)
    text: list[str] = field(default_factory=list)
    concealed: list[str] = field(default_factory=list)
    heading: int = 0
    list_depth: int = 0
    in_item: bool = False
    within_content: int = 0

    def walk(self, root: "_Element") -> list[Block]:
        from lxml import etree

        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if self._start(tag, element):
                    walker.skip_subtree()
            else:
                self._end(tag)
                self._add(element.tail)
        self._flush()
        return self.builder.blocks

    def _start(self, tag: str, element: "_Element") -> bool:
        """Begin an element; True when its inside needs no visit (the end still comes)."""
        if is_noise(tag, element, navigation=self.drop_navigation, nested=self.within_content > 0):
            return True
        if is_hidden(element):
            self.concealed.append(text_inside(element))
            return True
        if tag in ("main", "article"):
            self.within_content += 1
        if tag == "pre":
            self._flush()
            self.builder.verbatim("code", "".join(element.itertext()))
            return True
        if tag == "table" and is_data_table(element):
            self._flush()
            self.builder.blocks += blocks_of(element, navigation=self.drop_navigation)
            self._flush()
            return True
        self._open("p" if tag in _HEADINGS and heads_a_remark(element) else tag)
        self._add(element.text)
        return False

    def _open(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._flush()
            self.heading = _HEADINGS[tag]
        elif tag == "br":
            self._add(" ")
        elif tag in _BREAKS:
            self._flush()
            if tag in _LISTS:
                self.list_depth += 1
            self.in_item = tag == "li" or (self.in_item and tag in ("p", "div"))

    def _end(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._flush()
            self.heading = 0
        elif tag in _BREAKS:
            self._flush()
            if tag in _LISTS:
                self.list_depth = max(0, self.list_depth - 1)
            if tag in ("li", "ul", "ol"):
                self.in_item = False
        if tag in ("main", "article"):
            self.within_content = max(0, self.within_content - 1)

    def _add(self, text: str | None) -> None:
        if text:
            self.text.append(text)

    def _flush(self) -> None:
        text = squeeze("".join(self.text))
        self.text.clear()
        if text:
            self._say(text)
        concealed, self.concealed = self.concealed, []
        self.builder.blocks += [Block("paragraph", each, hidden=True) for each in concealed if each]

    def _say(self, text: str) -> None:
        if self.heading:
            self.builder.heading(text.rstrip("¶#").rstrip(), self.heading)
        elif self.in_item:
            self.builder.add("list_item", text, max(0, min(self.list_depth - 1, 8)))
            self.in_item = False
        else:
            self.builder.add("paragraph", text)
