"""Shows how a search works for one question: what each way of searching finds for itself, what
becomes of both, and where a document that somebody expected stands, or why it does not."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.formats import FULL_DAY, date_text
from jobs.errors import JobError
from solution_library.fusing import alone, fuse
from solution_library.hits import Balance, Fused, Hit, Ranked
from solution_library.indexing.indexes import active_index
from solution_library.loading import load
from solution_library.models import (
    Chunk,
    ChunkVector,
    Document,
    DocumentKind,
    EmbeddingStatus,
    ReviewStatus,
)
from solution_library.scoping import Scope
from solution_library.search import CANDIDATES, MOST_CHARACTERS, Candidates, look_up

#: Passages shown of each list.
SHOWN = 10


@dataclass(frozen=True)
class Standing:
    """Where a document's best passage stands in each list (None: not in it), and the reasons why
    a search leaves the document out."""

    document: Document
    words: int | None = None
    meaning: int | None = None
    both: int | None = None
    reasons: list[str] = field(default_factory=list)
    #: The passage of the document that comes nearest, wherever it stands.
    nearest: Hit | None = None

    @property
    def is_found(self) -> bool:
        return self.both is not None


@dataclass(frozen=True)
class Trial:
    """What a question finds, by words, by meaning and by both."""

    words: list[Hit]
    meaning: list[Hit]
    both: list[Hit]
    balance: Balance
    corrections: dict[str, list[str]]
    trouble: JobError | None
    standing: Standing | None = None

    @property
    def is_empty(self) -> bool:
        return not self.both

    @property
    def warning(self) -> str:
        return f"Only words were searched for, not meaning: {self.trouble}" if self.trouble else ""


def try_out(
    question: str, user: Any, limits: dict[str, Any], expected: Document | None = None
) -> Trial:
    """Search for `question` as the responder would. `limits` are those of Scope.of()."""
    question = question.replace("\x00", " ").strip()[:MOST_CHARACTERS]
    scope = Scope.of(user, most=CANDIDATES, **limits)
    found = look_up(question, scope)
    fusion = fuse(found.words, found.meaning)
    return Trial(
        words=load(alone(words=found.words.ranked).ranked, SHOWN),
        meaning=load(alone(meaning=found.meaning).ranked, SHOWN),
        both=load(fusion.ranked, SHOWN),
        balance=fusion.balance,
        corrections=found.words.corrections,
        trouble=found.trouble,
        standing=_standing(question, expected, scope, found, fusion.ranked) if expected else None,
    )


def _standing(
    question: str,
    document: Document,
    scope: Scope,
    found: Candidates,
    fused: Sequence[Fused],
) -> Standing:
    mine = set(_chunks(document).values_list("pk", flat=True))
    both = next((n for n, row in enumerate(fused, 1) if row.chunk_id in mine), None)
    reasons = [] if both is not None else barred(document, scope)
    return Standing(
        document,
        words=_rank(found.words.ranked, mine),
        meaning=_rank(found.meaning, mine),
        both=both,
        reasons=reasons,
        nearest=None if reasons else _nearest(question, document, scope),
    )


def _chunks(document: Document) -> Any:
    return Chunk.objects.filter(version=document.current_version_id or 0)


def _rank(ranked: Sequence[Ranked], mine: set[int]) -> int | None:
    return next((n for n, row in enumerate(ranked, 1) if row.chunk_id in mine), None)


def _nearest(question: str, document: Document, scope: Scope) -> Hit | None:
    found = look_up(question, replace(scope, documents=[document.pk]))
    return next(iter(load(fuse(found.words, found.meaning).ranked, 1)), None)


def barred(document: Document, scope: Scope) -> list[str]:
    """Why a search within `scope` cannot find a document, each reason with what to do. Empty: it
    can, but other passages come first."""
    return [
        *_not_read(document),
        *_not_allowed(document, scope),
        *_out_of_scope(document, scope),
        *_without_passages(document),
    ]


def _not_read(document: Document) -> list[str]:
    if document.current_version_id is not None:
        return []
    if document.embedding_status == EmbeddingStatus.FAILED:
        return [f"It could not be read: {document.embedding_error}"]
    return ["It has not been read yet. It can be searched as soon as that is done."]


def _not_allowed(document: Document, scope: Scope) -> list[str]:
    if document.review_status in (ReviewStatus.REJECTED, ReviewStatus.ARCHIVED):
        return [f"It has been {document.review_status}. Approve it to have it searched again."]
    if document.kind == DocumentKind.ANSWER:
        return _answer_not_allowed(document)
    if scope.only_approved and document.review_status != ReviewStatus.APPROVED:
        return ["It has not been approved, and only what has been approved is searched."]
    return []


def _answer_not_allowed(document: Document) -> list[str]:
    answer = getattr(document, "library_answer", None)
    if document.review_status != ReviewStatus.APPROVED or answer is None:
        return ["The answer has not been approved."]
    if answer.merged_into_id is not None:
        return [f"It was merged into another answer: “{answer.merged_into}”."]
    if answer.valid_until and answer.valid_until < timezone.localdate():
        until = date_text(answer.valid_until, FULL_DAY)
        return [f"The answer was valid until {until}. Look it through."]
    return []


def _out_of_scope(document: Document, scope: Scope) -> list[str]:
    reasons = []
    if document.kind == DocumentKind.INFORMATION:
        reasons.append("It came with an RFP: only drafts for that RFP look into it.")
    if scope.collections is not None and not _has(document.collections, scope.collections):
        reasons.append("It is not in the collection that is searched.")
    if scope.tags is not None and not _has(document.tags, scope.tags):
        reasons.append("It does not carry the tag that is asked for.")
    if scope.kinds is not None and document.kind not in scope.kinds:
        reasons.append("It is of another kind than what is searched.")
    return reasons


def _has(related: Any, wanted: Sequence[int]) -> bool:
    return bool(related.filter(pk__in=list(wanted)).exists())


def _without_passages(document: Document) -> list[str]:
    if document.current_version_id is None:
        return []
    seen = _chunks(document).filter(is_hidden=False)
    if not seen.exists():
        return ["All of its text is hidden in the file, and hidden text is never searched."]
    index = active_index()
    if (
        index
        and not ChunkVector.objects.filter(
            index=index, version=document.current_version_id
        ).exists()
    ):
        models = reverse("solution_library:indexing")
        return [
            "Its passages have no vectors in the index in use, so it is found by words only. "
            f"Read it again, or see {models}."
        ]
    return []
