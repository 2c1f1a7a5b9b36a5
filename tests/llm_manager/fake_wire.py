"""The wire formats of the fake LLM server: OpenAI's, Anthropic's and Gemini's."""

import json
import re
from typing import Any, Literal

import numpy as np

Format = Literal["openai", "anthropic", "gemini"]
#: Why a model stopped writing, in each one's words.
FINISH = {
    "openai": {"stop": "stop", "length": "length", "filter": "content_filter"},
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "filter": "refusal"},
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY"},
}
MODELS = ["small-chat", "text-embed-small", "rerank-1"]
DIMENSIONS = 384
CHARACTERS_PER_TOKEN = 4.2
#: A real count of tokens, or (None) the same for every call: 1000 in, 100 out.
Count = tuple[int, int] | None


def format_of(path: str, headers: dict[str, str]) -> Format:
    if path.startswith("/v1beta"):
        return "gemini"
    named = {name.lower() for name in headers}
    return "anthropic" if "anthropic-version" in named else "openai"


def tokens_of(text: str) -> int:
    return int(len(text) / CHARACTERS_PER_TOKEN) + 1


# -- what is asked -------------------------------------------------------------------------
def prompt_in(form: Format, asked: dict[str, Any]) -> str:
    """The user's part of a chat."""
    if form == "gemini":
        return "".join(p["text"] for content in asked["contents"] for p in content["parts"])
    return str(asked["messages"][-1]["content"])


def all_text_in(asked: Any) -> str:
    """All the texts of a request, as a provider would count them."""
    if isinstance(asked, str):
        return asked
    if isinstance(asked, dict):
        named = ("system", "systemInstruction", "messages", "contents", "content", "parts", "text")
        return "".join(all_text_in(asked[name]) for name in named if name in asked)
    return "".join(map(all_text_in, asked)) if isinstance(asked, list) else ""


# -- lists of models -----------------------------------------------------------------------
def model_list() -> dict[str, Any]:
    """In OpenAI's and Anthropic's form at once."""
    data = [
        {"id": m, "object": "model", "type": "model", "display_name": m.title(), "created": 1,
         "created_at": "2026-01-01T00:00:00Z", "owned_by": "us"} for m in MODELS
    ]  # fmt: skip
    return {"object": "list", "data": data, "has_more": False, "first_id": None, "last_id": None}


def gemini_list() -> dict[str, Any]:
    methods = {"small-chat": ["generateContent", "countTokens"],
               "text-embed-small": ["embedContent", "batchEmbedContents"],
               "imagen-9": ["predict"]}  # fmt: skip
    return {
        "models": [
            {"name": f"models/{name}", "displayName": name.title(), "inputTokenLimit": 32768,
             "supportedGenerationMethods": offered} for name, offered in methods.items()
        ]
    }  # fmt: skip


# -- answers -------------------------------------------------------------------------------
def answer(
    form: Format, content: str | None, finish: str = "stop", count: Count = None
) -> dict[str, Any]:
    """A whole reply with this text, ended for this reason."""
    word = FINISH[form][finish]
    if form == "openai":
        return completion(content, finish=word, count=count)
    if form == "gemini":
        return generated(content, finish=word, count=count)
    blocks = [] if content is None else [{"type": "text", "text": content}]
    return message(blocks, stop=word, count=count)


def answer_with(form: Format, data: dict[str, Any], count: Count = None) -> dict[str, Any]:
    """A proper reply to a request for an object."""
    if form == "anthropic":
        return message(
            [{"type": "tool_use", "id": "t", "name": "reply", "input": data}], count=count
        )
    return answer(form, json.dumps(data), count=count)


def completion(
    content: str | None, *, finish: str = "stop", count: Count = None, **message: Any
) -> dict[str, Any]:
    choice = {"role": "assistant", "content": content} | message
    sent, written = count or (1000, 100)
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": "small-chat",
        "choices": [{"index": 0, "finish_reason": finish, "message": choice}],
        "usage": {"prompt_tokens": sent, "completion_tokens": written,
                  "total_tokens": sent + written,
                  "prompt_tokens_details": {"cached_tokens": 0 if count else 600}},
    }  # fmt: skip


def message(
    content: list[dict[str, Any]], *, stop: str = "tool_use", count: Count = None
) -> dict[str, Any]:
    sent, written = count or (400, 100)
    return {
        "id": "m", "type": "message", "role": "assistant", "model": "small-chat",
        "content": content, "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": sent, "output_tokens": written,
                  "cache_read_input_tokens": 0 if count else 500,
                  "cache_creation_input_tokens": 0 if count else 100},
    }  # fmt: skip


def generated(
    content: str | None, *, finish: str = "STOP", count: Count = None, **candidate: Any
) -> dict[str, Any]:
    sent, written = count or (1000, 80)
    parts = {} if content is None else {"content": {"role": "model", "parts": [{"text": content}]}}
    usage = {"promptTokenCount": sent, "candidatesTokenCount": written}
    if count is None:
        usage |= {"thoughtsTokenCount": 20, "cachedContentTokenCount": 600}
    return {
        "candidates": [parts | {"finishReason": finish, "index": 0} | candidate],
        "usageMetadata": usage | {"totalTokenCount": sum(usage.values())},
        "modelVersion": "small-chat", "responseId": "r",
    }  # fmt: skip


def blocked(reason: str = "PROHIBITED_CONTENT") -> dict[str, Any]:
    """Gemini's reply to a prompt that its filter stops: no candidate at all."""
    usage = {"promptTokenCount": 1000, "totalTokenCount": 1000}
    return {"promptFeedback": {"blockReason": reason}, "usageMetadata": usage}


# -- vectors and ranks ---------------------------------------------------------------------
def vectors_of(
    texts: list[str], rows: list[list[float]] | None = None, dimensions: int | None = None
) -> dict[str, Any]:
    """Vectors in which texts that share words are near, not of length 1, last text first."""
    rows = rows if rows is not None else [word_vector(text, dimensions) for text in texts]
    data = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)]
    return {
        "object": "list", "model": "text-embed-small", "data": data[::-1],
        "usage": {"prompt_tokens": 7 * len(texts), "total_tokens": 7 * len(texts)},
    }  # fmt: skip


def gemini_vectors(asked: dict[str, Any]) -> dict[str, Any]:
    rows = []
    for one in asked["requests"]:
        text = "".join(part["text"] for part in one["content"]["parts"])
        rows.append({"values": word_vector(text, one.get("outputDimensionality"))})
    return {"embeddings": rows}


def word_vector(text: str, dimensions: int | None = None) -> list[float]:
    vector = np.full(dimensions or DIMENSIONS, 0.01)
    for word in words_of(text):
        vector[int.from_bytes(word.encode()[:8], "big") % len(vector)] += 3.0
    return [float(x) for x in vector]


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def ranking_of(query: str, texts: list[str], named: str = "relevance_score") -> dict[str, Any]:
    """Best first, by shared words."""
    asked = set(words_of(query))
    rows = [
        {"index": n, named: len(asked & set(words_of(text))) / (len(asked) or 1)}
        for n, text in enumerate(texts)
    ]
    rows.sort(key=lambda row: -row[named])
    return {"results": rows, "usage": {"prompt_tokens": 11, "total_tokens": 11}}


# -- refusals ------------------------------------------------------------------------------
def refusal(form: Format, code: int, error: Any, retry_after: str | None) -> dict[str, Any]:
    """An error's body. OpenAI's and Anthropic's fields do not collide; Gemini's do."""
    if form != "gemini":
        return {"type": "error", "error": error or {"type": "api_error", "message": "no"}}
    said = error if isinstance(error, dict) else {"message": error or "no"}
    stated = {"code": code, "message": said.get("message", ""), "status": said.get("code") or "NO"}
    details = list(said.get("details", []))
    if retry_after:
        kind = "type.googleapis.com/google.rpc.RetryInfo"
        details.append({"@type": kind, "retryDelay": f"{retry_after}s"})
    return {"error": stated | {"details": details}}
