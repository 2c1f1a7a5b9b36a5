"""What the ways of searching and the search as a whole return."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from jobs.errors import JobError
from llm_manager.providers.base import STANDS_OUT_FROM
from solution_library.models import DocumentKind

#: From this share of the decision on, words are said to count as much as meaning.
EVEN = 0.42


@dataclass(frozen=True)
class Ranked:
    """A passage in the list of one way of searching."""

    chunk_id: int
    score: float
    language: str = ""


@dataclass(frozen=True)
class Worded:
    """What the search by words found, best first. `language` is the configuration of the query;
    `corrections` says which words of the library were searched for a word that is in none of its
    passages.

    `possible` is, for each configuration that was searched, the highest score that the words of
    the query could give a passage: those count too that no passage has. How near the best passage
    comes to it says how far the words can be trusted.
    """

    ranked: list[Ranked] = field(default_factory=list)
    language: str = ""
    corrections: dict[str, list[str]] = field(default_factory=dict)
    possible: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a passage stands in the list of one way of searching. `rank` counts from 1 and is
    None where the list has it not; `part` is what the list adds to the passage's fused score."""

    rank: int | None = None
    score: float = 0.0
    part: float = 0.0


@dataclass(frozen=True)
class Fused:
    """A passage in the list made of both."""

    chunk_id: int
    score: float
    words: Place = Place()
    meaning: Place = Place()


@dataclass(frozen=True)
class Balance:
    """What the first passage by words and the first by meaning add to their scores, for one
    query. `reach`: the share of what the query's words could score that the best passage has;
    None where that is not known."""

    words: float = 0.0
    meaning: float = 0.0
    reach: float | None = None

    @property
    def words_share(self) -> float:
        """What part of the decision the words have, 0 to 1."""
        both = self.words + self.meaning
        return self.words / both if both else 0.0

    @property
    def sentence(self) -> str:
        """Why the two lists count as they do, for people; empty where nothing was found."""
        if not self.words and not self.meaning:
            return ""
        if not self.words or not self.meaning:
            only = "words" if self.words else "meaning"
            return f"Only the {only} of the question found passages."
        counts = "less than" if self.words_share < EVEN else "about as much as"
        counts = f"{counts} its meaning ({self.words_share:.0%})"
        return f"The question's words count {counts}{self._because}."

    @property
    def _because(self) -> str:
        if self.reach is None:
            return ""
        return (
            f": the best passage reaches {self.reach:.0%} of what the words of the question "
            "could score"
        )


@dataclass(frozen=True)
class Copy:
    """The same passage in another document."""

    chunk_id: int
    document_id: int
    document: str
    path: str


@dataclass(frozen=True)
class Hit:
    """A passage, best first in a list. Ranks count from 1, None where a list has it not."""

    chunk_id: int
    document_id: int
    document: str
    path: str
    heading_path: str
    page: int | None
    text: str
    document_sha256: str
    score: float
    keyword_rank: int | None
    dense_rank: int | None
    keyword_score: float
    dense_score: float
    #: What words and meaning add to the fused score.
    keyword_part: float = 0.0
    dense_part: float = 0.0
    #: By the model that ranks, where one was asked; what the number means is its own affair.
    rerank_rank: int | None = None
    rerank_score: float | None = None
    version_id: int = 0
    ordinal: int = 0
    copies: tuple[Copy, ...] = ()
    kind: str = DocumentKind.FILE.value

    @property
    def is_information(self) -> bool:
        """Whether it is the buyer's own text: it says what is asked for, not what we do."""
        return self.kind == DocumentKind.INFORMATION

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """A hit from what `dataclasses.asdict` has made of it, by way of JSON."""
        copies = tuple(Copy(**copy) for copy in kept.get("copies", ()))
        return cls(**{**kept, "copies": copies})

    @property
    def why(self) -> str:
        """Which ways of searching found it, and how high."""
        ranks = {
            "words": self.keyword_rank, "meaning": self.dense_rank, "reranked": self.rerank_rank
        }  # fmt: skip
        return ", ".join(f"{name}: no. {rank}" for name, rank in ranks.items() if rank)


class Hits(list[Hit]):
    """What a search found. `warning` is a sentence where it could not search by meaning, or the
    model that ranks could not be asked. `trouble` is the error that kept it from searching by
    meaning, `rerank_trouble` that from ranking. `corrections` are the words of the library that
    were searched for misspelt ones; `balance` says how words and meaning were weighed. `nearness`
    are the cosines of the passages nearest in meaning, the nearest first, and `nearness_by` the id
    of the model that made the vectors."""

    def __init__(
        self,
        hits: Iterable[Hit] = (),
        trouble: JobError | None = None,
        corrections: dict[str, list[str]] | None = None,
        *,
        balance: Balance | None = None,
        rerank_trouble: JobError | None = None,
        reranked_by: str = "",
        nearness: Sequence[float] = (),
        nearness_by: str = "",
    ) -> None:
        super().__init__(hits)
        self.trouble = trouble
        self.corrections = corrections or {}
        self.balance = balance or Balance()
        self.rerank_trouble = rerank_trouble
        self.reranked_by = reranked_by
        self.nearness = tuple(nearness)
        self.nearness_by = nearness_by

    @property
    def nearness_gap(self) -> float | None:
        """By how much the passage nearest in meaning stands out from the twentieth: whether a
        library speaks of a thing shows in this more than in how near its best passage is. None
        where meaning was not searched for."""
        if len(self.nearness) < 2:
            return None
        return self.nearness[0] - self.nearness[min(len(self.nearness), STANDS_OUT_FROM) - 1]

    @property
    def warning(self) -> str:
        sentences = []
        if self.trouble is not None:
            sentences.append(
                f"Only the words of the question were searched for, not its meaning: {self.trouble}"
            )
        if self.rerank_trouble is not None:
            sentences.append(f"The passages were not ranked once more: {self.rerank_trouble}")
        return " ".join(sentences)
