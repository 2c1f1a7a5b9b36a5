"""Any server that speaks OpenAI's API: OpenAI, Azure, vLLM, Ollama, llama.cpp, LM Studio …"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Literal

import numpy as np
import openai
from numpy.typing import NDArray

from llm_manager import errors
from llm_manager.providers.base import (
    ApiAccess,
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    ModelInfo,
    Spent,
)
from llm_manager.providers.openai import dialect
from llm_manager.providers.parsing import read_json_object
from llm_manager.providers.refusals import SdkErrors, count, plainly, said
from llm_manager.providers.transport import (
    CHAT_BYTES,
    LIST_BYTES,
    checked_address,
    checked_key,
    shared_client,
    timeouts,
)

OWN_ADDRESS = "https://api.openai.com/v1"
EMBEDDING_HINTS = ("embed", "bge-", "e5-", "gte-", "minilm")
MOST_MODELS = 2000
#: Texts in one request: the least that common servers take.
EMBEDDED_AT_ONCE = 32
#: Of a vector's numbers; squares of larger ones (and of NaN) are none.
LARGEST = 1e100
NO_ACCOUNT: Any = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
SDK = SdkErrors(
    base=openai.OpenAIError,
    status=openai.APIStatusError,
    timeout=openai.APITimeoutError,
    connection=openai.APIConnectionError,
)


class OpenAIProvider:
    def __init__(self, access: ApiAccess) -> None:
        self.access = access
        self.base_url = access.base_url or OWN_ADDRESS

    def list_models(self) -> list[ModelInfo]:
        return plainly(self._list_models, SDK)

    def _list_models(self) -> list[ModelInfo]:
        listed = self._client(LIST_BYTES).models.list().data
        return [ModelInfo(str(m.id), str(m.id), _kind(str(m.id))) for m in listed[:MOST_MODELS]]

    def chat(self, request: ChatRequest) -> ChatReply:
        return plainly(lambda: _read(self._ask(request)), SDK)

    def _ask(self, request: ChatRequest) -> Any:
        """The API's answer; what it refuses for its form is asked again in another form."""
        client = self._client(CHAT_BYTES)
        habits = dialect.habits_of(self.base_url, request.model_id)
        for _ in range(dialect.MOST_LESSONS):
            try:
                reply = client.chat.completions.create(**dialect.chat_arguments(request, habits))
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                learned = dialect.lesson(habits, said(error))
                if learned is None:
                    raise
                habits = learned
                continue
            dialect.remember(self.base_url, request.model_id, habits)
            return reply
        raise errors.LLMError("The API refuses every form of request that is known.")

    def embed(
        self, texts: Sequence[str], *, model_id: str, role: Literal["query", "passage"]
    ) -> EmbeddingReply:
        parts = [self._embed(part, model_id) for part in _groups(texts)]
        if not parts:
            return EmbeddingReply(np.zeros((0, 0), np.float32), model_id)
        vectors = [vectors for vectors, _ in parts]
        if len({part.shape[1] for part in vectors}) > 1:
            raise errors.BadResponse("The API returned vectors of different lengths.")
        tokens = sum(tokens for _, tokens in parts)
        return EmbeddingReply(np.concatenate(vectors), model_id, Spent(tokens))

    def _embed(self, texts: list[str], model_id: str) -> tuple[NDArray[np.float32], int]:
        return plainly(lambda: self._embed_raw(texts, model_id), SDK)

    def _embed_raw(self, texts: list[str], model_id: str) -> tuple[NDArray[np.float32], int]:
        reply = self._client(LIST_BYTES).embeddings.create(
            model=model_id, input=texts, encoding_format="float"
        )
        return _unit_vectors(reply.data, len(texts)), _spent(reply.usage).input_tokens

    def _client(self, max_bytes: int) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=checked_address(self.base_url),
            # Local servers need none, but the SDK insists on a value.
            api_key=checked_key(self.access.key()) or "none",
            # The environment of the process has no say in whose account this is.
            default_headers=NO_ACCOUNT,
            timeout=timeouts(self.access.timeout_seconds),
            max_retries=0,
            http_client=shared_client(max_bytes),
        )


def _groups(texts: Sequence[str]) -> list[list[str]]:
    rest = iter(texts)
    return list(iter(lambda: list(islice(rest, EMBEDDED_AT_ONCE)), []))


def _read(reply: Any) -> ChatReply:
    choice = reply.choices[0] if reply.choices else None
    if choice is None or choice.message is None:
        raise errors.BadResponse("The model answered nothing.")
    if choice.finish_reason == "content_filter" or getattr(choice.message, "refusal", None):
        raise errors.RefusedByFilter("The provider's content filter refused this question.")
    if choice.finish_reason == "length":
        raise errors.BadResponse("The model's answer was cut off.")
    return ChatReply(read_json_object(choice.message.content or ""), _spent(reply.usage))


def _unit_vectors(rows: Any, expected: int) -> NDArray[np.float32]:
    """The vectors in the order of the texts, each of length 1. Raises BadResponse."""
    if len(rows) != expected or {row.index for row in rows} != set(range(expected)):
        raise errors.BadResponse("The API returned another number of vectors than asked for.")
    ordered = sorted(rows, key=lambda row: int(row.index))
    vectors = np.asarray([row.embedding for row in ordered], dtype=np.float64)
    if vectors.ndim != 2 or vectors.shape[1] == 0 or not (np.abs(vectors) < LARGEST).all():
        raise errors.BadResponse("The API returned vectors that cannot be used.")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (lengths > 1e-9).all():
        raise errors.BadResponse("The API returned an empty vector.")
    unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
    return unit


def _kind(model_id: str) -> Literal["chat", "embedding", "rerank"]:
    name = model_id.lower()
    if "rerank" in name:
        return "rerank"
    return "embedding" if any(hint in name for hint in EMBEDDING_HINTS) else "chat"


def _spent(usage: Any) -> Spent:
    details = getattr(usage, "prompt_tokens_details", None)
    return Spent(
        count(getattr(usage, "prompt_tokens", 0)),
        count(getattr(usage, "completion_tokens", 0)),
        count(getattr(details, "cached_tokens", 0)),
    )


def connect(access: ApiAccess) -> OpenAIProvider:
    return OpenAIProvider(access)
