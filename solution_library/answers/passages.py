"""The passages of an approved answer: its text, with the question as their heading."""

import hashlib
from dataclasses import replace
from pathlib import Path

from solution_library.answers.texts import Content, from_file
from solution_library.chunking import ChunkDraft, chunk_document
from solution_library.parsing.types import Block, ParsedDocument

MEDIA_TYPE = "text/markdown"
LONGEST_HEADING = 1000


def read_answer(path: Path) -> tuple[ParsedDocument, list[ChunkDraft]]:
    """The title and the passages of a file that `texts.to_file` wrote. Such a file needs no
    sandbox: nobody but us has written it. Raises ValueError for any other file."""
    content = from_file(path.read_bytes())
    parsed = ParsedDocument(
        title=title_of(content.question), media_type=MEDIA_TYPE, blocks=_blocks(content)
    )
    return parsed, [_under(content.question, draft) for draft in chunk_document(parsed)]


def title_of(question: str) -> str:
    """A question as the title of its document."""
    title = " ".join(question.split())
    return title if len(title) <= 300 else title[:299] + "…"


def _blocks(content: Content) -> list[Block]:
    """A question is no evidence, so it stands above the passages and never within them."""
    paragraphs = [part.strip() for part in content.text.split("\n\n")]
    first = content.choice
    if first and content.text.casefold().startswith(first.casefold()):
        first = ""
    return [Block("paragraph", part) for part in (first, *paragraphs) if part]


def _under(question: str, draft: ChunkDraft) -> ChunkDraft:
    heading = " ".join(question.split())[:LONGEST_HEADING]
    digest = hashlib.sha256(f"{heading}\n{draft.text}".encode("utf-8", "replace")).hexdigest()
    return replace(draft, heading_path=heading, content_hash=digest)
