"""Reads rows of JSON, whatever the file is called, and fields, whatever they are called."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solution_library.evaluating.errors import SetRefused

MAX_BYTES = 500 * 1024 * 1024
#: Where a JSON object keeps its list.
LISTS = ("questions", "queries", "items", "data", "examples", "rows", "corpus", "documents")
SIGNS = re.compile(r"[\W_]+")
SHOWN = 60


@dataclass(frozen=True)
class Row:
    """An object of a file. `place` says where it stands, as in "Line 3"."""

    place: str
    fields: Mapping[str, Any]

    def first(self, names: Sequence[str]) -> Any:
        """The value of the first of these fields that is there and not empty, else None. Names
        are compared without case and signs: correct_chunks is correctChunks."""
        by_name = {plain(str(name)): value for name, value in self.fields.items()}
        found = (by_name.get(name) for name in names)
        return next((value for value in found if value not in (None, "", [], {})), None)

    def name(self, names: Sequence[str]) -> str:
        """The same as a text: of a number its digits, of anything else nothing."""
        value = self.first(names)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return clean(str(value))

    @property
    def known(self) -> str:
        return ", ".join(map(str, self.fields)) or "none"


def plain(name: str) -> str:
    return SIGNS.sub("", name).casefold()


def clean(text: str) -> str:
    """A text that the database takes."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8").strip()


def read_rows(path: Path, what: str) -> Iterator[Row]:
    """The objects of a file of JSON lines, or of one JSON list. Raises SetRefused; `what` says
    what an object should look like."""
    text = _text(path)
    if text.lstrip().startswith("["):
        yield from _of_list(text, path.name, what)
    elif _is_one_object(text):
        yield from _of_object(text, path.name, what)
    else:
        yield from _of_lines(text, what)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SetRefused(
                f"{path.name} is larger than {MAX_BYTES // 2**20} MB. Take a part of it."
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SetRefused(
            f"{path.name} is no UTF-8 text (byte {error.start}). Save it as UTF-8."
        ) from error
    except OSError as error:
        raise SetRefused(f"{path} cannot be read: {error.strerror or error}.") from error


def _is_one_object(text: str) -> bool:
    """Whether the file is one object over several lines, or one that holds a list."""
    stripped = text.strip()
    if not stripped.startswith("{"):
        return False
    first = stripped.split("\n", 1)[0]
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return "\n" in stripped and _loads(stripped) is not None
    return first == stripped and any(_holds_objects(json.loads(first).get(name)) for name in LISTS)


def _holds_objects(value: Any) -> bool:
    """Whether a field is the file's list; a question's own list, of documents, say, is of names."""
    return isinstance(value, list) and all(isinstance(entry, Mapping) for entry in value)


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_lines(text: str, what: str) -> Iterator[Row]:
    # Not splitlines(): it also ends a line at characters that JSON lets stand in a text.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _row(_loaded(line, f"Line {number}", what), f"Line {number}", what)


def _of_list(text: str, name: str, what: str) -> Iterator[Row]:
    for number, value in enumerate(_loaded(text, name, what), 1):
        yield _row(value, f"Entry {number}", what)


def _of_object(text: str, name: str, what: str) -> Iterator[Row]:
    whole = _loaded(text, name, what)
    lists = [whole[key] for key in LISTS if isinstance(whole.get(key), list)]
    if not lists:
        raise SetRefused(f"{name} is one object without a list of {what}.")
    for number, value in enumerate(lists[0], 1):
        yield _row(value, f"Entry {number}", what)


def _loaded(text: str, place: str, what: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise SetRefused(f"{place} is nested too deeply to be {what}.") from error
    except ValueError as error:
        where = f" near character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise SetRefused(f"{place} is not valid JSON{where}. Expected: {what}.") from error


def _row(value: Any, place: str, what: str) -> Row:
    if not isinstance(value, dict):
        shown = json.dumps(value, ensure_ascii=False)[:SHOWN]
        raise SetRefused(f"{place} is {shown}, but should be {what}.")
    return Row(place, value)
