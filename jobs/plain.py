"""Makes values fit for the job tables: PostgreSQL takes no NUL and no NaN."""

import json
from typing import Any

MAX_ERROR = 2000


def plain_text(text: object, limit: int = MAX_ERROR) -> str:
    """What was cut off is not hidden: “…” stands for it."""
    whole = str(text).replace("\x00", "")
    return whole if len(whole) <= limit else f"{whole[: limit - 1]}…"


def plain_json(value: Any) -> Any:
    """`value` as JSON can hold it; what JSON cannot hold is kept as words."""
    try:
        return _without_nul(json.loads(json.dumps(value, allow_nan=False)))
    except (TypeError, ValueError, RecursionError):
        return {"value": plain_text(value), "forced_json": True}


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(entry) for entry in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(entry) for key, entry in value.items()}
    return value
