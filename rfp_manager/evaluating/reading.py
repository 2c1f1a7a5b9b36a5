"""Reads question sets from files: JSON, JSON lines, CSV, or tab-separated text.

Labelled sets name their columns in many ways; each of ours is known by several names. What is
not known is left aside.
"""

import io
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rfp_manager.evaluating.sets import FoundQuestion, SetRefused
from rfp_manager.importing.csv_text import decode, read_csv_text
from rfp_manager.importing.types import QuestionnaireRefused
from solution_library.ingest import UploadRefused, refuse_unscanned

MAX_BYTES = 20 * 1024 * 1024
MAX_QUESTIONS = 2000
MAX_TEXT = 10_000
MAX_NAMES = 50
#: Names of columns, compared without case, spaces and signs; the first that is there counts.
NAMES: dict[str, tuple[str, ...]] = {
    "text": ("question", "questiontext", "query", "prompt", "requirement", "text", "input"),
    "number": ("number", "no", "nr", "ref", "id", "questionid"),
    "section": ("section", "category", "domain", "topic", "heading"),
    "allowed_choices": ("allowedchoices", "choices", "options", "allowedanswers"),
    "reference_text": (
        "referenceanswer", "referencetext", "correctanswer", "expectedanswer", "goldanswer",
        "groundtruth", "idealanswer", "reference", "answer", "answers", "expected", "gold",
        "response",
    ),
    "reference_choice": ("referencechoice", "correctchoice", "expectedchoice", "choice"),
    "relevant": (
        "relevant", "relevantdocuments", "relevantdocs", "relevantpaths", "documents", "document",
        "documentpaths", "correctchunks", "goldchunks", "relevantchunks", "golddocuments",
        "sources", "source", "paths", "path", "urls", "url",
    ),
}  # fmt: skip
#: Where a JSON object keeps its list.
LISTS = ("questions", "items", "data", "examples", "rows")
SEPARATORS = re.compile(r"[\n;|]")
WHAT_IT_NEEDS = (
    "It needs a column (or a key) called “question”; “reference answer”, “relevant documents” and "
    "“choices” may stand beside it."
)


def read_set(data: bytes, filename: str) -> list[FoundQuestion]:
    """The questions of a file. Raises SetRefused with a sentence."""
    if len(data) > MAX_BYTES:
        raise SetRefused(
            f"The file is larger than {MAX_BYTES // 2**20} MB. Choose fewer questions."
        )
    try:
        refuse_unscanned(io.BytesIO(data), filename)
    except UploadRefused as error:
        raise SetRefused(str(error)) from error
    rows = _rows(data)
    found = [question for row in rows if (question := _question(row)) is not None]
    if not found:
        raise SetRefused(f"No questions were found in “{filename}”. {WHAT_IT_NEEDS}")
    if len(found) > MAX_QUESTIONS:
        raise SetRefused(
            f"The file holds {len(found):,} questions; at most {MAX_QUESTIONS:,} can be asked. "
            "Choose the ones that matter."
        )
    return found


def _rows(data: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        _, _, text = decode(data)
    except QuestionnaireRefused as error:
        raise SetRefused(str(error)) from error
    start = text.lstrip()[:1]
    if start == "[" or (start == "{" and not _is_lines(text)):
        return _of_json(text)
    return _of_lines(text) if start == "{" else _of_table(data)


def _is_lines(text: str) -> bool:
    """Whether the first line that is not empty is a whole object: JSON lines."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict) and text.strip() != first.strip()
    except (ValueError, RecursionError):
        return False


def _of_json(text: str) -> Iterator[Mapping[str, Any]]:
    whole = _loaded(text, "The file")
    if isinstance(whole, dict):
        lists = [whole[name] for name in LISTS if isinstance(whole.get(name), list)]
        whole = lists[0] if lists else [whole]
    yield from (row for row in whole if isinstance(row, dict))


def _of_lines(text: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            row = _loaded(line, f"Line {number}")
            if isinstance(row, dict):
                yield row


def _loaded(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" near character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise SetRefused(f"{what} is not valid JSON{place}. Export it again.") from error


def _of_table(data: bytes) -> Iterator[Mapping[str, Any]]:
    with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
        copy.write(data)
        copy.flush()
        try:
            records = read_csv_text(Path(copy.name)).records
        except QuestionnaireRefused as error:
            raise SetRefused(str(error)) from error
    table = [[field.value for field in record.fields] for record in records]
    for place, row in enumerate(table[:20]):
        if any(_plain(name) in NAMES["text"] for name in row):
            yield from (dict(zip(row, values, strict=False)) for values in table[place + 1 :])
            return


def _question(row: Mapping[str, Any]) -> FoundQuestion | None:
    by_name = {_plain(str(key)): value for key, value in row.items()}
    given = {
        ours: next((by_name[name] for name in names if by_name.get(name) not in (None, "")), None)
        for ours, names in NAMES.items()
    }
    text = _text(given["text"])
    if not text:
        return None
    return FoundQuestion(
        text=text,
        number=_text(given["number"])[:100],
        section=_text(given["section"])[:500],
        allowed_choices=_texts(given["allowed_choices"]),
        reference_text=_text(given["reference_text"]),
        reference_choice=_text(given["reference_choice"]),
        relevant=_texts(given["relevant"]),
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _text(value: Any) -> str:
    """A text, cut at what a question may have; of a list the first."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\x00", "").strip()[:MAX_TEXT]


def _texts(value: Any) -> tuple[str, ...]:
    """Several texts: a list, or one text with line breaks, semicolons or bars between them."""
    values = value if isinstance(value, list) else SEPARATORS.split(_text(value))
    texts = [_text(text)[:1000] for text in values]
    return tuple(dict.fromkeys(text for text in texts if text))[:MAX_NAMES]
