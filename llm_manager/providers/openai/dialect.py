"""What servers that speak OpenAI's API take differently: found out by asking, then remembered.

Reasoning models refuse `max_tokens` and `temperature`; many local servers know no JSON schema.
"""

import json
from collections.abc import Mapping
from typing import Any

from llm_manager.providers.base import ChatRequest

NEW_LIMIT, NO_TEMPERATURE, JSON_OBJECT, NO_FORMAT = "limit", "temperature", "json", "no format"
Habits = frozenset[str]
PLAIN: Habits = frozenset()
#: What a reasoning model may think before it answers counts against its limit.
THINKING_TOKENS = 8000
MOST_LESSONS = 5
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
    elif "response_format" in said or "json_schema" in said or "json_object" in said:
        learned = habits | {NO_FORMAT if JSON_OBJECT in habits else JSON_OBJECT}
    else:
        return None
    return learned if learned != habits else None


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
    schema_format = {"name": "reply", "schema": dict(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": schema_format}}
