"""Cuts one block into pieces that fit into a chunk, at the best place there is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llm_manager.sentences import split_sentences
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


@dataclass(frozen=True, slots=True)
class Piece:
    """`separator`: what stands between the piece before it in the same chunk and this one."""

    text: str
    separator: str
    page: int | None
    cost: int


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
    inner = "\n" if block.kind in ("table", "code") else " "
    outer = "\n" if block.kind == "list_item" else "\n\n"
    if (whole := cost(text)) <= limit and block.kind != "table":
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
