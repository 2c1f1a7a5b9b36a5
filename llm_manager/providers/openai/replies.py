"""Reads what servers that speak OpenAI's API answer."""

import re
from collections.abc import Mapping
from typing import Any

from llm_manager import errors
from llm_manager.providers.base import ChatReply, ChatRequest, Kind, ModelInfo, RerankReply, Spent
from llm_manager.providers.parsing import read_json_object
from llm_manager.providers.refusals import Refused, billed, count, counted, guess, refusal
from llm_manager.providers.vectors import Part, in_order, unit_vectors, usable_scores

EMBEDDING_HINTS = ("embed", "bge-", "e5-", "gte-", "minilm")
#: What OpenAI lists beside models that read and write text.
OTHER_ARTS = re.compile(
    r"^(?:whisper|tts-|dall-e|omni-moderation|text-moderation|gpt-image|chatgpt-image|sora|"
    r"gpt-realtime|gpt-audio|babbage-002|davinci-002)|-(?:transcribe|tts|realtime|audio)(?:-|$)"
)
#: Where servers say how much a model reads: vLLM, OpenRouter, LM Studio, Groq, llama.cpp.
WINDOWS = ("max_model_len", "context_length", "max_context_length", "context_window")
MOST_MODELS = 2000


def models(listed: Any) -> list[ModelInfo]:
    return [
        ModelInfo(str(m.id), str(m.id), kind_of(str(m.id)), context_window=_window(m))
        for m in listed[:MOST_MODELS]
        if not OTHER_ARTS.search(str(m.id))
    ]


def kind_of(model_id: str) -> Kind:
    name = model_id.lower()
    if "rerank" in name:
        return "rerank"
    return "embedding" if any(hint in name for hint in EMBEDDING_HINTS) else "chat"


def _window(model: Any) -> int | None:
    meta = getattr(model, "meta", None)
    trained = meta.get("n_ctx_train") if isinstance(meta, Mapping) else None
    stated = [count(getattr(model, name, None)) for name in WINDOWS]
    return next((tokens for tokens in [*stated, count(trained)] if tokens), None)


def chat(reply: Any, request: ChatRequest) -> ChatReply:
    """Raises LLMError with what the answer cost, if it is not one."""
    refuse_errors(reply)
    spent = counted(spent_of(reply.usage))
    with billed(spent):
        text = _text(reply)
        data = read_json_object(text)
    sent = len(request.system) + len(request.prompt)
    return ChatReply(data, spent or guess(sent, len(text)))


def refuse_errors(reply: Any) -> None:
    """A gateway that has already said 200 tells of a refusal in its answer."""
    stated = getattr(reply, "error", None)
    status = stated.get("code") if isinstance(stated, Mapping) else None
    if isinstance(status, int) and 400 <= status < 600:
        raise refusal(Refused(status, str(stated).lower(), {}))


def _text(reply: Any) -> str:
    choice = reply.choices[0] if reply.choices else None
    if choice is None or choice.message is None:
        raise errors.BadResponse("The model answered nothing.")
    if choice.finish_reason == "content_filter" or getattr(choice.message, "refusal", None):
        raise errors.RefusedByFilter("The provider's content filter refused this question.")
    if choice.finish_reason == "length":
        raise errors.BadResponse("The model's answer was cut off.")
    if choice.finish_reason == "error":
        raise errors.Overloaded("The provider behind this API failed.")
    return str(choice.message.content or "")


def vectors(reply: Any, texts: list[str]) -> Part:
    refuse_errors(reply)
    spent = counted(spent_of(getattr(reply, "usage", None)))
    with billed(spent):
        rows = in_order([(row.index, row.embedding) for row in reply.data], len(texts))
        return unit_vectors(rows, len(texts)), spent or guess(sum(map(len, texts)))


def reranking(reply: Any, query: str, texts: list[str]) -> RerankReply:
    """The scores of Cohere's and Jina's form, which vLLM and llama.cpp speak too."""
    usage = reply.get("usage") if isinstance(reply, Mapping) else None
    spent = counted(_rerank_spent(usage))
    with billed(spent):
        found = [(row["index"], _score(row)) for row in _results(reply)]
        scores = usable_scores(in_order(found, len(texts)))
    return RerankReply(scores, spent or guess(len(query) * len(texts) + sum(map(len, texts))))


def _results(reply: Any) -> Any:
    return reply["results"] if isinstance(reply, Mapping) else reply


def _score(row: Mapping[str, Any]) -> float:
    return float(row["relevance_score"] if "relevance_score" in row else row["score"])


def _rerank_spent(usage: Any) -> Spent:
    stated = usage if isinstance(usage, Mapping) else {}
    return Spent(count(stated.get("prompt_tokens")) or count(stated.get("total_tokens")))


def spent_of(usage: Any) -> Spent:
    details = getattr(usage, "prompt_tokens_details", None)
    return Spent(
        count(getattr(usage, "prompt_tokens", 0)),
        count(getattr(usage, "completion_tokens", 0)),
        count(getattr(details, "cached_tokens", 0)),
    )
