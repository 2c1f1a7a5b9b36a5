"""Finds documents with the same text, or nearly the same, whatever format they came in.

A text's fingerprint is the hash of its words, and a MinHash signature of its sequences of five
words (Broder 1997). The share of equal places in two signatures estimates the share of sequences
that two texts have in common (their Jaccard similarity). Signatures are cut into bands; only
texts that share a whole band are compared, so the cost does not grow with the library.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solution_library.parsing.types import ParsedDocument

SHINGLE = 5
PERMUTATIONS = 128
#: 32 bands of 4 places: texts that share half of their sequences meet with 87 %, those that
#: share 0.6 of them with 99 %; at 0.2 it is 5 %.
BANDS = 32
ROWS = PERMUTATIONS // BANDS
#: From here on two documents are called nearly the same. A signature's error is about 0.04.
NEAR = 0.6
#: A text below this says too little: headings and forms would all be each other's duplicates.
FEWEST_WORDS = 12
FEWEST_SHINGLES = 40
#: So many shingles at once, to hold memory down: 128 numbers of 8 bytes each.
_BLOCK = 16_384
_WORD = re.compile(r"\w+")
#: Scripts that put no spaces between words: every sign counts as a word.
_SIGN = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")

U64 = NDArray[np.uint64]
U32 = NDArray[np.uint32]
#: As the database gives bytes back.
Stored = bytes | memoryview


@dataclass(frozen=True)
class Fingerprint:
    """`text_hash`: of the words, "" for a text that is too short to be compared.
    `signature`: 128 numbers, None where only equality can be judged."""

    text_hash: str = ""
    signature: bytes | None = None


def fingerprint_of(parsed: ParsedDocument) -> Fingerprint:
    """What makes a document's text comparable. Hidden text does not count; no database."""
    return fingerprint_of_texts(_visible(parsed))


def fingerprint_of_texts(texts: Iterable[str]) -> Fingerprint:
    words = list(words_of(texts))
    if len(words) < FEWEST_WORDS:
        return Fingerprint()
    digest = hashlib.sha256(" ".join(words).encode("utf-8", "replace")).hexdigest()
    shingles = _shingles(words)
    if len(shingles) < FEWEST_SHINGLES:
        return Fingerprint(digest)
    return Fingerprint(digest, _signature(shingles).tobytes())


def similarity_of(one: Stored | None, other: Stored | None) -> float:
    """The estimated share of word sequences that two texts have in common, 0 to 1."""
    if not one or not other or len(one) != len(other):
        return 0.0
    return float(np.mean(np.frombuffer(one, np.uint32) == np.frombuffer(other, np.uint32)))


def band_keys(signature: Stored) -> list[int]:
    """A key for each band, as a signed 64-bit number."""
    bands = np.frombuffer(signature, np.uint32).reshape(BANDS, ROWS)
    return [
        int.from_bytes(hashlib.blake2b(band.tobytes(), digest_size=8).digest(), signed=True)
        for band in bands
    ]


def words_of(texts: Iterable[str]) -> Iterator[str]:
    """The words alone: without marks, capitals, and the many ways to write one letter."""
    for text in texts:
        plain = unicodedata.normalize("NFKC", text).casefold()
        yield from _WORD.findall(_SIGN.sub(r" \g<0> ", plain))


def _visible(parsed: ParsedDocument) -> Iterator[str]:
    """The text of the blocks. Whether a format repeats the title as a heading is no difference."""
    blocks = [block for block in parsed.blocks if not block.hidden]
    if blocks and blocks[0].kind == "heading":
        same = list(words_of([blocks[0].text])) == list(words_of([parsed.title]))
        blocks = blocks[1:] if same else blocks
    return (block.text for block in blocks)


def _shingles(words: list[str]) -> U64:
    """A hash for each different sequence of five words."""
    known: dict[str, int] = {}
    numbers = np.fromiter((_number(word, known) for word in words), np.uint64, len(words))
    if len(numbers) < SHINGLE:
        return np.empty(0, np.uint64)
    mixed = np.zeros(len(numbers) - SHINGLE + 1, np.uint64)
    for place in range(SHINGLE):
        mixed = _mix(mixed ^ numbers[place : place + len(mixed)])
    return np.unique(mixed)


def _number(word: str, known: dict[str, int]) -> int:
    """A hash that is the same in every process; each different word is hashed once."""
    if word not in known:
        digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
        known[word] = int.from_bytes(digest)
    return known[word]


def _mix(values: U64) -> U64:
    """The finaliser of SplitMix64: every bit in moves every bit out. Wraps on purpose."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _signature(shingles: U64) -> U32:
    """The smallest of each of 128 rehashings, which equal texts share place by place."""
    smallest = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(shingles), _BLOCK):
        block = shingles[start : start + _BLOCK]
        for row, (factor, shift) in enumerate(_rehashings()):
            smallest[row] = min(smallest[row], (block * factor + shift).min())
    return (smallest >> np.uint64(32)).astype(np.uint32)


@cache
def _rehashings() -> list[tuple[Any, Any]]:
    """Odd factors and shifts, the same for ever: stored signatures depend on them."""
    drawn = np.random.Generator(np.random.PCG64(20_260_101))
    pairs = drawn.integers(0, 1 << 63, size=(PERMUTATIONS, 2), dtype=np.uint64)
    return [(np.uint64(factor | np.uint64(1)), shift) for factor, shift in pairs]
