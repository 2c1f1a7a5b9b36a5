"""What the ways of searching and the search as a whole return."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from jobs.errors import JobError


@dataclass(frozen=True)
class Ranked:
    """A passage in the list of one way of searching, or in the fused one."""

    chunk_id: int
    score: float
    language: str = ""


@dataclass(frozen=True)
class Worded:
    """What the search by words found, best first. `language` is the configuration of the query;
    `corrections` says which words of the library were searched for a word that is in none of its
    passages."""

    ranked: list[Ranked] = field(default_factory=list)
    language: str = ""
    corrections: dict[str, list[str]] = field(default_factory=dict)


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


class Hits(list[Hit]):
    """What a search found. `warning` is a sentence where it could not search by meaning, and
    `trouble` is the error that was in the way. `corrections` are the words of the library that
    were searched for misspelt ones."""

    def __init__(
        self,
        hits: Iterable[Hit] = (),
        trouble: JobError | None = None,
        corrections: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(hits)
        self.trouble = trouble
        self.corrections = corrections or {}

    @property
    def warning(self) -> str:
        if self.trouble is None:
            return ""
        return f"Only the words of the question were searched for, not its meaning: {self.trouble}"
