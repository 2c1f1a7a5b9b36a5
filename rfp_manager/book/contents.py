"""What stands in an answer book, whatever file it becomes: all texts safe to be shown."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from datetime import datetime
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format

from rfp_manager.buyers_file import answer_place
from rfp_manager.exporting.cell_text import visible
from rfp_manager.exporting.types import UntouchedReport
from rfp_manager.importing.types import Place
from rfp_manager.models import RFP, Answer, AnswerOutcome, AnswerState, Citation, ExportJob
from rfp_manager.people import name_of
from rfp_manager.snapshots import Snapshot, Taken
from solution_library.chunking import below_title

NOWHERE = Place("", 1, 1)


@dataclass(frozen=True)
class Reference:
    """A passage that answers rest on; it has one number in the whole book."""

    number: int
    document: str
    version: str
    place: str
    quote: str

    @property
    def short(self) -> str:
        """As it stands below an answer."""
        return f"[{self.number}] " + ", ".join(part for part in (self.document, self.place) if part)


@dataclass(frozen=True)
class Entry:
    """A question with its answer. `remarks`: what a reader must know to trust it or not."""

    number: str
    question: str
    choice: str
    text: str
    comment: str
    outcome: str
    state: str
    remarks: tuple[str, ...]
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class Part:
    title: str
    entries: list[Entry]


@dataclass
class Book:
    """`facts`: label and value of each line of the title page. `revision` is a hash of all but
    the date; equal answers have an equal one."""

    title: str
    made_at: datetime
    facts: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    report: UntouchedReport = field(default_factory=lambda: UntouchedReport(format="book"))
    revision: str = ""

    @property
    def answers(self) -> int:
        return sum(len(part.entries) for part in self.parts)

    def texts(self) -> Iterator[str]:
        """Everything that is to be drawn, for the choice of fonts."""
        yield self.title
        yield from (value for _, value in self.facts)
        for part in self.parts:
            yield part.title
            for entry in part.entries:
                yield from (entry.question, entry.choice, entry.text, entry.comment, entry.state)
                yield from entry.remarks
        for reference in self.references:
            yield from (reference.document, reference.place, reference.quote)


def book_of(job: ExportJob, taken: Snapshot) -> Book:
    """The answers of the snapshot, by section, in the order of the questions."""
    rfp, maker = job.rfp, _Maker()
    book = Book(maker.shown(rfp.name), job.created_at, report=maker.report)
    grouped = groupby(taken.taken, key=lambda each: each.question.section_id)
    for _, found in grouped:
        several = list(found)
        title = maker.shown(str(several[0].question.section)).replace("\n", " ") or "Questions"
        book.parts.append(Part(title, [maker.entry(each) for each in several]))
    book.references = list(maker.references.values())
    book.revision = _revision(book)
    book.facts = [(label, maker.shown(value)) for label, value in _facts(rfp, book, taken) if value]
    return book


def shown(text: str) -> str:
    """The text with its control characters made visible."""
    return visible(text, NOWHERE, UntouchedReport(format="book"))


class _Maker:
    """Gives the passages their numbers, and notes what could not be shown as it is."""

    def __init__(self) -> None:
        self.report = UntouchedReport(format="book")
        self.references: dict[tuple[int, str], Reference] = {}

    def shown(self, text: str, place: Place = NOWHERE) -> str:
        return visible(text, place, self.report)

    def entry(self, taken: Taken) -> Entry:
        question, answer, place = taken.question, taken.answer, answer_place(taken.question)
        return Entry(
            number=self.shown(question.number or str(question.ordinal)),
            question=self.shown(question.text.strip(), place),
            choice=self.shown(answer.choice.strip(), place),
            text=self.shown(answer.text.strip("\n"), place),
            comment=self.shown(answer.comment.strip("\n"), place),
            outcome=str(AnswerOutcome(answer.outcome).label),
            state=self.shown(_state(answer)),
            remarks=tuple(self.shown(remark, place) for remark in _remarks(answer)),
            references=tuple(dict.fromkeys(map(self.reference, taken.citations))),
        )

    def reference(self, citation: Citation) -> Reference:
        key = (citation.chunk_id, citation.quote)
        if key not in self.references:
            self.references[key] = self._new(citation, len(self.references) + 1)
        return self.references[key]

    def _new(self, citation: Citation, number: int) -> Reference:
        chunk = citation.chunk
        title = chunk.version.document.title
        page = f"page {chunk.page}" if chunk.page else ""
        headings = below_title(chunk.heading_path, title)
        made = date_format(timezone.localtime(chunk.version.created_at), "j M Y")
        return Reference(
            number, self.shown(title), f"version {chunk.version.number} of {made}",
            self.shown(", ".join(part for part in (page, headings) if part)),
            self.shown(citation.quote),
        )  # fmt: skip


def _state(answer: Answer) -> str:
    if answer.state != AnswerState.APPROVED:
        return f"{AnswerState(answer.state).label}, not approved"
    by = f" by {name_of(answer.approved_by)}" if answer.approved_by else ""
    at = answer.approved_at
    return f"Approved{by}" + (f", {date_format(timezone.localtime(at), 'j M Y')}" if at else "")


def _remarks(answer: Answer) -> Iterator[str]:
    if answer.outcome != AnswerOutcome.ANSWERED and answer.explanation:
        yield answer.explanation.strip()
    words = dict.fromkeys(
        str(found["words"])
        for found in answer.unsupported
        if isinstance(found, dict) and found.get("words")
    )
    if words:
        yield "Not found in the cited passages: " + ", ".join(f"“{word}”" for word in words)


def _revision(book: Book) -> str:
    digest = hashlib.sha256(book.title.encode())
    for part in book.parts:
        digest.update(repr(part.title).encode())
        for entry in part.entries:
            digest.update(repr(astuple(entry)).encode())
    return digest.hexdigest()


def _facts(rfp: RFP, book: Book, taken: Snapshot) -> Iterable[tuple[str, str]]:
    left, approved = len(taken.unapproved), _approved(taken)
    asked = len(taken.taken) + left + taken.without_answer
    yield "Customer", rfp.customer
    yield "Questionnaire", rfp.filename
    yield "Date", date_format(timezone.localtime(book.made_at), "j F Y, H:i")
    yield "Revision", book.revision[:16]
    yield "Answers", f"{book.answers} of {asked} questions"
    yield "Approved", f"{approved} of {book.answers} answers"
    yield "Left out, as not approved", str(left or "")
    yield "Without an answer", str(taken.without_answer or "")
    yield "References", f"{len(book.references)} passages"


def _approved(taken: Snapshot) -> int:
    return sum(each.answer.state == AnswerState.APPROVED for each in taken.taken)
