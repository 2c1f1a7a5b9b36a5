"""Writes down which words a passage has, in the language that it is in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

from django.db import connection

from solution_library.lexical import lexical_text, literal, marks_of
from solution_library.models import Chunk
from solution_library.wording.languages import configurations_for
from solution_library.wording.plain import marked_letters, plain, without_marks

#: Codes are named with a mark that no word has; they do not make a passage longer.
LEXEMES = """
CASE WHEN t.marked = '' THEN to_tsvector(t.language::regconfig, t.words)
ELSE translate(to_tsvector(t.language::regconfig, t.words)::text, t.marked, t.bare)::tsvector
END || t.marks::tsvector
"""
# The marks of letters are taken off after the words are stemmed: stemmers need them.
WRITE = f"""
WITH made AS MATERIALIZED (
    SELECT t.id, t.language, {LEXEMES} AS lexemes
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS t(id, language, words, marked, bare, marks)
)
UPDATE solution_library_chunk c
SET language = made.language, lexemes = made.lexemes, length = coalesce((
    SELECT sum(cardinality(u.positions)) FROM unnest(made.lexemes) u
    WHERE NOT starts_with(u.lexeme, '#')), 0)
FROM made WHERE c.id = made.id
"""  # noqa: S608 - put together from constants
TOGETHER = 200


class Passage(Protocol):
    pk: Any
    heading_path: Any
    text: Any


@dataclass(frozen=True)
class Prepared:
    """A text as PostgreSQL is to make lexemes of it, and those it would not make."""

    words: str
    marked: str
    bare: str
    marks: str


def prepared(text: str) -> Prepared:
    cleaned = plain(text)
    words = lexical_text(cleaned)
    marked = marked_letters(words)
    return Prepared(words, marked, without_marks(marked), literal(marks_of(cleaned)))


def write_words(passages: Sequence[Passage]) -> None:
    """Write the lexemes, the language and the length of a document's passages, in their order.

    Their version has to be told that it must be indexed anew: see `upkeep.stored`."""
    write_words_of([passages])


def write_words_of(documents: Iterable[Sequence[Passage]]) -> None:
    """The same for several documents, each of which may be in a language of its own."""
    rows = chain.from_iterable(map(_rows, documents))
    with connection.cursor() as cursor:
        for some in _portions(rows):
            cursor.execute(WRITE, _columns(some))


def _rows(passages: Sequence[Passage]) -> list[tuple[Any, str, str]]:
    texts = [f"{passage.heading_path}\n{passage.text}" for passage in passages]
    languages = configurations_for(texts)
    return list(zip((passage.pk for passage in passages), languages, texts, strict=True))


def write_words_anew(version_id: int) -> None:
    """The same for a version whose passages are stored, as the rules of today have it."""
    shown = Chunk.objects.filter(version_id=version_id, is_hidden=False).order_by("ordinal")
    write_words(list(shown.only("pk", "heading_path", "text")))


def _portions(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while some := list(islice(left, TOGETHER)):
        yield some


def _columns(rows: list[tuple[int, str, str]]) -> list[list[Any]]:
    made = [prepared(text) for _, _, text in rows]
    return [
        [pk for pk, _, _ in rows],
        [language for _, language, _ in rows],
        [each.words for each in made],
        [each.marked for each in made],
        [each.bare for each in made],
        [each.marks for each in made],
    ]
