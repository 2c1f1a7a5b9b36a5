"""Sentences of a text as exact places, so that a citation can quote what really stands there.

A span holds no list mark, heading mark or white space at its ends; everything else of the text
is in exactly one span. The work is linear in the text's length.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]

LONGEST_SENTENCE = 800  # what has no end by then (a dump, minified code) is cut at a space
WRAPPED_LINE = 60  # a shorter line that ends without a mark is a heading or an item of its own

_LINE = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LIST_MARK = re.compile(
    r"[ \t>]*(?:(?:#{1,6}|[-*+•‣◦▪–—·]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]|\(?[A-Z]\))[ \t]+)+"
)
_NUMBERED_HEADING = re.compile(r"\d+(?:\.\d+)+\.?[ \t]+(?=\S)")
_TABLE_ROW = re.compile(r"[ \t]*\|.*\||[^\t]*\t[^\t]*\t?")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)[^`]*\Z")
_RULE = re.compile(r"[\s=\-_*~^+|:.#]+")
_SPACED_END = re.compile(r"[.!?…؟۔।]+[\"'”’»)\]]*(?=\s)")
_DENSE_END = re.compile(r"[。！？｡]+[」』”）]*")
_ENDS = re.compile(f"{_SPACED_END.pattern}|{_DENSE_END.pattern}")
_LAST_WORD = re.compile(r"([^\W_]+(?:\.[^\W_]+)*)\Z")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABBREVIATIONS = _words(
    """
    mr mrs ms dr prof sr jr st vs etc inc ltd co corp llc plc dept univ est approx max min no nos
    nr art sec secs par para fig figs eq eqs vol vols ch chap p pp ed eds rev al cf e.g i.e eg ie
    ca viz resp incl excl ext tel a.m p.m u.s u.k u.n d.c ph.d jan feb mar apr jun jul aug sep
    sept oct nov dec z.b d.h u.a bzw ggf usw vgl abs ziff std tab abb hr hrsg evtl inkl exkl zzgl
    o.ä u.ä s.o s.u p.ex c.-à-d env cie mme mlle sra srta ej núm pág art.º av apdo
    """
)
# Words that end a sentence as often as not: the next word decides.
_MAYBE_FINAL = _words("etc inc ltd co corp llc plc a.m p.m u.s u.k usw al")


def split_sentences(text: str) -> list[Span]:
    """(start, end) of every sentence, list item, table row or heading, in reading order."""
    return [
        part
        for block in _blocks(text)
        for sentence in _block_sentences(text, *block)
        for part in _cut(text, *sentence)
    ]


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that are one piece of running text; marks at their start left out."""
    start: int | None = None
    end = 0
    fenced = False
    for line in _LINE.finditer(text):
        if _FENCE.match(line[0]):
            fenced = not fenced
        elif start is not None and not fenced and _continues(text, start, end, line):
            end = line.end()
            continue
        if start is not None:
            yield start, end
        start = None
        if not _FENCE.match(line[0]) and not _RULE.fullmatch(line[0]):
            start, end = line.start() + _mark_length(line[0]), line.end()
    if start is not None:
        yield start, end


def _continues(text: str, start: int, end: int, line: re.Match[str]) -> bool:
    """Whether this line goes on with the running text in [start, end)."""
    between = text[end : line.start()]
    if between not in ("\n", "\r\n", "\r"):
        return False
    if _RULE.fullmatch(line[0]) or _mark_length(line[0]) or _TABLE_ROW.fullmatch(line[0]):
        return False
    last_break = max(text.rfind("\n", start, end), text.rfind("\r", start, end))
    last = text[max(start, last_break + 1) : end]
    if _TABLE_ROW.fullmatch(last):
        return False
    if line[0].lstrip()[0].islower():
        return True
    return len(last) >= WRAPPED_LINE and not last.rstrip().endswith(":")


def _mark_length(line: str) -> int:
    mark = _LIST_MARK.match(line) or _NUMBERED_HEADING.match(line)
    return mark.end() if mark and mark.end() < len(line) else 0


def _block_sentences(text: str, start: int, end: int) -> Iterator[Span]:
    if _TABLE_ROW.fullmatch(text[start:end]):
        yield from _trimmed(text, start, end)
        return
    begin = start
    for mark in _ENDS.finditer(text, start, end):
        if _is_end(text, begin, mark, end):
            yield from _trimmed(text, begin, mark.end())
            begin = mark.end()
    yield from _trimmed(text, begin, end)


def _is_end(text: str, begin: int, mark: re.Match[str], end: int) -> bool:
    if mark[0][0] in "。！？｡":
        return True
    following = text[mark.end() : min(end, mark.end() + 40)].lstrip().lstrip("\"'“‘«([*_`")
    if not following:
        return True
    if not mark[0].startswith("."):
        return not following[0].islower()
    word = _LAST_WORD.search(text[max(begin, mark.start() - 30) : mark.start()])
    return not following[0].islower() and not _is_abbreviation(word, following, mark[0])


def _is_abbreviation(word: re.Match[str] | None, following: str, mark: str) -> bool:
    if word is None or len(mark.rstrip("\"'”’»)]")) > 1:
        return False
    name = word[1]
    if len(name) == 1 and name.isalpha():
        return name.isupper() and name != "I"  # an initial
    if name.lower() in _MAYBE_FINAL:
        return not following[0].isupper()
    if name.lower() in ("no", "nr", "art", "sec", "fig", "p", "pp", "par", "max", "min"):
        return following[0].isdigit()
    return name.lower() in _ABBREVIATIONS


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > LONGEST_SENTENCE:
        limit = start + LONGEST_SENTENCE
        at = max(text.rfind(mark, start + LONGEST_SENTENCE // 2, limit) for mark in ("; ", "\n"))
        if at < 0:
            at = text.rfind(" ", start + LONGEST_SENTENCE // 2, limit)
        cut = at + 1 if at >= 0 else limit
        yield from _trimmed(text, start, cut)
        start = cut
    yield from _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        yield start, end
