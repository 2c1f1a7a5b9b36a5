"""Texts cut into pieces for a template, so that nothing of them is ever marked safe."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Comparing word by word takes the product of both lengths at worst; beyond this, by line.
MAX_WORD_PAIRS = 4_000_000
MAX_MARKED_WORDS = 500
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class Piece:
    """`kind`: "" plain, "unsupported", "cite" (`number`), "added" or "removed"."""

    text: str
    kind: str = ""
    number: int = 0


def words_of(unsupported: Iterable[object]) -> list[str]:
    """The words of `Answer.unsupported`, longest first, without repeats."""
    found = {str(word).strip() for word in unsupported if isinstance(word, str | int | float)}
    return sorted(found - {""}, key=lambda word: (-len(word), word))[:MAX_MARKED_WORDS]


def answer_pieces(text: str, *, unsupported: Iterable[object], citations: int) -> list[Piece]:
    """The text with its unsupported words and its citation marks ("[1]") as pieces."""
    pattern = _marks(words_of(unsupported), citations)
    pieces: list[Piece] = []
    at = 0
    for match in pattern.finditer(text):
        if match.start() > at:
            pieces.append(Piece(text[at : match.start()]))
        pieces.append(_marked(match, citations))
        at = match.end()
    return [*pieces, Piece(text[at:])] if at < len(text) else pieces


def _marks(words: Sequence[str], citations: int) -> "re.Pattern[str]":
    alternatives = [_whole(word) for word in words]
    cite = [r"\[(?P<cite>\d{1,4})\]"] if citations else []
    joined = "|".join([*cite, *alternatives])
    return re.compile(joined or r"(?!)", re.IGNORECASE)


def _whole(word: str) -> str:
    before = r"(?<!\w)" if word[0].isalnum() else ""
    after = r"(?!\w)" if word[-1].isalnum() else ""
    return f"{before}{re.escape(word)}{after}"


def _marked(match: "re.Match[str]", citations: int) -> Piece:
    cited = match.groupdict().get("cite")
    if cited is None:
        return Piece(match.group(), "unsupported")
    number = int(cited)
    known = 1 <= number <= citations
    return Piece(match.group(), "cite", number) if known else Piece(match.group())


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
