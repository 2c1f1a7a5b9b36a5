"""What the pages show of approved answers."""

from collections.abc import Iterable
from dataclasses import dataclass

from solution_library.answers.freshness import Freshness, freshness_of
from solution_library.comparing import Change, Paragraph, difference_of
from solution_library.models import AnswerRevision, LibraryAnswer

EXCERPT = 220
MOST_REVISIONS = 30


@dataclass(frozen=True)
class Row:
    answer: LibraryAnswer
    freshness: Freshness
    is_mine: bool

    @property
    def excerpt(self) -> str:
        text = " ".join(self.answer.text.split())
        return text if len(text) <= EXCERPT else text[: EXCERPT - 1].rsplit(" ", 1)[0] + "…"


@dataclass(frozen=True)
class Entry:
    """A revision with what it changed of the one before."""

    revision: AnswerRevision
    changes: list[Change]
    is_current: bool


def rows_of(answers: Iterable[LibraryAnswer], user_id: int | None) -> list[Row]:
    return [Row(a, freshness_of(a), a.document.owner_id == user_id) for a in answers]


def history_of(answer: LibraryAnswer) -> list[Entry]:
    """The newest revisions, the newest first."""
    revisions = list(answer.revisions.select_related("made_by")[: MOST_REVISIONS + 1])
    older: list[AnswerRevision | None] = [*revisions[1:], None]
    entries = [
        Entry(new, changes(old, new), new.number == answer.version)
        for new, old in zip(revisions, older, strict=True)
    ]
    return entries[:MOST_REVISIONS]


def changes(before: AnswerRevision | None, after: AnswerRevision) -> list[Change]:
    if before is None:
        return []
    return difference_of(_paragraphs(before), _paragraphs(after)).changes


def compared(before: LibraryAnswer, question: str, text: str, choice: str) -> list[Change]:
    """What these words would change in what the answer says now."""
    old = _lines(before.question, before.choice, before.text)
    return difference_of(old, _lines(question, choice, text)).changes


def _paragraphs(revision: AnswerRevision) -> list[Paragraph]:
    variants = [Paragraph("", f"Also asked as: {variant}") for variant in revision.variants]
    return [*_lines(revision.question, revision.choice, revision.text), *variants]


def _lines(*texts: str) -> list[Paragraph]:
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [Paragraph("", line) for line in lines if line]
