"""One way to write a receipt, so that equal receipts have equal hashes in any language.

Keys in order, no blanks between signs, UTF-8, and no fractions: those are written as texts,
because programs disagree about how a fraction is spelled.
"""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """`value`, of plain JSON types without fractions, as bytes. Raises TypeError for a fraction."""
    _refuse_fractions(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def plain(value: Any) -> Any:
    """`value` with every fraction as a text, and keys as texts."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def _refuse_fractions(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A receipt holds no fractions: write them as texts.")
    for part in value.values() if isinstance(value, dict) else ():
        _refuse_fractions(part)
    for part in value if isinstance(value, list) else ():
        _refuse_fractions(part)
