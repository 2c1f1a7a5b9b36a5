"""Cuts one block into pieces that fit into a chunk, at the best place there is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llm_manager.sentences import split_sentences
from solution_library.parsing.tables import CELL_SEPARATOR
from solution_library.parsing.types import Block

# What a multilingual tokenizer makes of them: about four Latin characters to a token, three
# of other alphabets, and one to one and a half for ideographs, kana, Hangul and Thai.
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff"
    "\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
)
_OTHER_ALPHABETS = re.compile("[\u0370-\u0dff\u10a0-\u10ff\u1200-\u139f\u2190-\u2bff]")
# Sentences are looked for in windows: a "paragraph" of 50 MB must not be searched as one.
_WINDOW = 20_000
_LONGEST_ROW_NAME = 120


@dataclass(frozen=True, slots=True)
class Piece:
    """`separator`: what stands between the piece before it in the same chunk and this one.

    `prefix`: what is said again when the piece opens a chunk, so that it can be understood
    there: the header of the table that it continues, and the name of its row.
    """

    text: str
    separator: str
    page: int | None
    cost: int
    prefix: str = ""


def cost(text: str) -> int:
    """Length in characters of Latin text that would take as many tokens."""
    if text.isascii():
        return len(text)
    dense = len(_DENSE.findall(text))
    other = len(_OTHER_ALPHABETS.findall(text))
    return len(text) + 2 * dense + other // 2


def pieces_of(block: Block, limit: int) -> list[Piece]:
    """The block's text in pieces of at most `limit`; the first one's separator sets it apart."""
    text = _shown(block)
    if not text.strip():
        return []
    inner = "\n" if block.kind == "code" else " "
    outer = "\n" if block.kind == "list_item" else "\n\n"
    if block.kind == "table":
        return list(_table_pieces(block, limit))
    if (whole := cost(text)) <= limit:
        return [Piece(text, outer, block.page, whole)]
    parts = _lines(text, limit) if inner == "\n" else _sentences(text, limit)
    return [
        Piece(part, inner if place else outer, block.page, cost(part))
        for place, part in enumerate(parts)
    ]


def _shown(block: Block) -> str:
    if block.kind != "list_item":
        return block.text
    is_labelled = re.match(r"\(?\w{1,4}[.)]\s", block.text)
    return "  " * min(block.level, 8) + ("" if is_labelled else "- ") + block.text


def _table_pieces(block: Block, limit: int) -> Iterator[Piece]:
    """A piece for each row; the lines of the header stand again wherever the table is cut."""
    lines = block.text.split("\n")
    header = "".join(f"{line}\n" for line in lines[: block.header_lines])
    if cost(header) > limit // 3:  # saying it again would leave no room for the rows
        header = ""
    room = limit - cost(header)
    for place, line in enumerate(lines):
        separator = "\n" if place else "\n\n"
        prefix = header if place >= block.header_lines else ""
        if (whole := cost(line)) <= room:
            yield Piece(line, separator, block.page, whole, prefix)
        else:
            yield from _row_pieces(line, separator, block.page, prefix, room)


def _row_pieces(
    line: str, separator: str, page: int | None, prefix: str, room: int
) -> Iterator[Piece]:
    """A row too long for a chunk, cut between its cells; each part says which row it is of."""
    name, _, _ = line.partition(CELL_SEPARATOR)
    name = f"{name}{CELL_SEPARATOR}" if len(name) <= _LONGEST_ROW_NAME else ""
    for part in _cell_groups(line, (room - cost(name)) // 2):
        for place, text in enumerate(_sentences(part, room - cost(name))):
            yield Piece(text, " " if place else separator, page, cost(text), prefix)
            if not prefix.endswith(name) or not name:
                prefix += name
        separator = CELL_SEPARATOR


def _cell_groups(line: str, limit: int) -> Iterator[str]:
    gathered = ""
    for cell in line.split(CELL_SEPARATOR):
        if gathered and cost(gathered) + cost(cell) + len(CELL_SEPARATOR) > limit:
            yield gathered
            gathered = cell
        else:
            gathered = f"{gathered}{CELL_SEPARATOR}{cell}" if gathered else cell
    yield gathered


def _lines(text: str, limit: int) -> Iterator[str]:
    for line in text.split("\n"):
        if cost(line) <= limit:
            yield line
        else:
            yield from _sentences(line, limit)


def _sentences(text: str, limit: int) -> Iterator[str]:
    """Neighbouring sentences filled up to half the limit, so chunks can be packed well."""
    gathered = ""
    for sentence in _short_sentences(text, limit):
        if gathered and cost(gathered) + cost(sentence) + 1 > limit // 2:
            yield gathered
            gathered = sentence
        else:
            gathered = f"{gathered} {sentence}" if gathered else sentence
    if gathered:
        yield gathered


def _short_sentences(text: str, limit: int) -> Iterator[str]:
    for window in _windows(text, _WINDOW):
        begin = 0
        for _start, end in split_sentences(window):
            # From where the last one ended: nothing between two sentences may be lost.
            yield from _cut(window[begin:end].strip(), limit)
            begin = end
        yield from _cut(window[begin:].strip(), limit)


def _cut(sentence: str, limit: int) -> Iterable[str]:
    if not sentence:
        return
    if cost(sentence) <= limit:
        yield sentence
        return
    # A character costs three at most: never above the limit, and Latin text not in crumbs.
    yield from _windows(sentence, limit * 3 // 4 if sentence.isascii() else limit // 3)


def _windows(text: str, size: int) -> Iterator[str]:
    """Stretches of at most `size` characters, cut at white space where there is any."""
    begin = 0
    while len(text) - begin > size:
        space = text.rfind(" ", begin + size // 2, begin + size)
        end = space if space > begin else begin + size
        yield text[begin:end]
        begin = end + (1 if space > begin else 0)
    yield text[begin:]
