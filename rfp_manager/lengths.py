"""Answers within the length that the buyer's form allows: whole sentences, or as they are."""

import re
from dataclasses import dataclass
from typing import Protocol, Self

from accounts.formats import number_text
from llm_manager.sentences import split_sentences

#: What takes back, or narrows, what stands before it: without it the rest would say more.
TAKES_BACK = re.compile(
    r"""\b(?: however | but | except\w* | unless | only | not | no | never | cannot | without
      | limit\w* | exclud\w* | provided\ that | subject\ to | depend\w* | although | though
      | otherwise
      | jedoch | allerdings | aber | außer | nur | nicht | kein\w* | ausgenommen | sofern
      | cependant | toutefois | mais | sauf | ne | pas | sans | uniquement | seulement
      | pero | excepto | salvo | sino | sólo | solo | sin | obstante
      | tuttavia | però | tranne | non | senza | soltanto
      | porém | contudo | mas | exceto | não | sem | apenas | somente
      | echter | maar | behalve | tenzij | niet | geen | alleen )\b | n['’]t\b""",
    re.VERBOSE | re.IGNORECASE,
)


class Limited(Protocol):
    """A question, as far as its length goes."""

    @property
    def max_characters(self) -> int | None: ...

    @property
    def max_words(self) -> int | None: ...


@dataclass(frozen=True)
class Limit:
    """The longest text that a form allows; None: no limit. Characters count as a spreadsheet
    counts them, in UTF-16 units."""

    characters: int | None = None
    words: int | None = None

    @classmethod
    def of(cls, question: Limited) -> Self:
        return cls(question.max_characters or None, question.max_words or None)

    def __bool__(self) -> bool:
        return self.characters is not None or self.words is not None

    def __str__(self) -> str:
        counts = ((self.characters, "characters"), (self.words, "words"))
        return " and ".join(f"{most:,} {what}" for most, what in counts if most is not None)

    def holds(self, text: str) -> bool:
        within = self.characters is None or characters_of(text) <= self.characters
        return within and (self.words is None or words_of(text) <= self.words)


@dataclass(frozen=True)
class Counter:
    """What an editor counts while somebody writes: so many of at most so many."""

    characters: int
    words: int
    limit: Limit

    @property
    def is_limited(self) -> bool:
        return bool(self.limit)

    @property
    def is_over(self) -> bool:
        over = self.limit.characters is not None and self.characters > self.limit.characters
        return over or (self.limit.words is not None and self.words > self.limit.words)

    @property
    def sentence(self) -> str:
        """ "120 of 500 characters"; empty where the form sets no limit."""
        counts = (
            (self.characters, self.limit.characters, "characters"),
            (self.words, self.limit.words, "words"),
        )
        return ", ".join(
            f"{number_text(now)} of {number_text(most)} {what}"
            for now, most, what in counts
            if most is not None
        )


def characters_of(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def words_of(text: str) -> int:
    return len(text.split())


def counter(text: str, question: Limited) -> Counter:
    """For the page on which an answer is written."""
    return Counter(characters_of(text), words_of(text), Limit.of(question))


def fitted(text: str, limit: Limit) -> str | None:
    """The text with as many of its last sentences left out as its limit asks; None where that
    cannot be done: the first is too long, or one to be left out takes something back."""
    if limit.holds(text):
        return text
    spans = split_sentences(text)
    for count in range(len(spans) - 1, 0, -1):
        if TAKES_BACK.search(text[slice(*spans[count])]):
            return None
        kept = text[: spans[count - 1][1]].rstrip()
        if limit.holds(kept) and not _announces(kept):
            return kept
    return None


def _announces(text: str) -> bool:
    """Ends with a colon: what follows belongs to it."""
    return text.rstrip("*_` ").endswith((":", "："))


def too_long(limit: Limit) -> str:
    """Why an answer is only partly what was asked for."""
    return f"The answer is longer than the asked {limit}; shortening it is left to a person."
