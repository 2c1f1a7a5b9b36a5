"""How Anthropic's Messages API wants to be asked, and what stands in front of it."""

from typing import Any
from urllib.parse import urlsplit

from llm_manager.providers.base import ChatRequest

OWN_HOST = "api.anthropic.com"
TOOL = "reply"
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


def chat_arguments(request: ChatRequest) -> dict[str, Any]:
    """The reply is asked for as the call of a tool: its input has the schema that we want."""
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
