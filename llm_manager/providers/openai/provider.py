"""Any server that speaks OpenAI's API: OpenAI, Azure, vLLM, Ollama, llama.cpp, LM Studio …"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import openai

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

EMBEDDING_HINTS = ("embed", "bge-", "e5-", "gte-", "minilm")


class OpenAIProvider:
    def __init__(self, access: ApiAccess) -> None:
        self._client: Callable[[], openai.OpenAI] = lambda: openai.OpenAI(
            base_url=access.base_url or None,
            # Local servers need none, but the SDK insists on a value.
            api_key=access.key() or "none",
            timeout=access.timeout_seconds,
            max_retries=0,
        )

    def list_models(self) -> list[ModelInfo]:
        with plain_errors():
            return [ModelInfo(m.id, m.id, _kind(m.id)) for m in self._client().models.list()]

    def chat(self, request: ChatRequest) -> ChatReply:
        with plain_errors():
            reply = self._client().chat.completions.create(**_chat_arguments(request))
        choice = reply.choices[0] if reply.choices else None
        if choice is None:
            raise errors.BadResponse("The model answered nothing.")
        if choice.finish_reason == "content_filter":
            raise errors.RefusedByFilter("The provider's content filter refused this question.")
        if choice.finish_reason == "length":
            raise errors.BadResponse("The model's answer was cut off.")
        return ChatReply(read_json_object(choice.message.content or ""), _spent(reply.usage))

    def embed(
        self, texts: Sequence[str], *, model_id: str, role: Literal["query", "passage"]
    ) -> EmbeddingReply:
        with plain_errors():
            reply = self._client().embeddings.create(
                model=model_id, input=list(texts), encoding_format="float"
            )
        vectors = np.asarray([row.embedding for row in reply.data], dtype=np.float32)
        if vectors.shape[0] != len(texts) or not np.isfinite(vectors).all():
            raise errors.BadResponse("The API returned vectors that cannot be used.")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return EmbeddingReply(vectors / np.maximum(lengths, 1e-12), model_id, _spent(reply.usage))


def _chat_arguments(request: ChatRequest) -> dict[str, Any]:
    return {
        "model": request.model_id,
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.prompt},
        ],
        "temperature": 0,
        "max_tokens": request.max_output_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": dict(request.json_schema)},
        },
    }


def _kind(model_id: str) -> Literal["chat", "embedding", "rerank"]:
    name = model_id.lower()
    if "rerank" in name:
        return "rerank"
    return "embedding" if any(hint in name for hint in EMBEDDING_HINTS) else "chat"


def _spent(usage: Any) -> Spent:
    details = getattr(usage, "prompt_tokens_details", None)
    return Spent(
        int(getattr(usage, "prompt_tokens", 0) or 0),
        int(getattr(usage, "completion_tokens", 0) or 0),
        int(getattr(details, "cached_tokens", 0) or 0),
    )


@contextmanager
def plain_errors() -> Iterator[None]:
    """Rebuild the SDK's errors into ours: nothing of their text, so no address and no key."""
    try:
        yield
    except openai.AuthenticationError:
        raise errors.AuthFailed("The API refused the key. Enter a valid one.") from None
    except openai.PermissionDeniedError:
        raise errors.AuthFailed("The key may not use this model.") from None
    except openai.NotFoundError:
        raise errors.LLMError("The API does not know this model or address.") from None
    except openai.RateLimitError as error:
        raise errors.RateLimited("The API's rate limit is reached.", _wait(error)) from None
    except openai.BadRequestError as error:
        raise _bad_request(str(getattr(error, "code", "") or "")) from None
    except openai.APITimeoutError:
        raise errors.TimedOut("The API did not answer in time.") from None
    except openai.APIConnectionError:
        raise errors.Unreachable("The API cannot be reached.") from None
    except openai.APIStatusError as error:
        raise errors.Overloaded(f"The API failed with status {error.status_code}.") from None
    except (openai.OpenAIError, ValueError, TypeError):
        raise errors.BadResponse("The API's answer cannot be understood.") from None


def _bad_request(code: str) -> errors.LLMError:
    if "context" in code or "length" in code:
        return errors.ContextTooLong("The prompt is longer than the model's context window.")
    if "content" in code:
        return errors.RefusedByFilter("The provider's content filter refused this question.")
    return errors.LLMError("The API refused the request as malformed.")


def _wait(error: openai.APIStatusError) -> float | None:
    try:
        return float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None


def connect(access: ApiAccess) -> OpenAIProvider:
    return OpenAIProvider(access)
