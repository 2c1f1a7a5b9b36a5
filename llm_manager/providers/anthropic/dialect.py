"""How Anthropic's Messages API wants to be asked, and what stands in front of it.

Older models and gateways know the call of a tool and no output format; newer models refuse to be
forced to call one. Which is which is found out by asking, then remembered.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from llm_manager.providers.base import ChatRequest
from llm_manager.providers.schemas import closed

OWN_HOST = "api.anthropic.com"
TOOL = "reply"
#: How the reply's shape is asked for: as the input of a tool, as a format, or in words alone.
FORCED_TOOL, FORMAT, WORDS = FORMS = ("tool", "format", "words")
WORDS_OF = {
    FORCED_TOOL: ("tool_choice", "tool choice", "forced tool", "tool use", "tools"),
    FORMAT: ("output_config", "output format", "output_format", "json_schema", "schema"),
    WORDS: (),
}
_learned: dict[tuple[str, str], str] = {}
#: Tokens of a person's or a service's sign-in, as opposed to keys.
SIGN_IN = "sk-ant-oat"


def credentials(base_url: str, key: str) -> dict[str, str]:
    """The headers that the API at this address knows a caller by.

    Anthropic reads a key in one header and a sign-in's token in the other. Of the gateways some
    read this one, some that: they get both, rather than a second request for those that refuse.
    """
    bearer, own = {"authorization": f"Bearer {key}"}, {"x-api-key": key}
    if key.startswith(SIGN_IN):
        return bearer
    return own if urlsplit(base_url).hostname == OWN_HOST else bearer | own


def address(base_url: str) -> str:
    """Without the version, which the SDK adds: people enter both forms."""
    return base_url.rstrip("/").removesuffix("/v1")


def form_of(base_url: str, model_id: str) -> str:
    return _learned.get((base_url, model_id), FORMS[0])


def remember(base_url: str, model_id: str, form: str) -> None:
    _learned[(base_url, model_id)] = form


def next_form(form: str, said: str) -> str | None:
    """The form to ask in after a refusal of this one; None if it was about something else."""
    number = FORMS.index(form)
    refused = any(word in said for word in WORDS_OF[form])
    return FORMS[number + 1] if refused and number + 1 < len(FORMS) else None


def chat_arguments(request: ChatRequest, form: str) -> dict[str, Any]:
    words = request.system
    if form == WORDS:
        words += "\n\nReply with one JSON object of this JSON schema:\n"
        words += json.dumps(dict(request.json_schema))
    return {
        "model": request.model_id,
        "max_tokens": request.max_output_tokens,
        "system": [{"type": "text", "text": words, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": request.prompt}],
        **_form(request, form),
    }


def _form(request: ChatRequest, form: str) -> dict[str, Any]:
    schema = dict(request.json_schema)
    if form == FORMAT:
        return {"output_config": {"format": {"type": "json_schema", "schema": closed(schema)}}}
    if form == WORDS:
        return {}
    return {
        "tools": [{"name": TOOL, "description": "Your reply", "input_schema": schema}],
        "tool_choice": {"type": "tool", "name": TOOL},
    }
