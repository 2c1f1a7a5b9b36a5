"""Answers that no cell of the buyer's file can hold: whole, in a document that goes with it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rfp_manager.book import DOCX
from rfp_manager.book.document import paragraphs, write_document
from rfp_manager.exporting import Overflow
from rfp_manager.exporting.cell_text import CONTINUATION
from rfp_manager.exporting.types import describe
from rfp_manager.importing.types import Place
from rfp_manager.models import Question
from rfp_manager.snapshots import Companion


def write_continued(
    overflow: Sequence[Overflow], asked: Mapping[Place, Question], folder: Path, *, name: str
) -> Companion:
    """A Word document; its numbers are those of the marks at the ends of the cells. `asked`: the
    question that a cell answers."""
    path = folder / "continued.docx"
    write_document(path, _body(overflow, asked))
    return Companion(path, name, DOCX)


def _body(overflow: Sequence[Overflow], asked: Mapping[Place, Question]) -> Iterator[str]:
    yield from paragraphs(CONTINUATION, "Title")
    yield from paragraphs(
        "These answers are longer than a cell can hold (32,767 characters). They stand here whole, "
        "under the numbers that the cells name.",
        "Subtitle",
    )
    for number, one in enumerate(overflow, 1):
        yield from paragraphs(f"No. {number}: {describe(one.place)}", "Heading1")
        question = asked.get(one.place)
        if question is not None:
            yield from paragraphs(_shown(f"{question.number} {question.text}".strip()), "Asked")
        yield from paragraphs(one.text, "Answer")


def _shown(text: str) -> str:
    from rfp_manager.book.contents import shown

    return shown(text)
