"""What every provider, remote or built in, is asked: the inputs of the three kinds of writing."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """A numbered piece of a document; `number` is what a citation refers to."""

    number: int
    text: str
    heading_path: str = ""
    document: str = ""
    score: float | None = None


@dataclass(frozen=True)
class AnswerInputs:
    """A questionnaire's question with the passages found for it, best first.

    `evidence` holds features of the retrieval (None where the caller has none).
    """

    question: str
    section: str
    allowed_choices: tuple[str, ...]
    passages: tuple[Passage, ...]
    max_characters: int | None
    language: str | None
    evidence: Mapping[str, float] | None


@dataclass(frozen=True)
class SummaryInputs:
    """A document to be summarised from its passages, in reading order."""

    title: str
    passages: tuple[Passage, ...]
    max_characters: int


@dataclass(frozen=True)
class ReviewInputs:
    """A drafted answer to be checked against the passages it may rest on."""

    question: str
    answer: str
    passages: tuple[Passage, ...]
