"""The words of the library, and which of them somebody may have meant.

A word is found by its pieces. Whoever makes one slip in a word leaves one of its two halves
whole, unless two letters are swapped in its very middle; whoever makes two leaves one of its three
thirds, nearly always. So words that share a piece at the same end (or nearly the same place), with
about as many letters, are all that must be compared.
"""

import json
import re
from collections.abc import Iterable, Iterator

from django.db import connection
from rapidfuzz.distance import OSA

from solution_library.wording.plain import plain

SHORTEST, LONGEST = 4, 40
#: From so many letters on, two slips are forgiven.
LONG_WORD = 8
MOST_OFFERED = 3
#: Ends a search among words that share their pieces with thousands of others.
MOST_COMPARED = 5_000
TOGETHER = 5_000
#: Letters of scripts that put spaces between words.
_LETTER = r"[^\W\d_\u0e01-\u0eff\u1000-\u109f\u1780-\u17dd\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_WORD = re.compile(rf"(?<!\w){_LETTER}{{{SHORTEST},{LONGEST}}}(?!\w)")
TEXTS = """
SELECT c.heading_path, c.text FROM solution_library_chunk c
WHERE c.version_id = ANY(%s) AND NOT c.is_hidden AND c.lexemes IS NOT NULL
"""
UNKNOWN = """
SELECT t.word FROM unnest(%s::text[]) AS t(word)
WHERE NOT EXISTS (SELECT FROM solution_library_lexicalword w WHERE w.word = t.word)
"""
ADD = """
INSERT INTO solution_library_lexicalword (word, pieces)
SELECT w.key, ARRAY(SELECT jsonb_array_elements_text(w.value))
FROM jsonb_each(%s::jsonb) w ORDER BY w.key COLLATE "C"
ON CONFLICT DO NOTHING
"""
SHARING = """
SELECT word FROM solution_library_lexicalword WHERE pieces && %s::varchar[] LIMIT %s
"""


# -- learning ------------------------------------------------------------------------------
def words_in(text: str) -> set[str]:
    """The words of `text` that could be misspelt: letters only, in small letters."""
    return set(_WORD.findall(plain(text).lower()))


def learn(version_ids: list[int]) -> int:
    """Take the words of these versions into the vocabulary. Returns how many were new."""
    new = 0
    for start in range(0, len(version_ids), 100):
        with connection.cursor() as cursor:
            cursor.execute(TEXTS, [version_ids[start : start + 100]])
            words: set[str] = set()
            for heading_path, text in cursor:
                words |= words_in(f"{heading_path}\n{text}")
        new += add(words)
    return new


def add(words: Iterable[str]) -> int:
    """Add words. In order, so that two who add the same ones wait for each other, not in a
    circle."""
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN, [sorted(words)])
        new = [row[0] for row in cursor.fetchall()]
        for start in range(0, len(new), TOGETHER):
            some = {word: pieces(word) for word in new[start : start + TOGETHER]}
            cursor.execute(ADD, [json.dumps(some)])
    return len(new)


def pieces(word: str) -> list[str]:
    """What a word is found by: its length, and its halves and thirds with their places."""
    size = len(word)
    half = size // 2
    found = [f"{size}^{word[:half]}", f"{size}${word[half:]}", _middle_sorted(word)]
    if size >= LONG_WORD:
        first, last = _thirds(size)
        found += [f"{size}^{word[:first]}", f"{size}${word[last:]}", f"{size}~{word[first:last]}"]
    return found


def _middle_sorted(word: str) -> str:
    """The same for a word and for one with the two letters in its middle swapped."""
    half = len(word) // 2
    middle = "".join(sorted(word[half - 1 : half + 1]))
    return f"={word[: half - 1]}{middle}{word[half + 1 :]}"


def _thirds(size: int) -> tuple[int, int]:
    return size // 3, size - size // 3


# -- correcting ----------------------------------------------------------------------------
def slips_forgiven(word: str) -> int:
    return 2 if len(word) >= LONG_WORD else 1


def meant(word: str) -> list[str]:
    """The words of the library that are nearest to `word`, which is none of them; none if none
    is near enough. A letter too many, too few, wrong or swapped with its neighbour is one slip."""
    word = plain(word).lower()
    if not _WORD.fullmatch(word):
        return []
    most = slips_forgiven(word)
    with connection.cursor() as cursor:
        cursor.execute(SHARING, [list(_sought(word, most)), MOST_COMPARED])
        near = [(_slips(word, row[0], most), row[0]) for row in cursor.fetchall()]
    allowed = sorted(one for one in near if 0 < one[0] <= most and _begin_alike(word, one[1]))
    best = allowed[0][0] if allowed else 0
    return [other for slips, other in allowed if slips == best][:MOST_OFFERED]


def _begin_alike(word: str, other: str) -> bool:
    """Few people miss a word's first letter, and short words have many neighbours."""
    return len(word) >= LONG_WORD or word[0] == other[0] or sorted(word[:2]) == sorted(other[:2])


def _slips(word: str, other: str, most: int) -> int:
    # A short word is no long one with two letters missing.
    most = min(most, slips_forgiven(other))
    return OSA.distance(word, other, score_cutoff=most)


def _sought(word: str, most: int) -> Iterator[str]:
    """The pieces that words within `most` slips of `word` could have."""
    yield _middle_sorted(word)
    for size in range(len(word) - most, len(word) + most + 1):
        if size < SHORTEST:
            continue
        half = size // 2
        yield f"{size}^{word[:half]}"
        yield f"{size}${word[len(word) - (size - half) :]}"
        if most > 1 and size >= LONG_WORD:
            yield from _sought_thirds(word, size, most)


def _sought_thirds(word: str, size: int, most: int) -> Iterator[str]:
    first, last = _thirds(size)
    yield f"{size}^{word[:first]}"
    yield f"{size}${word[len(word) - (size - last) :]}"
    for shift in range(-most, most + 1):
        if first + shift >= 0:
            yield f"{size}~{word[first + shift : last + shift]}"
