"""Reads the JSON object out of a model's reply, repairing what models commonly get wrong."""

import json
import re
from collections.abc import Iterator
from typing import Any

from llm_manager.errors import BadResponse

MAX_REPLY_CHARACTERS = 1_000_000
MAX_DEPTH = 50
LARGEST_NUMBER = 2**53
# All of these are linear in the text: a model must not be able to stall a worker.
FENCE = re.compile(r"```(?:json)?(.*?)```", re.DOTALL)
# What a reasoning model thinks aloud before it answers.
THINKING = re.compile(r"\A\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL)
# What JSON's text is made of, and what models write in its place. No repetition is ever taken back,
# because what follows it always fits, so every character is passed once. (Possessive repetitions
# would say so, but the first releases of Python 3.11 get them wrong.)
TOKEN = re.compile(
    r"""(?P<double>"(?:[^"\\]|\\.)*(?:"|\\?\Z))
    |(?P<single>'(?:[^'\\]|\\.|'(?!\s*[,:}\]]))*(?:'|\\?\Z))
    |(?P<comma>,(?=\s*[}\]]))
    |(?P<number>-?\d[\w.+-]*)
    |(?P<word>[^\W\d]\w*)(?P<colon>\s*:)?""",
    re.DOTALL | re.VERBOSE,
)
WORDS = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
# A double quote inside a single-quoted text, unless it is escaped (as any other may be).
UNQUOTED = re.compile(r'(\\.)|"', re.DOTALL)


def read_json_object(text: str) -> dict[str, Any]:
    """The object in `text`: bare, fenced, or between words. Raises BadResponse."""
    if len(text) > MAX_REPLY_CHARACTERS:
        raise BadResponse("The model's answer is too long to be one.")
    for candidate in _candidates(THINKING.sub("", text).strip()):
        found = _loaded(candidate)
        if isinstance(found, dict):
            return found
    raise BadResponse(
        "The model answered nothing." if not text.strip() else "The model's answer is not JSON."
    )


def _candidates(text: str) -> Iterator[str]:
    """From what is most probably meant to what may be. A piece of an object is never one of
    them: of an answer that was cut off, its last citation is not the answer."""
    yield text
    yield from FENCE.findall(text)
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        yield text[start : end + 1]
        yield repaired(text[start : end + 1])


def repaired(text: str) -> str:
    """`text` with what models commonly write in JSON's place: single quotes, names without
    quotes, Python's words, a comma at the end of a list."""
    return TOKEN.sub(_as_json, text)


def _as_json(found: re.Match[str]) -> str:
    if found["comma"]:
        return ""
    if (single := found["single"]) is not None:
        inner = single[1:-1].replace("\\'", "'")
        return '"' + UNQUOTED.sub(lambda m: m[0] if m[1] else '\\"', inner) + '"'
    if (word := found["word"]) is None:
        return found[0]
    if found["colon"]:
        return f'"{word}":'
    return WORDS.get(word, found[0])


def _loaded(text: str) -> Any:
    try:
        # NaN and Infinity are no JSON, and nothing that follows expects them.
        return json.loads(text, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def storable(data: dict[str, Any]) -> dict[str, Any]:
    """`data` as a database takes it: no NUL, no half of a surrogate pair, no number beyond
    those that JSON can hold (None instead).

    Raises BadResponse where it is nested deeper than any reply has reason to be.
    """
    cleaned: dict[str, Any] = _storable(data, MAX_DEPTH)
    return cleaned


def _storable(value: Any, depth: int) -> Any:
    if depth == 0:
        raise BadResponse("The model's answer is not of the shape that was asked for.")
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [_storable(part, depth - 1) for part in value]
    if isinstance(value, dict):
        return {storable_text(str(k)): _storable(part, depth - 1) for k, part in value.items()}
    if isinstance(value, int | float) and not abs(value) < LARGEST_NUMBER:
        return None
    return value


def storable_text(text: str) -> str:
    """`text` without what PostgreSQL refuses."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
