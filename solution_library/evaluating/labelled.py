"""Questions with what should be found for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solution_library.evaluating.errors import SetRefused
from solution_library.evaluating.rows import Row, clean, plain, read_rows

MAX_QUESTIONS = 20_000
MAX_RELEVANT = 1000
#: Names of fields, without case and signs; the first that is there counts.
QUESTION = ("question", "query", "text", "questiontext", "querytext", "prompt", "input", "title")
ID = ("id", "qid", "queryid", "questionid", "number", "key")
GROUP = ("group", "language", "lang", "category", "type")
RELEVANT = (
    "relevant", "relevantdocuments", "relevantdocs", "relevantpassages", "relevantchunks",
    "relevantids", "gold", "golddocuments", "golddocs", "goldchunks", "goldpassages", "goldids",
    "correctchunks", "correctdocuments", "correctpassages", "correct", "positives", "positive",
    "positivectxs", "positivepassages", "positivedocs", "qrels", "expecteddocuments",
    "expectedchunks", "expected", "targets", "target", "contexts", "context", "passages",
    "passage", "documents", "docs", "docids", "docid", "doc", "documentids", "documentid",
    "document", "chunks", "chunkids", "chunkid", "paths", "path", "urls", "url", "sources",
    "source", "answers", "answer",
)  # fmt: skip
DOCUMENT = (
    "document", "documentid", "doc", "docid", "path", "file", "url", "link", "id", "pid",
    "passageid", "corpusid", "chunklink", "source", "title",
)  # fmt: skip
QUOTE = ("quote", "text", "passage", "content", "snippet", "excerpt", "answer")
HEADING = ("heading", "section", "anchor", "headingpath")
PAGE = ("page", "pagenumber")
CHUNK = ("chunk", "chunkindex", "ordinal")
GRADE = ("grade", "score", "relevance", "label", "weight")
WHAT = (
    'an object with a question and what is relevant to it, like {"id": "q1", "question": "Are '
    'backups encrypted?", "relevant": ["policies/backup.md"]}'
)


@dataclass(frozen=True)
class Relevant:
    """Something that should be found: a document by its path, title or address, or within it (or
    within any) a heading, a page, a passage by number, or a text. `grade`: how relevant it is."""

    document: str = ""
    heading: str = ""
    quote: str = ""
    page: int | None = None
    chunk: int | None = None
    grade: float = 1.0

    @property
    def is_whole_document(self) -> bool:
        return bool(self.document) and not (
            self.heading or self.quote or self.page is not None or self.chunk is not None
        )


@dataclass(frozen=True)
class Labelled:
    """A question of a set. `place` says where it stands in its file."""

    id: str
    text: str
    relevant: tuple[Relevant, ...]
    group: str = ""
    place: str = ""


def read_questions(path: Path) -> list[Labelled]:
    """The questions of a set. Raises SetRefused with the line and what was expected there."""
    found: list[Labelled] = []
    for row in read_rows(path, WHAT):
        found.append(_labelled(row, len(found) + 1))
        if len(found) > MAX_QUESTIONS:
            raise SetRefused(f"{path.name} has more than {MAX_QUESTIONS:,} questions. Take some.")
    if not found:
        raise SetRefused(f"{path.name} has no questions. Each line is {WHAT}.")
    twice = _first_twice(found)
    if twice:
        raise SetRefused(f"{twice.place}: the id “{twice.id}” is used twice. Ids are used once.")
    return found


def _first_twice(questions: list[Labelled]) -> Labelled | None:
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            return question
        seen.add(question.id)
    return None


def _labelled(row: Row, number: int) -> Labelled:
    text = row.name(QUESTION)
    if not text:
        raise SetRefused(
            f"{row.place} has no question. It needs a field “question” (or “query”, “text”) with "
            f"a text; its fields are: {row.known}."
        )
    relevant = tuple(_relevant_of(row))
    if not relevant:
        raise SetRefused(
            f"{row.place} does not say what is relevant. It needs a field “relevant” (or “gold”, "
            f"“correct_chunks”, …) with a path, a title, an address or a list of them; its fields "
            f"are: {row.known}."
        )
    return Labelled(row.name(ID) or f"{number}", text, relevant, row.name(GROUP), row.place)


def _relevant_of(row: Row) -> Iterator[Relevant]:
    value = row.first(RELEVANT)
    entries = list(_entries(value))
    if len(entries) > MAX_RELEVANT:
        raise SetRefused(
            f"{row.place} names {len(entries):,} relevant things; at most {MAX_RELEVANT:,} count."
        )
    for entry in entries:
        made = _relevant(entry, row.place)
        if made.grade > 0:
            yield made


def _entries(value: Any) -> Iterator[Any]:
    """What a field holds, one by one. An object is one entry, or grades by document."""
    if isinstance(value, list):
        yield from value
    elif isinstance(value, Mapping) and not _is_entry(value):
        yield from ({"document": name, "grade": grade} for name, grade in value.items())
    elif value is not None:
        yield value


def _is_entry(value: Mapping[str, Any]) -> bool:
    names = {plain(str(name)) for name in value}
    return bool(names & {*DOCUMENT, *QUOTE})


def _relevant(entry: Any, place: str) -> Relevant:
    if isinstance(entry, Mapping):
        return _of_object(Row(place, entry))
    if isinstance(entry, bool) or not isinstance(entry, str | int) or not clean(str(entry)):
        raise SetRefused(
            f"{place}: “{str(entry)[:60]}” cannot be relevant. Name a document (its path, title or "
            'address), or give an object such as {"document": "policy.pdf", "page": 3}.'
        )
    return Relevant(document=clean(str(entry)))


def _of_object(row: Row) -> Relevant:
    made = Relevant(
        document=row.name(DOCUMENT),
        heading=row.name(HEADING),
        quote=row.name(QUOTE),
        page=_whole(row, PAGE),
        chunk=_whole(row, CHUNK),
        grade=_grade(row),
    )
    if not made.document and not made.quote:
        raise SetRefused(
            f"{row.place}: a relevant entry names neither a document nor a text; its fields are: "
            f"{row.known}."
        )
    return made


def _whole(row: Row, names: tuple[str, ...]) -> int | None:
    text = row.name(names)
    if not text:
        return None
    if not text.isdigit():
        raise SetRefused(f"{row.place}: “{text[:60]}” is no whole number for “{names[0]}”.")
    return int(text)


def _grade(row: Row) -> float:
    text = row.name(GRADE)
    try:
        grade = float(text) if text else 1.0
    except ValueError:
        grade = -1.0
    if not 0 <= grade <= 1000:
        raise SetRefused(f"{row.place}: the grade “{text[:60]}” is no number from 0 to 1000.")
    return grade
