"""What every provider, remote or built in, is asked: the inputs of the three kinds of writing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Kind = Literal["chat", "embedding", "rerank"]
Role = Literal["query", "passage"]
#: The passage of a library, in the order of nearness, from which the nearest one stands out.
STANDS_OUT_FROM = 20


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

    `evidence` holds features of the retrieval (None where the caller has none). `instructions`
    are for tone and style, from the people who answer; `guidance` is the installation's own
    answering prompt ("": the built-in one). `language` is the code of the language to answer in
    (None: whatever the question is in); `context` the question that this one belongs to.
    """

    question: str
    section: str
    allowed_choices: tuple[str, ...]
    passages: tuple[Passage, ...]
    max_characters: int | None
    language: str | None
    evidence: Mapping[str, float] | None
    instructions: str = ""
    guidance: str = ""
    max_words: int | None = None
    context: str = ""


@dataclass(frozen=True)
class SummaryInputs:
    """A document to be summarised from its passages, in reading order."""

    title: str
    passages: tuple[Passage, ...]
    max_characters: int


@dataclass(frozen=True)
class ReviewInputs:
    """A drafted answer to be checked against the passages it may rest on, and against what the
    buyer's form and the people who answer (`instructions`) ask of it."""

    question: str
    answer: str
    passages: tuple[Passage, ...]
    choice: str = ""
    allowed_choices: tuple[str, ...] = ()
    instructions: str = ""
    max_characters: int | None = None
    max_words: int | None = None


Inputs = AnswerInputs | SummaryInputs | ReviewInputs


@dataclass(frozen=True)
class ApiAccess:
    """What a provider needs to reach its API. `key` reveals the secret only when called."""

    base_url: str
    key: Callable[[], str]
    timeout_seconds: float
    #: None: as long as the whole call.
    first_byte_seconds: float | None = None


@dataclass(frozen=True)
class ModelInfo:
    """A model as an API lists it."""

    model_id: str
    name: str = ""
    kind: Kind = "chat"
    dimensions: int | None = None
    context_window: int | None = None


@dataclass(frozen=True)
class ChatRequest:
    """A prompt whose reply is a JSON object of `json_schema`.

    `inputs` is the same content as data, for a provider that reads data and not prose.
    """

    model_id: str
    system: str
    prompt: str
    json_schema: Mapping[str, Any]
    inputs: Inputs
    max_output_tokens: int = 1500


@dataclass(frozen=True)
class Spent:
    """Tokens of one call, as the provider counted them; where it does not, as we guess them."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    guessed: bool = False


@dataclass(frozen=True)
class ChatReply:
    """The reply's JSON object and what it cost."""

    data: dict[str, Any]
    spent: Spent = Spent()


@dataclass(frozen=True)
class EmbeddingReply:
    """Vectors of length 1 (n, dimensions), and the build that made them."""

    vectors: NDArray[np.float32]
    build: str
    spent: Spent = Spent()


@dataclass(frozen=True)
class RerankReply:
    """How well each text meets the query, in the order of the texts (n,): more is better, and
    what a number means is the model's own affair."""

    scores: NDArray[np.float64]
    spent: Spent = Spent()


class Provider(Protocol):
    """What a folder under providers/ offers, through its `connect(access)`."""

    def list_models(self) -> list[ModelInfo]: ...

    def chat(self, request: ChatRequest) -> ChatReply: ...

    def embed(
        self,
        texts: Sequence[str],
        *,
        model_id: str,
        role: Role,
        dimensions: int | None = None,
    ) -> EmbeddingReply:
        """Vectors of `dimensions` numbers, or of as many as the model gives by itself."""
        ...

    def rerank(self, query: str, texts: Sequence[str], *, model_id: str) -> RerankReply: ...
