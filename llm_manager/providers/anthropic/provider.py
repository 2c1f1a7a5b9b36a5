"""Anthropic's Messages API."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

OVERLOADED = 529
TOOL = "reply"


class AnthropicProvider:
    def __init__(self, access: ApiAccess) -> None:
        self._client: Callable[[], anthropic.Anthropic] = lambda: anthropic.Anthropic(
            base_url=access.base_url or None,
            api_key=access.key(),
            timeout=access.timeout_seconds,
            max_retries=0,
        )

    def list_models(self) -> list[ModelInfo]:
        with plain_errors():
            return [ModelInfo(m.id, m.display_name) for m in self._client().models.list()]

    def chat(self, request: ChatRequest) -> ChatReply:
        with plain_errors():
            reply = self._client().messages.create(**_arguments(request))
        if reply.stop_reason == "refusal":
            raise errors.RefusedByFilter("The model refused this question.")
        if reply.stop_reason == "max_tokens":
            raise errors.BadResponse("The model's answer was cut off.")
        return ChatReply(_data(reply), _spent(reply.usage))

    def embed(
        self, texts: Sequence[str], *, model_id: str, role: Literal["query", "passage"]
    ) -> EmbeddingReply:
        raise errors.LLMError("Anthropic offers no embeddings; choose another embedding model.")


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


def _data(reply: Any) -> dict[str, Any]:
    for block in reply.content:
        if block.type == "tool_use" and isinstance(block.input, dict):
            return dict(block.input)
    text = "".join(block.text for block in reply.content if block.type == "text")
    return read_json_object(text)


def _spent(usage: Any) -> Spent:
    cached = int(getattr(usage, "cache_read_input_tokens", 0) or 0)
    return Spent(int(usage.input_tokens) + cached, int(usage.output_tokens), cached)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Rebuild the SDK's errors into ours: nothing of their text, so no address and no key."""
    try:
        yield
    except (anthropic.AuthenticationError, anthropic.PermissionDeniedError):
        raise errors.AuthFailed("The API refused the key. Enter a valid one.") from None
    except anthropic.NotFoundError:
        raise errors.LLMError("The API does not know this model or address.") from None
    except anthropic.RateLimitError as error:
        raise errors.RateLimited("The API's rate limit is reached.", _wait(error)) from None
    except anthropic.RequestTooLargeError:
        raise errors.ContextTooLong("The prompt is longer than the API takes.") from None
    except anthropic.BadRequestError as error:
        if "too long" in str(error.message):
            text = "The prompt is longer than the model's context window."
            raise errors.ContextTooLong(text) from None
        raise errors.LLMError("The API refused the request as malformed.") from None
    except anthropic.APITimeoutError:
        raise errors.TimedOut("The API did not answer in time.") from None
    except anthropic.APIConnectionError:
        raise errors.Unreachable("The API cannot be reached.") from None
    except anthropic.APIStatusError as error:
        raise errors.Overloaded(f"The API failed with status {error.status_code}.") from None
    except (anthropic.AnthropicError, ValueError, TypeError):
        raise errors.BadResponse("The API's answer cannot be understood.") from None


def _wait(error: anthropic.APIStatusError) -> float | None:
    try:
        return float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None


def connect(access: ApiAccess) -> AnthropicProvider:
    return AnthropicProvider(access)
