"""Passages that questions are to be asked of: a file of them, or a folder of documents."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from solution_library.chunking import ChunkDraft, chunk_document
from solution_library.evaluating.errors import SetRefused
from solution_library.evaluating.rows import Row, read_rows
from solution_library.files import documents_below
from solution_library.parsing import Block, ParsedDocument, ParseError, parse_file

ID = (
    "id", "docid", "documentid", "pid", "passageid", "chunkid", "chunklink", "corpusid", "url",
    "link", "path", "key", "title",
)  # fmt: skip
TITLE = ("title", "heading", "chunkheading", "name")
TEXT = ("text", "body", "content", "contents", "passage", "document", "answer")
WHAT = 'an object with a text, like {"id": "policy-7", "title": "Backups", "text": "…"}'
HEADING = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*")
PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class CorpusDocument:
    """A document of a corpus: what the set calls it, and the passages it comes to."""

    key: str
    title: str
    drafts: Sequence[ChunkDraft]


@dataclass(frozen=True)
class Unread:
    """A file of a corpus folder that could not be read, and why."""

    key: str
    reason: str


def read_corpus(path: Path) -> Iterator[CorpusDocument | Unread]:
    """The documents of a folder, cut as the library cuts them, or of a file of rows. Raises
    SetRefused for a file that is not what it should be."""
    if path.is_dir():
        yield from _of_folder(path)
    else:
        yield from _of_file(path)


def _of_folder(folder: Path) -> Iterator[CorpusDocument | Unread]:
    for file in documents_below([str(folder)]):
        key = str(file.relative_to(folder))
        try:
            parsed = parse_file(file, filename=file.name)
        except ParseError as error:
            yield Unread(key, error.reason)
            continue
        yield CorpusDocument(key, parsed.title or file.stem, _shown(parsed))


def _of_file(path: Path) -> Iterator[CorpusDocument]:
    seen: dict[str, str] = {}
    for row in read_rows(path, WHAT):
        document = _of_row(row)
        if document.key in seen:
            raise SetRefused(
                f"{row.place}: the id “{document.key}” was that of {seen[document.key].lower()} "
                "already. Ids are used once."
            )
        seen[document.key] = row.place
        yield document


def _of_row(row: Row) -> CorpusDocument:
    key, title, text = row.name(ID), row.name(TITLE), row.name(TEXT)
    if not text:
        raise SetRefused(
            f"{row.place} has no text. It needs a field “text” (or “body”, “content”); its fields "
            f"are: {row.known}."
        )
    if not key:
        raise SetRefused(
            f"{row.place} has no id. Questions name passages by a field “id” (or “path”, “url”); "
            f"its fields are: {row.known}."
        )
    return CorpusDocument(key, title or key, _shown(_parsed(title, text)))


def _parsed(title: str, text: str) -> ParsedDocument:
    """A text by its paragraphs, below its title, whether or not the text begins with that."""
    first, _, rest = text.lstrip().partition("\n")
    if first.strip(" #").casefold() == title.casefold():
        text = rest
    blocks = [_block(part) for part in PARAGRAPHS.split(text) if part.strip()]
    if title:
        blocks.insert(0, Block("heading", title, level=1))
    return ParsedDocument("", "text/plain", blocks)


def _block(part: str) -> Block:
    marked = HEADING.fullmatch(part.strip())
    if marked:
        return Block("heading", marked[2], level=len(marked[1]))
    return Block("paragraph", part.strip())


def _shown(parsed: ParsedDocument) -> list[ChunkDraft]:
    return [draft for draft in chunk_document(parsed) if not draft.is_hidden]
