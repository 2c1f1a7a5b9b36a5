"""JSON schemas as some APIs want them."""

from collections.abc import Mapping
from typing import Any


def closed(schema: Any) -> Any:
    """The schema as a strict server wants it: every object has all of its fields and no others."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = {name: closed(part) for name, part in schema.items()}
    if isinstance(fields := inner.get("properties"), dict):
        inner |= {"required": list(fields), "additionalProperties": False}
    return inner
