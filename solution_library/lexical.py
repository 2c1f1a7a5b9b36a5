"""Prepares text for keyword search, the same way for passages and for queries."""

import re
from collections import defaultdict
from collections.abc import Iterable

from solution_library.wording.codes import codes
from solution_library.wording.languages import configuration_for

__all__ = ["configuration_for", "lexical_text", "literal", "marks_of", "quoted"]

# PostgreSQL reads "AES-256" as "aes" and the number -256, and "a/b" as a path: codes must come
# apart the same way wherever they stand. Each pattern begins with what it is about, so that the
# text is passed over fast.
JOINERS = re.compile(r"[-_/:\\@#+](?=\w)(?<=\w.)")
LOOSE_DOTS = re.compile(r"\.(?=\w)(?<=\w\.)(?:(?=[^\W\d])|(?<=[^\W\d]\.))")
#: A sign before a number is a bullet or a dash more often than a minus.
SIGNS = re.compile(r"[-+](?=\d)")
WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
#: Thai, Lao, Khmer and Burmese: PostgreSQL loses their vowels, so their pairs go around its parser.
UNREADABLE = re.compile(r"[\u0e01-\u0eff\u1000-\u109f\u1780-\u17dd]+")


def lexical_text(text: str) -> str:
    """`text`, which is `plain`, with compound codes split and scripts without spaces cut into
    pairs."""
    if not text.isascii():
        text = UNREADABLE.sub(" ", text)
        text = WITHOUT_SPACES.sub(lambda found: f" {' '.join(_pairs(found[0]))} ", text)
    return LOOSE_DOTS.sub(" ", SIGNS.sub(" ", JOINERS.sub(" ", text)))


def marks_of(text: str) -> list[str]:
    """The lexemes of a `plain` text that PostgreSQL's parser does not make: codes, and pairs of
    letters of scripts that it cannot read. Each as often as it stands there."""
    if text.isascii():
        return codes(text)
    pairs = (pair for run in UNREADABLE.findall(text) for pair in _pairs(run))
    return [*codes(text), *pairs]


def literal(lexemes: Iterable[str]) -> str:
    """The lexemes as PostgreSQL writes a tsvector, each with as many places as it has."""
    places: dict[str, list[str]] = defaultdict(list)
    for place, lexeme in enumerate(lexemes, 1):
        places[lexeme].append(str(min(place, 16_000)))
    return " ".join(f"{quoted(lexeme)}:{','.join(found)}" for lexeme, found in places.items())


def quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(max(1, len(run) - 1))]
