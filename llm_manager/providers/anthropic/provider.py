"""Anthropic's Messages API."""

from collections.abc import Sequence
from typing import Any, Literal

import anthropic

from llm_manager import errors
from llm_manager.providers.base import (
    ApiAccess,
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    ModelInfo,
    Spent,
)
from llm_manager.providers.parsing import read_json_object
from llm_manager.providers.refusals import SdkErrors, count, plainly
from llm_manager.providers.transport import (
    CHAT_BYTES,
    LIST_BYTES,
    checked_address,
    checked_key,
    shared_client,
    timeouts,
)

OWN_ADDRESS = "https://api.anthropic.com"
TOOL = "reply"
#: The API's longest page; whoever has more models than that does not need all of them here.
PAGE_OF_MODELS = 1000
SDK = SdkErrors(
    base=anthropic.AnthropicError,
    status=anthropic.APIStatusError,
    timeout=anthropic.APITimeoutError,
    connection=anthropic.APIConnectionError,
)


class AnthropicProvider:
    def __init__(self, access: ApiAccess) -> None:
        self.access = access
        self.base_url = access.base_url or OWN_ADDRESS

    def list_models(self) -> list[ModelInfo]:
        return plainly(self._list_models, SDK)

    def _list_models(self) -> list[ModelInfo]:
        listed = self._client(LIST_BYTES).models.list(limit=PAGE_OF_MODELS).data
        return [ModelInfo(str(m.id), str(m.display_name)) for m in listed]

    def chat(self, request: ChatRequest) -> ChatReply:
        return plainly(lambda: _read(self._ask(request)), SDK)

    def _ask(self, request: ChatRequest) -> Any:
        return self._client(CHAT_BYTES).messages.create(**_arguments(request))

    def embed(
        self, texts: Sequence[str], *, model_id: str, role: Literal["query", "passage"]
    ) -> EmbeddingReply:
        text = "Anthropic offers no embeddings. Choose another API's embedding model."
        raise errors.UnknownModel(text)

    def _client(self, max_bytes: int) -> anthropic.Anthropic:
        key = checked_key(self.access.key())
        if not key:
            # Without one the SDK looks for others' keys on this machine.
            raise errors.AuthFailed("This API needs a key. Enter one.")
        return anthropic.Anthropic(
            base_url=checked_address(self.base_url),
            api_key=key,
            timeout=timeouts(self.access.timeout_seconds),
            max_retries=0,
            http_client=shared_client(max_bytes),
        )


def _arguments(request: ChatRequest) -> dict[str, Any]:
    schema = dict(request.json_schema)
    return {
        "model": request.model_id,
        "max_tokens": request.max_output_tokens,
        "system": [
            {"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}
        ],
        "messages": [{"role": "user", "content": request.prompt}],
        "tools": [{"name": TOOL, "description": "Your reply", "input_schema": schema}],
        "tool_choice": {"type": "tool", "name": TOOL},
    }


def _read(reply: Any) -> ChatReply:
    if reply.stop_reason == "refusal":
        raise errors.RefusedByFilter("The model refused this question.")
    if reply.stop_reason == "model_context_window_exceeded":
        raise errors.ContextTooLong("The prompt is longer than the model's context window.")
    if reply.stop_reason == "max_tokens":
        raise errors.BadResponse("The model's answer was cut off.")
    return ChatReply(_data(reply), _spent(reply.usage))


def _data(reply: Any) -> dict[str, Any]:
    for block in reply.content:
        if block.type == "tool_use" and isinstance(block.input, dict):
            return dict(block.input)
    text = "".join(str(block.text) for block in reply.content if block.type == "text")
    return read_json_object(text)


def _spent(usage: Any) -> Spent:
    """What was read from the cache or written to it was input all the same."""
    cached = count(getattr(usage, "cache_read_input_tokens", 0))
    written = count(getattr(usage, "cache_creation_input_tokens", 0))
    fresh = count(getattr(usage, "input_tokens", 0))
    return Spent(fresh + cached + written, count(getattr(usage, "output_tokens", 0)), cached)


def connect(access: ApiAccess) -> AnthropicProvider:
    return AnthropicProvider(access)
