"""What servers that speak OpenAI's API take differently: found out by asking, then remembered.

Reasoning models refuse `max_tokens` and `temperature`; many local servers know no JSON schema,
or not a strict one; many embedding models have one width of vectors and refuse to be asked for it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from llm_manager.providers.base import ChatRequest
from llm_manager.providers.schemas import closed

NEW_LIMIT, NO_TEMPERATURE, NO_WIDTH = "limit", "temperature", "no width"
#: From a strict schema, down to no format at all: as little as the server wants.
LOOSE, JSON_OBJECT, NO_FORMAT = "loose", "json", "no format"
STRICTNESS = ("strict", "additionalproperties", "invalid schema")
Habits = frozenset[str]
PLAIN: Habits = frozenset()
#: What a reasoning model may think before it answers counts against its limit.
THINKING_TOKENS = 8000
MOST_LESSONS = 6
#: Azure takes a key in a header of its own; Bearer is for its other kind of sign-in.
AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_learned: dict[tuple[str, str], Habits] = {}


def habits_of(base_url: str, model_id: str) -> Habits:
    return _learned.get((base_url, model_id), PLAIN)


def remember(base_url: str, model_id: str, habits: Habits) -> None:
    _learned[(base_url, model_id)] = habits


def lesson(habits: Habits, said: str) -> Habits | None:
    """The habits after a refusal that said `said`; None if it was about something else."""
    if "max_completion_tokens" in said or "max_tokens" in said:
        learned = habits | {NEW_LIMIT}
    elif "temperature" in said:
        learned = habits | {NO_TEMPERATURE}
    elif any(word in said for word in STRICTNESS) and not habits & {LOOSE, JSON_OBJECT}:
        learned = habits | {LOOSE}
    elif any(word in said for word in ("response_format", "json_schema", "json_object")):
        learned = habits | {NO_FORMAT if JSON_OBJECT in habits else JSON_OBJECT}
    elif "dimension" in said or "matryoshka" in said:
        learned = habits | {NO_WIDTH}
    else:
        return None
    return learned if learned != habits else None


def credentials(base_url: str, key: str) -> dict[str, str]:
    """The headers that a server at this address knows a caller by."""
    if not key:
        return {}
    if (urlsplit(base_url).hostname or "").endswith(AZURE):
        return {"api-key": key}
    return {"authorization": f"Bearer {key}"}


def chat_arguments(request: ChatRequest, habits: Habits) -> dict[str, Any]:
    """The arguments of a chat completion for a server with these habits."""
    arguments: dict[str, Any] = {
        "model": request.model_id,
        "messages": [
            {"role": "system", "content": request.system + _shape(request.json_schema)},
            {"role": "user", "content": request.prompt},
        ],
        **_limit(request.max_output_tokens, habits),
        **_format(request.json_schema, habits),
    }
    if NO_TEMPERATURE not in habits:
        arguments["temperature"] = 0
    return arguments


def embedding_arguments(
    texts: Sequence[str], model_id: str, dimensions: int | None, habits: Habits
) -> dict[str, Any]:
    wanted = {} if dimensions is None or NO_WIDTH in habits else {"dimensions": dimensions}
    return {"model": model_id, "input": list(texts), "encoding_format": "float", **wanted}


def rerank_arguments(query: str, texts: Sequence[str], model_id: str) -> dict[str, Any]:
    """As Cohere, Jina, vLLM and llama.cpp have in common."""
    return {"model": model_id, "query": query, "documents": list(texts), "top_n": len(texts)}


def _shape(schema: Mapping[str, Any]) -> str:
    """Said in words too: a server may drop a response format that it does not know."""
    return "\n\nReply with one JSON object of this JSON schema:\n" + json.dumps(schema)


def _limit(tokens: int, habits: Habits) -> dict[str, Any]:
    if NEW_LIMIT in habits:
        return {"max_completion_tokens": tokens + THINKING_TOKENS}
    return {"max_tokens": tokens}


def _format(schema: Mapping[str, Any], habits: Habits) -> dict[str, Any]:
    if NO_FORMAT in habits:
        return {}
    if JSON_OBJECT in habits:
        return {"response_format": {"type": "json_object"}}
    if LOOSE in habits or not schema.get("properties"):
        named: dict[str, Any] = {"name": "reply", "schema": dict(schema)}
    else:
        named = {"name": "reply", "strict": True, "schema": closed(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": named}}
