"""Reads what Anthropic's Messages API answers."""

import json
from typing import Any

from llm_manager import errors
from llm_manager.providers.base import ChatReply, ChatRequest, ModelInfo, Spent
from llm_manager.providers.parsing import read_json_object
from llm_manager.providers.refusals import billed, count, counted, guess


def models(listed: Any) -> list[ModelInfo]:
    return [ModelInfo(str(m.id), str(m.display_name), context_window=_window(m)) for m in listed]


def _window(model: Any) -> int | None:
    return count(getattr(model, "max_input_tokens", None)) or None


def chat(reply: Any, request: ChatRequest) -> ChatReply:
    """Raises LLMError with what the answer cost, if it is not one."""
    spent = counted(_spent(reply.usage))
    with billed(spent):
        _refuse(reply.stop_reason)
        data = _data(reply)
    sent = len(request.system) + len(request.prompt)
    return ChatReply(data, spent or guess(sent, len(json.dumps(data))))


def _refuse(stop_reason: str | None) -> None:
    if stop_reason == "refusal":
        raise errors.RefusedByFilter("The model refused this question.")
    if stop_reason == "model_context_window_exceeded":
        raise errors.ContextTooLong("The prompt is longer than the model's context window.")
    if stop_reason == "max_tokens":
        raise errors.BadResponse("The model's answer was cut off.")


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
