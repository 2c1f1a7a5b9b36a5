"""Reads what Google's Gemini API answers."""

import re
from collections.abc import Mapping
from typing import Any

from llm_manager import errors
from llm_manager.providers.base import ChatReply, ChatRequest, Kind, ModelInfo, Spent
from llm_manager.providers.parsing import read_json_object
from llm_manager.providers.refusals import (
    MOST_WORDS,
    NOT_UNDERSTOOD,
    Refused,
    billed,
    count,
    counted,
    guess,
)
from llm_manager.providers.vectors import Part, unit_vectors

PREFIX = "models/"
FILTERED = {
    "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
}  # fmt: skip
CUT_OFF = {"MAX_TOKENS", "CONTINUATION"}
#: Listed with the same method as models that write text.
OTHER_ARTS = re.compile(
    r"-(?:tts|image|audio|live|robotics|computer-use)(?:-|$)|^(?:imagen|veo|aqa)"
)


# -- models --------------------------------------------------------------------------------
def models(listed: Any) -> list[ModelInfo]:
    """Raises BadResponse for none: so the SDK reads whatever is no list of models."""
    if not listed:
        raise errors.BadResponse(NOT_UNDERSTOOD)
    found = [(_id(model), _kind(model), model) for model in listed]
    return [
        ModelInfo(
            model_id, str(model.display_name or ""), kind,
            context_window=count(model.input_token_limit) or None,
        )
        for model_id, kind, model in found
        if kind is not None and not OTHER_ARTS.search(model_id)
    ]  # fmt: skip


def _id(model: Any) -> str:
    return str(model.name or "").removeprefix(PREFIX)


def _kind(model: Any) -> Kind | None:
    """By what can be asked of it; None for what neither writes nor embeds text."""
    methods = {str(method) for method in model.supported_actions or []}
    if "generateContent" in methods:
        return "chat"
    return "embedding" if methods & {"embedContent", "batchEmbedContents"} else None


# -- answers -------------------------------------------------------------------------------
def chat(reply: Any, request: ChatRequest) -> ChatReply:
    """Raises LLMError with what the answer cost, if it is not one."""
    spent = counted(_spent(reply.usage_metadata))
    with billed(spent):
        text = _text(reply)
        data = read_json_object(text)
    sent = len(request.system) + len(request.prompt)
    return ChatReply(data, spent or guess(sent, len(text)))


def _text(reply: Any) -> str:
    feedback = reply.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        raise errors.RefusedByFilter("The provider's content filter refused this question.")
    if not reply.candidates:
        raise errors.BadResponse("The model answered nothing.")
    candidate = reply.candidates[0]
    _refuse(_name(candidate.finish_reason))
    parts = candidate.content.parts if candidate.content else None
    return "".join(part.text for part in parts or [] if part.text and not part.thought)


def _refuse(finished: str) -> None:
    if finished in FILTERED:
        raise errors.RefusedByFilter("The provider's content filter refused this answer.")
    if finished in CUT_OFF:
        raise errors.BadResponse("The model's answer was cut off.")
    if finished not in ("STOP", ""):
        raise errors.BadResponse("The model broke off its answer.")


def _name(reason: Any) -> str:
    return str(getattr(reason, "value", reason) or "").upper()


def _spent(usage: Any) -> Spent:
    """What was thought before the answer is paid for like the answer."""
    written = count(getattr(usage, "candidates_token_count", 0))
    thought = count(getattr(usage, "thoughts_token_count", 0))
    return Spent(
        count(getattr(usage, "prompt_token_count", 0)),
        written + thought,
        count(getattr(usage, "cached_content_token_count", 0)),
    )


def vectors(reply: Any, texts: list[str]) -> Part:
    """The API does not say what it counted for vectors."""
    rows = [row.values for row in reply.embeddings or []]
    return unit_vectors(rows, len(texts)), guess(sum(map(len, texts)))


# -- refusals ------------------------------------------------------------------------------
def refused(error: Any) -> Refused:
    """What an error of the SDK says. How long to wait is in its details, not in a header."""
    stated = error.details if isinstance(error.details, Mapping) else {}
    fields = stated.get("error", stated)
    fields = fields if isinstance(fields, Mapping) else {"message": fields}
    details = _mappings(fields.get("details"))
    words = [fields.get("status"), fields.get("message"), *(_words(d) for d in details)]
    said = " ".join(str(word) for word in words if word)[:MOST_WORDS].lower()
    return Refused(int(error.code or 0), said, _headers(error, details))


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _words(detail: Mapping[str, Any]) -> str:
    """Why, and which quota: the one of a day is not a matter of waiting a little."""
    quotas = [v.get("quotaId", "") for v in _mappings(detail.get("violations"))]
    return " ".join(map(str, [detail.get("reason", ""), *quotas]))


def _headers(error: Any, details: list[Mapping[str, Any]]) -> dict[str, str]:
    waits = [str(d["retryDelay"]).removesuffix("s") for d in details if "retryDelay" in d]
    headers = dict(getattr(error.response, "headers", None) or {})
    return headers | ({"retry-after": waits[0]} if waits else {})
