"""What has changed under answers: documents, and the answers of each that it concerns."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from rfp_manager.affected import Affected, rows_of
from rfp_manager.impact import sentence_of, words_instead
from rfp_manager.models import RFP, AnswerState, LibraryAnswerUse, Question, UseKind
from rfp_manager.presenting.badges import Badge
from rfp_manager.presenting.texts import Piece, difference
from solution_library.models import Document

DOCUMENTS = 20
ANSWERS = 25


@dataclass(frozen=True)
class ChangedDocument:
    """A document with how many questions it concerns. `title` is "" for who may not see it."""

    document: Document
    title: str
    words: list[str]
    questions: int


@dataclass(frozen=True)
class Concerned:
    """One quote of one question. `instead`: the words that stand there now, marked against the
    quote; empty where nothing like it does, or the reader may not see the document."""

    row: Affected
    question: Question
    places: list[Badge]
    sentence: str
    instead: list[Piece]
    fed: list[LibraryAnswerUse]


@dataclass(frozen=True)
class Concerns:
    document: Document
    title: str
    entries: list[Concerned]
    page: "Page[Affected]"
    checked: int


def changed_documents(
    user: Any, page: str | None
) -> tuple[list[ChangedDocument], "Page[Document]"]:
    """The documents whose changes concern answers that this person may see."""
    by_document: dict[int, list[Affected]] = {}
    for row in rows_of(None, RFP.objects.for_user(user)):
        if not row.is_checked:
            by_document.setdefault(row.document_id, []).append(row)
    found = Document.objects.filter(pk__in=by_document).order_by("title", "pk")
    number = Paginator(found, DOCUMENTS).get_page(page)
    documents = list(number)
    seen = _seen(documents, user)
    entries = [
        _changed(document, by_document.get(document.pk, []), document.pk in seen)
        for document in documents
    ]
    return entries, number


def _seen(documents: list[Document], user: Any) -> set[int]:
    ids = [document.pk for document in documents]
    return set(Document.objects.for_user(user).filter(pk__in=ids).values_list("pk", flat=True))


def _changed(document: Document, rows: list[Affected], is_seen: bool) -> ChangedDocument:
    questions = _by_question(rows)
    counts = Counter(map(_weightiest, questions.values()))
    words = [f"{count} {words}" for words, count in counts.items()]
    return ChangedDocument(document, document.title if is_seen else "", words, len(questions))


def _by_question(rows: list[Affected]) -> dict[int, list[Affected]]:
    found: dict[int, list[Affected]] = {}
    for row in rows:
        found.setdefault(row.question_id, []).append(row)
    return found


def _weightiest(rows: list[Affected]) -> str:
    top = max(rows, key=lambda row: row.weight)
    if top.submitted:
        return "submitted"
    if top.exported:
        return "exported"
    return "approved" if top.open_state == AnswerState.APPROVED else "open"


def concerns(document: Document, user: Any, *, page: str | None, checked: bool = False) -> Concerns:
    """The answers that a document's changes concern; `checked`: those that somebody lets stand."""
    rfps = RFP.objects.for_user(user)
    rows = rows_of([document.pk], rfps)
    chosen = [row for row in rows if row.is_checked == checked]
    number = Paginator(chosen, ANSWERS).get_page(page)
    is_seen = bool(_seen([document], user))
    return Concerns(
        document=document,
        title=document.title if is_seen else "",
        entries=_entries(list(number), is_seen),
        page=number,
        checked=sum(row.is_checked for row in rows),
    )


def _entries(rows: list[Affected], is_seen: bool) -> list[Concerned]:
    questions = _questions({row.question_id for row in rows})
    now = words_instead({(row.chunk_id, row.quote) for row in rows}) if is_seen else {}
    fed = _fed(set(questions))
    return [
        Concerned(
            row=row,
            question=questions[row.question_id],
            places=_places(row, questions[row.question_id]),
            sentence=sentence_of(row.reason),
            instead=_instead(row, now.get((row.chunk_id, row.quote), "")),
            fed=fed.get(row.question_id, []),
        )
        for row in rows
        if row.question_id in questions
    ]


def _questions(ids: set[int]) -> dict[int, Question]:
    related: QuerySet[Question] = Question.objects.select_related("rfp", "answer")
    return related.in_bulk(ids)


def _instead(row: Affected, now: str) -> list[Piece]:
    return difference(row.quote, now) if now else []


def _places(row: Affected, question: Question) -> list[Badge]:
    """Where the words are: with the buyer, in the newest export, in the answer as it stands."""
    found = []
    if row.submitted:
        customer = question.rfp.customer or "the buyer"
        found.append(Badge("failed", f"Submitted to {customer}"))
    if row.exported and not row.submitted:
        found.append(Badge("needs_review", "Exported"))
    if row.open_state:
        label = str(AnswerState(row.open_state).label)
        approved = row.open_state == AnswerState.APPROVED
        found.append(Badge("approved" if approved else "draft", label))
    else:
        found.append(Badge("superseded", "The answer now rests on other words"))
    return found


def _fed(question_ids: set[int]) -> dict[int, list[LibraryAnswerUse]]:
    """Answers of the library that were taken from these questions."""
    uses = LibraryAnswerUse.objects.filter(
        kind=UseKind.FED, answer__question__in=question_ids, library_answer__merged_into=None
    )
    found: dict[int, list[LibraryAnswerUse]] = {}
    for use in uses.select_related("library_answer", "answer").order_by("pk"):
        found.setdefault(use.answer.question_id, []).append(use)
    return found
