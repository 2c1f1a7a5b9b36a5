"""Reads the JSON object out of a model's reply, repairing what models commonly get wrong."""

import json
import re
from typing import Any

from llm_manager.errors import BadResponse

MAX_REPLY_CHARACTERS = 1_000_000
FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


def read_json_object(text: str) -> dict[str, Any]:
    """The object in `text`: bare, fenced, or between words. Raises BadResponse."""
    if len(text) > MAX_REPLY_CHARACTERS:
        raise BadResponse("The model's answer is too long to be one.")
    for candidate in _candidates(text):
        try:
            found = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    raise BadResponse(
        "The model answered nothing." if not text.strip() else "The model's answer is not JSON."
    )


def _candidates(text: str) -> list[str]:
    stripped = text.strip()
    fenced = FENCE.findall(stripped)
    start, end = stripped.find("{"), stripped.rfind("}")
    inner = [stripped[start : end + 1]] if 0 <= start < end else []
    trailing = [re.sub(r",\s*([}\]])", r"\1", piece) for piece in inner]
    return [stripped, *fenced, *inner, *trailing]
