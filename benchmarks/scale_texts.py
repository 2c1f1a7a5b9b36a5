"""Passages by the hundred thousand whose words are spread like those of real documents.

Words are made of syllables; how often each comes follows Zipf's law, with the commonest English
words at its head. A document has a subject: half of its words are of a few hundred that its
passages share. Every third passage names a code. Nothing depends on anything but the seed.
"""

import random
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale_vectors import PASSAGES_OF_A_DOCUMENT

WORDS = 200_000
#: The more of these, the flatter; 1.05 fits English text of this size.
SLOPE, OFFSET = 1.05, 2.7
SUBJECT, OF_SUBJECT = 400, 0.5
LENGTHS = (50, 150)
_COMMON = """
the of and to in a is that for it as was with be by on not are this have from or an at
which you we will all can has their if do more when any our other each must should used use data
system user service access security customer information management process time provided support
based policy control server network application file configuration request response default
version number name value example following set new type order key change level test access team
report review year day month backup encryption password role account rule log error update"""
COMMON = _COMMON.split()
CODES = [
    *(f"ISO 27{n:03}:20{y}" for n in range(1, 20) for y in (13, 22)),
    *(f"CVE-20{y}-{n}" for y in (23, 24) for n in range(1000, 1060)),
    *(f"TLS 1.{n}" for n in range(4)), *(f"AES-{n}" for n in (128, 192, 256)),
    *(f"RFC {n}" for n in range(2100, 2160)), *(f"99.{n} %" for n in range(90, 100)),
    *(f"10.{n}.0.0/16" for n in range(40)), *(f"SOC {n} Type II" for n in (1, 2, 3)),
]  # fmt: skip
ASKING = ("How do you", "What is", "Describe the", "Which", "Do you have", "Please explain", "Is",
          "Where are", "How often is", "Who")  # fmt: skip


class Texts:
    """The passages number 0, 1, 2 and so on of a library made from a seed."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self.words = np.array([*COMMON, *_made_up(WORDS - len(COMMON), seed)], dtype=object)
        weights = 1 / (np.arange(len(self.words)) + OFFSET) ** SLOPE
        self.cumulated = np.cumsum(weights / weights.sum())

    def document(self, number: int) -> list[str]:
        """The passages of one document."""
        chance = np.random.default_rng([self.seed, number])
        subject = np.unique(self._draw(chance, 4 * SUBJECT))[:SUBJECT]
        return [self._passage(chance, subject) for _ in range(PASSAGES_OF_A_DOCUMENT)]

    def passages(self, first: int, count: int) -> Iterator[str]:
        for number in range(first, first + count):
            yield from self.document(number)

    def _draw(self, chance: np.random.Generator, count: int) -> NDArray[np.int64]:
        return np.searchsorted(self.cumulated, chance.random(count))

    def _passage(self, chance: np.random.Generator, subject: NDArray[np.int64]) -> str:
        count = int(chance.integers(*LENGTHS))
        picked = self._draw(chance, count)
        own = chance.random(count) < OF_SUBJECT
        picked[own] = subject[chance.integers(len(subject), size=int(own.sum()))]
        words = self.words[picked].tolist()
        if chance.random() < 0.33:
            words.insert(count // 2, CODES[int(chance.integers(len(CODES)))])
        return " ".join(words) + "."

    def queries(self, count: int, documents: int) -> list[str]:
        """Questions of 4 to 14 words, rare and common ones, each after one passage."""
        chance = random.Random(self.seed)
        return [self._query(chance, chance.randrange(documents)) for _ in range(count)]

    def _query(self, chance: random.Random, document: int) -> str:
        words = chance.choice(self.document(document)).rstrip(".").split()
        content = [word for word in words if word not in COMMON[:45]]
        picked = chance.sample(content, min(len(content), chance.randint(2, 6)))
        common = chance.sample(COMMON, chance.randint(1, 5))
        code = [chance.choice(CODES)] if chance.random() < 0.15 else []
        asked = [*picked, *common, *code]
        chance.shuffle(asked)
        return f"{chance.choice(ASKING)} {' '.join(asked)}?"


def _made_up(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    starts = ["b", "br", "c", "ch", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pr",
              "r", "s", "st", "t", "tr", "v"]  # fmt: skip
    syllables = ["".join(parts) for parts in product(starts, "aeiou", ["", "n", "r", "l", "t"])]
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choices(syllables, k=chance.choice((2, 2, 3, 3, 4))))] = None
    return list(found)
