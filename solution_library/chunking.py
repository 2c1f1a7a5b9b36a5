"""Cuts a parsed document into chunks: what is embedded, found and cited as one piece.

A chunk stays inside its section and says in its heading path where that is. It holds 150 to
220 words, because the built-in embedding model reads 512 tokens and no further. Text is
never lost: what doesn't fit is cut between blocks, else between sentences or table rows,
else between words.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from solution_library.chunk_pieces import Piece, cost, pieces_of
from solution_library.parsing.types import Block, ParsedDocument

# In characters of Latin text; `cost` counts others by the tokens they take.
TARGET_COST = 1200
MAX_COST = 1400
# A section below this is too little to be found by; it joins its neighbour.
_TINY = 400
_SMALL_TAIL = 220
_LONGEST_HEADING = 200
_LONGEST_PATH = 400


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before it is stored.

    `heading_path`: the headings above it, outermost first, joined by " > ". It begins with the
    document's title where that is a heading of the document; `below_title` leaves it out again.
    `page`: where it begins (1-based), None where there are no pages. `content_hash`: SHA-256 of
    path and text; an equal hash needs no new embedding. `is_hidden`: text that a reader of the
    original does not see; it is stored, but never found or embedded.
    """

    ordinal: int
    heading_path: str
    page: int | None
    text: str
    content_hash: str
    is_hidden: bool = False


@dataclass
class _Section:
    path: tuple[str, ...]
    pieces: list[Piece] = field(default_factory=list)
    page: int | None = None
    # The heading alone, for a section that turns out to have nothing else.
    own_heading: str = ""

    @property
    def cost(self) -> int:
        return sum(piece.cost + 1 for piece in self.pieces)


def below_title(heading_path: str, title: str) -> str:
    """A chunk's headings without the document's title, for where that stands beside them."""
    if heading_path == title:
        return ""
    return heading_path.removeprefix(f"{title} > ")


def chunk_document(parsed: ParsedDocument) -> list[ChunkDraft]:
    """The chunks in reading order; an empty list for a document without any text.

    Hidden text never shares a chunk with visible text: its chunks come last, so that the
    neighbours of a visible chunk are what stands beside it on the page.
    """
    title, blocks = _title_apart(parsed)
    seen = _sections([block for block in blocks if not block.hidden])
    drafts: list[ChunkDraft] = []
    _add_drafts(drafts, _merged(_with_lone_headings(seen)), title)
    _add_drafts(drafts, _sections(_hidden_in_place(blocks)), title, is_hidden=True)
    return drafts


def _add_drafts(
    drafts: list[ChunkDraft],
    sections: Iterable[_Section],
    title: tuple[str, ...],
    *,
    is_hidden: bool = False,
) -> None:
    for section in sections:
        path = _joined_path(title + section.path)
        for pieces in _packed(section.pieces):
            drafts.append(_draft(len(drafts), path, pieces, is_hidden))


def _draft(ordinal: int, path: str, pieces: Sequence[Piece], is_hidden: bool) -> ChunkDraft:
    first, *rest = pieces
    text = first.prefix + first.text + "".join(piece.separator + piece.text for piece in rest)
    # A passage that gets hidden, or is no longer, must not count as the one it was.
    mark = "\0hidden\n" if is_hidden else ""
    digest = hashlib.sha256(f"{mark}{path}\n{text}".encode("utf-8", "replace")).hexdigest()
    return ChunkDraft(ordinal, path, pieces[0].page, text, digest, is_hidden)


def _hidden_in_place(blocks: Sequence[Block]) -> list[Block]:
    """The hidden blocks below the visible headings they stand under; a hidden heading is text."""
    if not any(block.hidden for block in blocks):
        return []
    kept = (block for block in blocks if block.hidden or block.kind == "heading")
    return [_as_hidden_text(block) if block.kind == "heading" else block for block in kept]


def _as_hidden_text(heading: Block) -> Block:
    if heading.hidden:
        return replace(heading, kind="paragraph")
    return replace(heading, text=_short(heading.text))  # too long for a path: it is text already


def _sections(blocks: Iterable[Block]) -> list[_Section]:
    open_headings: list[tuple[int, str]] = []
    sections = [_Section(())]
    for block in blocks:
        if block.kind != "heading":
            sections[-1].pieces += pieces_of(block, MAX_COST)
            continue
        while open_headings and open_headings[-1][0] >= block.level:
            open_headings.pop()
        open_headings.append((block.level, _short(block.text)))
        path = tuple(text for _, text in open_headings)
        sections.append(_Section(path, page=block.page, own_heading=block.text))
        if len(block.text) > _LONGEST_HEADING:
            whole = Block("paragraph", block.text, 0, block.page)
            sections[-1].pieces += pieces_of(whole, MAX_COST)
    return [section for section in sections if section.pieces or section.own_heading]


def _title_apart(parsed: ParsedDocument) -> tuple[tuple[str, ...], list[Block]]:
    """The title, if it is the document's first heading, and the other blocks. Whatever its level,
    every chunk stands below it: often it alone names the subject, or is the question."""
    blocks = parsed.blocks
    first = (place for place, block in enumerate(blocks[:5]) if block.kind == "heading")
    place = next(first, None)
    if place is None or len(blocks) == 1:
        return (), blocks
    heading = blocks[place]
    if heading.hidden or _comparable(heading.text) != _comparable(parsed.title):
        return (), blocks
    return (_short(heading.text),), blocks[:place] + blocks[place + 1 :]


def _comparable(text: str) -> str:
    return " ".join(text.casefold().split())


def _short(heading: str) -> str:
    if len(heading) <= _LONGEST_HEADING:
        return heading
    return heading[:_LONGEST_HEADING].rsplit(" ", 1)[0] + "…"


def _with_lone_headings(sections: Sequence[_Section]) -> list[_Section]:
    """A section without text is named by those inside it; without any, its heading is its text."""
    kept = []
    for place, section in enumerate(sections):
        following = sections[place + 1].path if place + 1 < len(sections) else ()
        if section.pieces:
            kept.append(section)
        elif following[: len(section.path)] != section.path:
            block = Block("paragraph", section.own_heading, 0, section.page)
            kept.append(_Section(section.path, pieces_of(block, MAX_COST), section.page))
    return kept


def _merged(sections: Iterable[_Section]) -> Iterator[_Section]:
    """Join tiny neighbours under their common heading; their own headings become lines."""
    waiting: _Section | None = None
    for section in sections:
        if waiting is not None and _may_join(waiting, section):
            waiting = _join(waiting, section)
            continue
        if waiting is not None:
            yield waiting
        waiting = section
    if waiting is not None:
        yield waiting


def _may_join(first: _Section, second: _Section) -> bool:
    if second.cost > _TINY or first.cost + second.cost > TARGET_COST or not second.path:
        return False
    parent = second.path[:-1]
    if first.path == parent:  # an introduction and its first subsection, or a row of joined ones
        return True
    return first.cost <= _TINY and bool(first.path) and first.path[:-1] == parent


def _join(first: _Section, second: _Section) -> _Section:
    parent = second.path[:-1]
    pieces = first.pieces if first.path == parent else _with_heading(first)
    return _Section(parent, [*pieces, *_with_heading(second)], first.page)


def _with_heading(section: _Section) -> list[Piece]:
    heading = section.path[-1]
    if section.pieces[0].text == heading:
        return section.pieces
    first, *rest = section.pieces
    below = replace(first, separator="\n")
    return [Piece(heading, "\n\n", section.page or first.page, cost(heading)), below, *rest]


def _packed(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Fill chunks up to the target; a small rest goes into the last one if there is room."""
    packed: list[list[Piece]] = []
    filled = 0
    for piece in pieces:
        room = piece.cost + len(piece.separator)
        if packed and filled + room <= TARGET_COST:
            packed[-1].append(piece)
            filled += room
        else:
            packed.append([piece])
            filled = piece.cost + cost(piece.prefix)
    if len(packed) > 1:
        tail, before = (_total(part) for part in (packed[-1], packed[-2]))
        if tail < _SMALL_TAIL and tail + before + 2 <= MAX_COST:
            rest = packed.pop()
            packed[-1] += rest
    return packed


def _total(pieces: Sequence[Piece]) -> int:
    opening = cost(pieces[0].prefix)
    return opening + sum(piece.cost + len(piece.separator) for piece in pieces)


def _joined_path(path: tuple[str, ...]) -> str:
    """The innermost headings say most: the outer ones go when all would be too long."""
    while len(path) > 1 and sum(map(len, path)) > _LONGEST_PATH:
        path = path[1:]
    return " > ".join(path)
