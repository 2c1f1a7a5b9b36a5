"""Texts cut into pieces for a template, so that nothing of them is ever marked safe."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Comparing word by word takes the product of both lengths at worst; beyond this, by line.
MAX_WORD_PAIRS = 4_000_000
MAX_MARKED_WORDS = 500
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_CITATION = re.compile(r"\[(?P<number>[0-9]{1,4})\]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class Piece:
    """`kind`: "" plain, "unsupported" (`note` says what), "cite" (`number`), "added", "removed"."""

    text: str
    kind: str = ""
    number: int = 0
    note: str = ""


@dataclass(frozen=True)
class Unsupported:
    """Words that the evidence does not hold, and where they stand if that is known."""

    words: str
    kind: str = ""
    start: int | None = None
    end: int | None = None


def unsupported_words(stored: object) -> list[Unsupported]:
    """`Answer.unsupported` as it may have been stored: findings with places, or bare words."""
    entries = stored if isinstance(stored, list) else []
    found = [_unsupported(entry) for entry in entries[:MAX_MARKED_WORDS]]
    return [entry for entry in found if entry.words.strip()]


def _unsupported(entry: object) -> Unsupported:
    if not isinstance(entry, dict):
        return Unsupported(entry if isinstance(entry, str) else "")
    start, end = entry.get("start"), entry.get("end")
    known = isinstance(start, int) and isinstance(end, int) and 0 <= start < end
    words, kind = str(entry.get("words") or ""), str(entry.get("kind") or "")
    return Unsupported(words, kind, start, end) if known else Unsupported(words, kind)


def answer_pieces(
    text: str, *, unsupported: Sequence[Unsupported] = (), citations: int = 0
) -> list[Piece]:
    """The text with its unsupported words and its citation marks ("[1]") as pieces."""
    marked = [span for entry in unsupported for span in _spans(text, entry)]
    if citations:
        marked += _citation_spans(text, citations)
    pieces: list[Piece] = []
    at = 0
    for start, end, piece in sorted(marked, key=lambda span: (span[0], -span[1])):
        if start < at:
            continue
        pieces += [Piece(text[at:start])] if start > at else []
        pieces.append(piece)
        at = end
    return [*pieces, Piece(text[at:])] if at < len(text) else pieces


Span = tuple[int, int, Piece]


def _spans(text: str, entry: Unsupported) -> list[Span]:
    """Where it was found; everywhere its words stand, if the text is not the one checked."""
    start, end = entry.start, entry.end
    if start is not None and end is not None and text[start:end] == entry.words:
        return [(start, end, Piece(entry.words, "unsupported", note=entry.kind))]
    pattern = re.compile(_whole(entry.words.strip()), re.IGNORECASE)
    return [
        (match.start(), match.end(), Piece(match.group(), "unsupported", note=entry.kind))
        for match in pattern.finditer(text)
    ]


def _whole(words: str) -> str:
    before = r"(?<!\w)" if words[0].isalnum() else ""
    after = r"(?!\w)" if words[-1].isalnum() else ""
    return f"{before}{re.escape(words)}{after}"


def _citation_spans(text: str, citations: int) -> list[Span]:
    return [
        (match.start(), match.end(), Piece(match.group(), "cite", int(match["number"])))
        for match in _CITATION.finditer(text)
        if 1 <= int(match["number"]) <= citations
    ]


def difference(old: str, new: str) -> list[Piece]:
    """What was removed from and added to `old` to make `new`, word by word."""
    split = _TOKEN if _is_short(old, new) else _LINE
    before, after = split.findall(old), split.findall(new)
    if len(before) * len(after) > MAX_WORD_PAIRS:
        return [piece for piece in (Piece(old, "removed"), Piece(new, "added")) if piece.text]
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("".join(before[a:b])))
            continue
        removed, added = Piece("".join(before[a:b]), "removed"), Piece("".join(after[c:d]), "added")
        pieces.extend(piece for piece in (removed, added) if piece.text)
    return pieces


def _is_short(old: str, new: str) -> bool:
    return len(_TOKEN.findall(old)) * len(_TOKEN.findall(new)) <= MAX_WORD_PAIRS
