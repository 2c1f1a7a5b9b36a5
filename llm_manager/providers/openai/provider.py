"""Any server that speaks OpenAI's API: OpenAI, Azure, vLLM, Ollama, llama.cpp, LM Studio …"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import openai

from llm_manager import errors
from llm_manager.providers.base import (
    ApiAccess,
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    ModelInfo,
    RerankReply,
    Role,
)
from llm_manager.providers.openai import dialect, replies
from llm_manager.providers.openai.dialect import Habits
from llm_manager.providers.refusals import SdkErrors, plainly, said
from llm_manager.providers.transport import (
    CHAT_BYTES,
    LIST_BYTES,
    NO_KEY,
    BoundedClient,
    checked_address,
    checked_key,
)
from llm_manager.providers.vectors import Part, groups, joined

T = TypeVar("T")
OWN_ADDRESS = "https://api.openai.com/v1"
SDK = SdkErrors(
    base=openai.OpenAIError, status=openai.APIStatusError, connection=openai.APIConnectionError
)


class OpenAIProvider:
    def __init__(self, access: ApiAccess) -> None:
        self.access = access
        self.base_url = access.base_url or OWN_ADDRESS

    def list_models(self) -> list[ModelInfo]:
        return plainly(lambda: replies.models(self._client(LIST_BYTES).models.list().data), SDK)

    def chat(self, request: ChatRequest) -> ChatReply:
        return plainly(lambda: replies.chat(self._ask(request), request), SDK)

    def _ask(self, request: ChatRequest) -> Any:
        create = self._client(CHAT_BYTES).chat.completions.create
        return self._as_taken(
            request.model_id, lambda habits: create(**dialect.chat_arguments(request, habits))
        )

    def _as_taken(self, model_id: str, ask: Callable[[Habits], T]) -> T:
        """The API's answer; what it refuses for its form is asked again in another form."""
        habits = dialect.habits_of(self.base_url, model_id)
        for _ in range(dialect.MOST_LESSONS):
            try:
                reply = ask(habits)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                learned = dialect.lesson(habits, said(error))
                if learned is None:
                    raise
                habits = learned
                continue
            dialect.remember(self.base_url, model_id, habits)
            return reply
        raise errors.LLMError("The API refuses every form of request that is known.")

    def embed(
        self,
        texts: Sequence[str],
        *,
        model_id: str,
        role: Role,
        dimensions: int | None = None,
    ) -> EmbeddingReply:
        def part(group: list[str]) -> Part:
            return plainly(lambda: self._embed(group, model_id, dimensions), SDK)

        return joined([part(group) for group in groups(texts)], model_id, dimensions)

    def _embed(self, texts: list[str], model_id: str, dimensions: int | None) -> Part:
        create = self._client(LIST_BYTES).embeddings.create
        reply = self._as_taken(
            model_id,
            lambda habits: create(
                **dialect.embedding_arguments(texts, model_id, dimensions, habits)
            ),
        )
        return replies.vectors(reply, texts)

    def rerank(self, query: str, texts: Sequence[str], *, model_id: str) -> RerankReply:
        """Raises UnknownModel where the server does not rank (OpenAI itself does not)."""
        asked = dialect.rerank_arguments(query, texts, model_id)
        return plainly(lambda: replies.reranking(self._post(asked), query, list(texts)), SDK)

    def _post(self, asked: dict[str, Any]) -> Any:
        return self._client(LIST_BYTES).post("/rerank", body=asked, cast_to=object)

    def _client(self, max_bytes: int) -> openai.OpenAI:
        base_url = checked_address(self.base_url)
        known_by = dialect.credentials(base_url, checked_key(self.access.key()))
        return openai.OpenAI(
            base_url=base_url,
            api_key=NO_KEY,
            max_retries=0,
            timeout=self.access.timeout_seconds,
            http_client=BoundedClient(self.access, max_bytes, known_by),
        )


def connect(access: ApiAccess) -> OpenAIProvider:
    return OpenAIProvider(access)
