"""One question with all that is known about its answer."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse

from rfp_manager.models import Answer, AnswerOutcome, AnswerVersion, Citation, Question, Review
from rfp_manager.presenting.badges import Badge, outcome_badge, state_badge, verdict_badge
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.places import answer_place, comment_place, question_place
from rfp_manager.presenting.texts import (
    Piece,
    answer_pieces,
    difference,
    unsupported_words,
)
from solution_library.chunking import below_title

HISTORY_LENGTH = 20


@dataclass(frozen=True)
class CitationEntry:
    number: int
    citation: Citation
    document: str
    headings: str
    url: str
    version: str
    problem: str


@dataclass(frozen=True)
class ReviewEntry:
    review: Review
    badge: Badge
    by: str
    is_current: bool
    percent: int
    findings: list[str]


@dataclass(frozen=True)
class HistoryEntry:
    number: int
    at: datetime
    by: str
    outcome: str
    choice: str
    changes: list[Piece]


@dataclass(frozen=True)
class Neighbours:
    """The questions before and after, among those of the filter; `position` counts from 1."""

    previous: Question | None
    following: Question | None
    position: int
    total: int


@dataclass(frozen=True)
class QuestionPage:
    question: Question
    answer: Answer | None
    place: str
    answer_place: str
    comment_place: str
    outcome: Badge
    state: Badge | None
    pieces: list[Piece]
    unsupported: list[str]
    written_by: str
    citations: list[CitationEntry]
    reviews: list[ReviewEntry]
    history: list[HistoryEntry]
    older_versions: int
    neighbours: Neighbours
    chosen: QuestionFilter


def question_page(question: Question, chosen: QuestionFilter) -> QuestionPage:
    answer = answer_of(question)
    citations = _citations(answer) if answer else []
    history, older = _history(answer) if answer else ([], 0)
    return QuestionPage(
        question=question,
        answer=answer,
        place=question_place(question),
        answer_place=answer_place(question),
        comment_place=comment_place(question),
        outcome=outcome_badge(answer),
        state=state_badge(answer) if answer else None,
        pieces=_pieces(answer, len(citations)),
        unsupported=_unsupported(answer),
        written_by=_written_by(answer),
        citations=citations,
        reviews=_reviews(answer) if answer else [],
        history=history,
        older_versions=older,
        neighbours=neighbours(question, chosen),
        chosen=chosen,
    )


def answer_of(question: Question) -> Answer | None:
    found: Answer | None = getattr(question, "answer", None)
    return found


def _pieces(answer: Answer | None, citations: int) -> list[Piece]:
    if answer is None:
        return []
    unsupported = unsupported_words(answer.unsupported)
    return answer_pieces(answer.text, unsupported=unsupported, citations=citations)


def _unsupported(answer: Answer | None) -> list[str]:
    """The words alone, each once, in the order of the text."""
    if answer is None:
        return []
    return list(dict.fromkeys(entry.words for entry in unsupported_words(answer.unsupported)))


def _written_by(answer: Answer | None) -> str:
    if answer is None:
        return ""
    if answer.edited_by is not None:
        return answer.edited_by.get_username()
    return str(answer.model) if answer.model is not None else ""


def neighbours(question: Question, chosen: QuestionFilter) -> Neighbours:
    among = chosen.apply(Question.objects.filter(rfp=question.rfp_id)).order_by("ordinal")
    before = among.filter(ordinal__lt=question.ordinal)
    after = among.filter(ordinal__gt=question.ordinal)
    counts = among.order_by().aggregate(
        total=Count("pk"), before=Count("pk", filter=Q(ordinal__lt=question.ordinal))
    )
    return Neighbours(before.last(), after.first(), counts["before"] + 1, counts["total"])


def _citations(answer: Answer) -> list[CitationEntry]:
    related = "chunk__version__document__current_version"
    found = answer.citations.select_related(related).defer("chunk__lexemes")
    return [_citation(number, citation) for number, citation in enumerate(found, 1)]


def _citation(number: int, citation: Citation) -> CitationEntry:
    version = citation.chunk.version
    return CitationEntry(
        number=number,
        citation=citation,
        document=version.document.title,
        headings=below_title(citation.chunk.heading_path, version.document.title),
        url=passage_url(citation),
        version=f"version {version.number}",
        problem=_problem(citation),
    )


def passage_url(citation: Citation) -> str:
    """The document's page, opened at the quote."""
    url = reverse("solution_library:document", args=[citation.chunk.version.document_id])
    place = {"chunk": citation.chunk_id, "start": citation.start, "end": citation.end}
    return f"{url}?{urlencode(place)}#chunk-{citation.chunk_id}"


def _problem(citation: Citation) -> str:
    version = citation.chunk.version
    document = version.document
    if document.review_status in ("rejected", "archived"):
        return f"This document is now {document.review_status}. Check whether the answer holds."
    current = document.current_version
    if current is not None and current.sha256 != citation.document_sha256:
        return f"The document has changed since: it is now at version {current.number}."
    return ""


def _reviews(answer: Answer) -> list[ReviewEntry]:
    found = answer.reviews.select_related("reviewer", "model")
    return [_review(review, answer) for review in found[:HISTORY_LENGTH]]


def _review(review: Review, answer: Answer) -> ReviewEntry:
    by = review.reviewer.get_username() if review.reviewer else str(review.model or "Reviewer")
    return ReviewEntry(
        review=review,
        badge=verdict_badge(review),
        by=by,
        is_current=review.answer_version == answer.version,
        percent=round(review.score * 100),
        findings=[finding_text(finding) for finding in review.findings],
    )


def finding_text(finding: object) -> str:
    """A finding in words, whatever shape the reviewer gave it."""
    if isinstance(finding, dict):
        return " · ".join(f"{value}" for value in finding.values() if value not in ("", None))
    return str(finding)


def _history(answer: Answer) -> tuple[list[HistoryEntry], int]:
    """The newest versions, each with what it changed, and how many older ones there are."""
    related = answer.versions.select_related("made_by", "job__model")
    versions = list(related[: HISTORY_LENGTH + 1])
    total = answer.versions.count() if len(versions) > HISTORY_LENGTH else len(versions)
    older = [*versions[1:], None]
    entries = [_version(new, old) for new, old in zip(versions, older, strict=True)]
    return entries[:HISTORY_LENGTH], total - len(entries[:HISTORY_LENGTH])


def _version(version: AnswerVersion, before: AnswerVersion | None) -> HistoryEntry:
    return HistoryEntry(
        number=version.number,
        at=version.created_at,
        by=_made_by(version),
        outcome=str(AnswerOutcome(version.outcome).label),
        choice=version.choice,
        changes=difference(before.text if before else "", version.text),
    )


def _made_by(version: AnswerVersion) -> str:
    if version.made_by is not None:
        return version.made_by.get_username()
    if version.job is not None:
        return f"drafted by {version.job.model or 'the responder'}"
    return "imported"
