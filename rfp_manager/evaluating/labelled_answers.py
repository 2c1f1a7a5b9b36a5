"""Questions with what is known of their right answers, for `manage.py evaluate_answers`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solution_library.evaluating.errors import SetRefused
from solution_library.evaluating.labelled import Labelled, Relevant
from solution_library.evaluating.matching import Question as Matched
from solution_library.evaluating.matching import library_names, prepare
from solution_library.evaluating.rows import Row, clean, read_rows

MAX_QUESTIONS = 10_000
MAX_DOCUMENTS = 200
LONGEST = 1_000_000
QUESTION = ("question", "query", "text", "questiontext", "prompt", "input")
ID = ("id", "qid", "questionid", "number", "key")
ANSWERABLE = ("answerable", "isanswerable", "hasanswer", "answered")
UNANSWERABLE = ("unanswerable", "isimpossible", "noevidence")
DOCUMENTS = (
    "documents", "document", "relevant", "relevantdocuments", "golddocuments", "gold", "sources",
    "source", "correctchunks", "goldchunks", "paths", "path",
)  # fmt: skip
REFERENCE = ("referenceanswer", "reference", "expectedanswer", "correctanswer", "answer")
CHOICES = ("choices", "allowedchoices", "options")
CHOICE = ("choice", "referencechoice", "expectedchoice", "correctchoice")
SECTION = ("section", "category", "topic")
CHARACTERS = ("maxcharacters", "characterlimit")
WORDS = ("maxwords", "wordlimit")
GROUP = ("group", "language", "kind")
TRUE = frozenset(("true", "yes", "1", "y"))
FALSE = frozenset(("false", "no", "0", "n"))
WHAT = (
    'an object such as {"question": "Are backups encrypted?", "answerable": true, "documents": '
    '["policies/backup.md"]}'
)


@dataclass(frozen=True)
class Asked:
    """A labelled question. `answerable`: whether the library holds an answer; `documents` that do,
    as the file names them."""

    id: str
    text: str
    answerable: bool
    documents: tuple[str, ...] = ()
    reference: str = ""
    choices: tuple[str, ...] = ()
    choice: str = ""
    section: str = ""
    max_characters: int | None = None
    max_words: int | None = None
    group: str = ""


def read_labelled(path: Path) -> list[Asked]:
    """Raises SetRefused with the line and what was expected there."""
    found: list[Asked] = []
    for row in read_rows(path, WHAT):
        found.append(_asked(row, len(found) + 1))
        if len(found) > MAX_QUESTIONS:
            raise SetRefused(f"{path.name} has more than {MAX_QUESTIONS:,} questions. Take some.")
    if not found:
        raise SetRefused(f"{path.name} has no questions. Each line is {WHAT}.")
    return found


def _asked(row: Row, number: int) -> Asked:
    text = row.name(QUESTION)
    if not text:
        raise SetRefused(
            f"{row.place} has no question. Each line is {WHAT}; its fields are: {row.known}."
        )
    documents = tuple(_documents(row))
    answerable = _answerable(row, documents)
    if answerable and not documents:
        raise SetRefused(
            f"{row.place} is answerable and names no document that answers it. Give “documents” "
            "(paths or titles), or set “answerable” to false."
        )
    return Asked(
        id=row.name(ID) or str(number),
        text=text,
        answerable=answerable,
        documents=documents,
        reference=row.name(REFERENCE),
        choices=tuple(map(clean, _texts(row.first(CHOICES)))),
        choice=row.name(CHOICE),
        section=row.name(SECTION),
        max_characters=_whole(row, CHARACTERS),
        max_words=_whole(row, WORDS),
        group=row.name(GROUP),
    )


def _answerable(row: Row, documents: tuple[str, ...]) -> bool:
    """As the row says; where it says nothing, whether it names documents."""
    for names, meaning in ((ANSWERABLE, True), (UNANSWERABLE, False)):
        said = str(row.first(names)).strip().casefold()
        if said in TRUE | FALSE:
            return (said in TRUE) == meaning
        if said != "none":
            raise SetRefused(f"{row.place}: “{said[:40]}” is neither true nor false.")
    return bool(documents)


def _documents(row: Row) -> Iterator[str]:
    entries = row.first(DOCUMENTS)
    listed = entries if isinstance(entries, list) else [entries] if entries else []
    if len(listed) > MAX_DOCUMENTS:
        raise SetRefused(f"{row.place} names more than {MAX_DOCUMENTS} documents. Name the best.")
    for entry in listed:
        named = entry.get("document", "") if isinstance(entry, Mapping) else entry
        if isinstance(named, bool) or not isinstance(named, str | int) or not str(named).strip():
            raise SetRefused(
                f"{row.place}: “{str(entry)[:60]}” names no document. Give its path or title."
            )
        yield clean(str(named))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split("|") if part.strip()]
    return [str(part) for part in value] if isinstance(value, list) else []


def _whole(row: Row, names: tuple[str, ...]) -> int | None:
    text = row.name(names)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= LONGEST):
        raise SetRefused(f"{row.place}: “{text[:40]}” is no length from 1 to {LONGEST:,}.")
    return int(text)


def matched(questions: list[Asked]) -> list[Matched]:
    """What the named documents are in the library, in the order of the questions."""
    labelled = [
        Labelled(q.id, q.text, tuple(Relevant(document=name) for name in q.documents))
        for q in questions
    ]
    return prepare(labelled, library_names())
