"""Anthropic's Messages API, and gateways that speak it."""

from collections.abc import Sequence
from typing import Any

import anthropic

from llm_manager import errors
from llm_manager.providers.anthropic import dialect, replies
from llm_manager.providers.base import (
    ApiAccess,
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    ModelInfo,
    RerankReply,
    Role,
)
from llm_manager.providers.refusals import SdkErrors, plainly, said
from llm_manager.providers.transport import (
    CHAT_BYTES,
    LIST_BYTES,
    NO_KEY,
    BoundedClient,
    checked_address,
    needed_key,
)

OWN_ADDRESS = f"https://{dialect.OWN_HOST}"
#: The API's longest page; whoever has more models than that does not need all of them here.
PAGE_OF_MODELS = 1000
SDK = SdkErrors(
    base=anthropic.AnthropicError,
    status=anthropic.APIStatusError,
    connection=anthropic.APIConnectionError,
)


class AnthropicProvider:
    def __init__(self, access: ApiAccess) -> None:
        self.access = access
        self.base_url = access.base_url or OWN_ADDRESS

    def list_models(self) -> list[ModelInfo]:
        return plainly(self._list_models, SDK)

    def _list_models(self) -> list[ModelInfo]:
        return replies.models(self._client(LIST_BYTES).models.list(limit=PAGE_OF_MODELS).data)

    def chat(self, request: ChatRequest) -> ChatReply:
        return plainly(lambda: replies.chat(self._ask(request), request), SDK)

    def _ask(self, request: ChatRequest) -> Any:
        """The API's answer; what it refuses for its form is asked for in another form."""
        create = self._client(CHAT_BYTES).messages.create
        form: str | None = dialect.form_of(self.base_url, request.model_id)
        while form is not None:
            try:
                reply = create(**dialect.chat_arguments(request, form))
            except (anthropic.BadRequestError, anthropic.UnprocessableEntityError) as error:
                form = dialect.next_form(form, said(error))
                if form is None:
                    raise
                continue
            dialect.remember(self.base_url, request.model_id, form)
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
        text = "Anthropic offers no embeddings. Choose another API's embedding model."
        raise errors.UnknownModel(text)

    def rerank(self, query: str, texts: Sequence[str], *, model_id: str) -> RerankReply:
        text = "Anthropic offers no model that ranks. Choose another API's."
        raise errors.UnknownModel(text)

    def _client(self, max_bytes: int) -> anthropic.Anthropic:
        base_url = dialect.address(checked_address(self.base_url))
        known_by = dialect.credentials(base_url, needed_key(self.access))
        return anthropic.Anthropic(
            base_url=base_url,
            # With one given, the SDK does not look for others' on this machine.
            api_key=NO_KEY,
            max_retries=0,
            timeout=self.access.timeout_seconds,
            http_client=BoundedClient(self.access, max_bytes, known_by),
        )


def connect(access: ApiAccess) -> AnthropicProvider:
    return AnthropicProvider(access)
