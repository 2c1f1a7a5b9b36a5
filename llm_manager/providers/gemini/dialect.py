"""How Google's Gemini API wants to be asked: its part of JSON schema, and its words for things."""

from collections.abc import Mapping
from typing import Any

from google.genai import types

from llm_manager.providers.base import ChatRequest, Role

API_VERSION = "v1beta"
#: What a model may think before it answers counts against its limit.
THINKING_TOKENS = 8000
ROLES: dict[Role, str] = {"query": "RETRIEVAL_QUERY", "passage": "RETRIEVAL_DOCUMENT"}
#: Of JSON schema, what the API takes as it stands; it refuses requests with other words.
KEPT = (
    "description", "maxItems", "maximum", "maxLength", "minItems", "minimum", "minLength",
    "nullable", "pattern", "title",
)  # fmt: skip
FORMATS = ("date-time", "double", "enum", "float", "int32", "int64")


def credentials(key: str) -> dict[str, str]:
    return {"x-goog-api-key": key}


def address(base_url: str) -> str:
    """Without the version, which the SDK adds: people enter both forms."""
    return base_url.rstrip("/").removesuffix(f"/{API_VERSION}").removesuffix("/v1")


def chat_config(request: ChatRequest) -> types.GenerateContentConfig:
    """Nothing is called and nothing goes on by itself: one call is one request."""
    return types.GenerateContentConfig(
        system_instruction=request.system,
        temperature=0,
        max_output_tokens=request.max_output_tokens + THINKING_TOKENS,
        response_mime_type="application/json",
        response_schema=gemini_schema(request.json_schema),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
    )


def gemini_schema(schema: Mapping[str, Any]) -> types.Schema | None:
    """`schema` in the API's words; None where it has none for it: an object without fields."""
    made = _schema(schema)
    return types.Schema.model_validate(made) if made.get("properties") else None


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    kinds, nullable = _kinds(schema)
    made: dict[str, Any] = {name: schema[name] for name in KEPT if name in schema}
    if nullable:
        made["nullable"] = True
    if schema.get("format") in FORMATS:
        made["format"] = schema["format"]
    if len(kinds) == 1:
        made |= _of_kind(kinds[0], schema)
    elif choices := _choices(schema, kinds):
        made["anyOf"] = choices
    return made


def _kinds(schema: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The types that a value may have, and whether it may be null: no type of its own here."""
    stated = schema.get("type", [])
    kinds = [stated] if isinstance(stated, str) else list(stated)
    if not kinds and "properties" in schema:
        kinds = ["object"]
    if not kinds and ("enum" in schema or "const" in schema):
        kinds = ["string"]
    return [kind for kind in kinds if kind != "null"], "null" in kinds


def _of_kind(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind.upper()}
    if kind == "string" and ("enum" in schema or "const" in schema):
        allowed = schema.get("enum") or [schema.get("const")]
        made |= {"format": "enum", "enum": [str(value) for value in allowed if value is not None]}
    if kind == "object":
        fields = {name: _schema(part) for name, part in schema.get("properties", {}).items()}
        required = [name for name in schema.get("required", []) if name in fields]
        made |= {"properties": fields, "required": required, "propertyOrdering": list(fields)}
    if kind == "array":
        made["items"] = _schema(schema.get("items", {"type": "string"}))
    return made


def _choices(schema: Mapping[str, Any], kinds: list[str]) -> list[dict[str, Any]]:
    parts = schema.get("anyOf") or schema.get("oneOf") or []
    return [_schema(part) for part in parts] or [_of_kind(kind, schema) for kind in kinds]


def contents(texts: list[str]) -> list[types.Content]:
    """Each text a content of its own: texts in one content would get one vector together."""
    return [types.Content(parts=[types.Part(text=text)]) for text in texts]


def embedding_config(role: Role, dimensions: int | None) -> types.EmbedContentConfig:
    return types.EmbedContentConfig(task_type=ROLES[role], output_dimensionality=dimensions)
