"""Which answers, open, exported or submitted, rest on a passage that has changed since.

A quote has changed if its passage is not in the document's current text any more, and its words
do not stand there either. That is found out once, when a document was read again, and kept
(CitedPassage); whether a document may answer at all any more is seen from the document itself.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from rfp_manager.models import CheckedChange, Citation, CitedPassage, ExportedCitation, Question
from rfp_manager.still_there import PresentText
from solution_library.models import Chunk, Document, ReviewStatus

CHANGED = "changed"
EXPIRED = "expired"
OUT_OF_USE = (ReviewStatus.REJECTED, ReviewStatus.ARCHIVED)
DOCUMENT = "chunk__version__document"
#: The passage is not where the document's current text is read from.
MOVED = ~Q(chunk__version=F(f"{DOCUMENT}__current_version")) | Q(chunk__is_hidden=True)


@dataclass(frozen=True)
class Quoted:
    """Words that something cites, of a passage that is not in the current text any more."""

    chunk_id: int
    quote: str
    content_hash: str

    @property
    def quote_hash(self) -> str:
        return hashlib.sha256(self.quote.encode()).hexdigest()


# -- found out once ------------------------------------------------------------------------
def look_again(document_id: int) -> int:
    """Compare what is cited of a document with how it reads now. Returns how many quotes do not
    stand there any more."""
    with transaction.atomic():
        # Two readings of one document in a row: the later one waits, and sees the later text.
        document = Document.objects.select_for_update(no_key=True).filter(pk=document_id).first()
        if document is None or document.current_version_id is None:
            return 0
        quoted = _quoted(document_id)
        CitedPassage.objects.filter(
            version=document.current_version_id, chunk__in=[q.chunk_id for q in quoted]
        ).delete()
        rows = _states(document, quoted)
        CitedPassage.objects.bulk_create(rows, batch_size=500)
    return sum(row.is_changed for row in rows)


def not_looked_at() -> list[int]:
    """Documents whose cited passages were not compared with their current text: because a worker
    died, or because an answer was written from passages that were found before."""
    found: set[int] = set()
    for model in (Citation, ExportedCitation):
        moved = model._default_manager.filter(MOVED).exclude(Exists(_states_of_row()))
        found.update(moved.order_by().values_list(DOCUMENT, flat=True).distinct())
    return sorted(found)


def catch_up() -> None:
    """Look at what `not_looked_at` names."""
    for document_id in not_looked_at():
        look_again(document_id)


def _quoted(document_id: int) -> list[Quoted]:
    found: set[Quoted] = set()
    for model in (Citation, ExportedCitation):
        rows = model._default_manager.filter(MOVED, **{DOCUMENT: document_id}).order_by()
        columns = rows.values_list("chunk", "quote", "chunk__content_hash").distinct()
        found.update(Quoted(*row) for row in columns)
    return sorted(found, key=lambda quoted: (quoted.chunk_id, quoted.quote))


def _states(document: Document, quoted: Sequence[Quoted]) -> list[CitedPassage]:
    version_id = document.current_version_id
    if not quoted or version_id is None:
        return []
    chunks = Chunk.objects.filter(version=version_id, is_hidden=False)
    there = list(chunks.order_by("ordinal").values_list("pk", "text", "content_hash"))
    present = PresentText((pk, text) for pk, text, _ in there)
    hashes = {content_hash for _, _, content_hash in there}
    return [_state(version_id, one, present, hashes) for one in quoted]


def _state(version_id: int, quoted: Quoted, present: PresentText, hashes: set[str]) -> CitedPassage:
    row = CitedPassage(
        chunk_id=quoted.chunk_id, quote=quoted.quote, quote_hash=quoted.quote_hash,
        version_id=version_id, is_changed=False,
    )  # fmt: skip
    if quoted.content_hash in hashes or present.holds(quoted.quote):
        return row
    row.is_changed, instead = True, present.instead_of(quoted.quote)
    if instead is not None:
        row.now, row.now_chunk_id = instead.words, instead.chunk_id
    return row


def _states_of_row() -> QuerySet[CitedPassage]:
    """What was found out about the citation of an outer query, for the current text."""
    return CitedPassage.objects.filter(
        chunk=OuterRef("chunk"),
        quote=OuterRef("quote"),
        version=OuterRef(f"{DOCUMENT}__current_version"),
    )


# -- asked often ---------------------------------------------------------------------------
def with_reason(rows: QuerySet[Any], today: date | None = None) -> QuerySet[Any]:
    """Citations, of answers or of exports, with `reason`: why one does not hold any more, as
    CheckedChange keeps it; "" for those that hold."""
    day = today or timezone.localdate()
    changed = Exists(_states_of_row().filter(is_changed=True))
    version = Cast(f"{DOCUMENT}__current_version", CharField())
    until = f"{DOCUMENT}__library_answer__valid_until"
    expired = Concat(Value(f"{EXPIRED}:"), Cast(until, CharField()))
    reasons = Case(
        When(**{f"{DOCUMENT}__review_status__in": OUT_OF_USE}, then=f"{DOCUMENT}__review_status"),
        When(**{f"{until}__lt": day}, then=expired),
        When(changed, then=Concat(Value(f"{CHANGED}:"), version)),
        default=Value(""),
        output_field=CharField(),
    )
    return _annotated(rows, reasons)


def _annotated(rows: Any, reasons: Case) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.annotate(reason=reasons)
    return found


def troubled(rows: QuerySet[Any], today: date | None = None) -> QuerySet[Any]:
    """Only citations that do not hold any more, with `reason`."""
    return with_reason(rows, today).exclude(reason="")


def to_check(today: date | None = None) -> Exists:
    """For a filter of questions: the answer as it stands rests on something that has changed or
    is out of use, and nobody has said that it may stand."""
    rows = Citation.objects.filter(answer__question=OuterRef("pk"))
    return Exists(unchecked(troubled(rows, today), "answer__question"))


def unchecked(rows: QuerySet[Any], question: str) -> QuerySet[Any]:
    """Of `troubled` citations those that nobody lets stand. `question`: the way to it."""
    checked = CheckedChange.objects.filter(
        question=OuterRef(question), chunk=OuterRef("chunk"), reason=OuterRef("reason")
    )
    return rows.exclude(Exists(checked))


@dataclass(frozen=True)
class Problem:
    """Why a citation cannot be relied on, in words; `now` is what stands there instead."""

    reason: str
    sentence: str
    now: str = ""
    is_checked: bool = False


def problems_of(citations: Iterable[Citation], today: date | None = None) -> dict[int, Problem]:
    """Of citations of one or many answers, those with a problem, by their ids. One query, and two
    more where there are problems, however many."""
    ids = [citation.pk for citation in citations]
    if not ids:
        return {}
    rows = troubled(Citation.objects.filter(pk__in=ids), today).select_related("answer")
    return problems_in(rows.order_by("pk"))


def problems_in(citations: Iterable[Any]) -> dict[int, Problem]:
    """The same of citations that were read by `with_reason`, with their answers."""
    found = [citation for citation in citations if citation.reason]
    if not found:
        return {}
    instead = words_instead({(citation.chunk_id, citation.quote) for citation in found})
    checked = checked_keys({citation.answer.question_id for citation in found})
    return {
        citation.pk: Problem(
            citation.reason, sentence_of(citation.reason),
            instead.get((citation.chunk_id, citation.quote), ""),
            (citation.answer.question_id, citation.chunk_id, citation.reason) in checked,
        )
        for citation in found
    }  # fmt: skip


def words_instead(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """What stands now in the place of each (chunk, quote) that has changed."""
    rows = CitedPassage.objects.filter(
        is_changed=True,
        chunk__in={chunk for chunk, _ in keys},
        version=F("chunk__version__document__current_version"),
    )
    return {(row.chunk_id, row.quote): row.now for row in rows}


def checked_keys(question_ids: Iterable[int]) -> set[tuple[int, int, str]]:
    """(question, chunk, reason) of what somebody lets stand."""
    rows = CheckedChange.objects.filter(question__in=list(question_ids))
    return set(rows.values_list("question", "chunk", "reason"))


def sentence_of(reason: str) -> str:
    """A reason in words for the person who looks at the citation."""
    kind, _, detail = reason.partition(":")
    if kind == CHANGED:
        return (
            "The document has changed since: these words do not stand in it any more. Check "
            "whether the answer holds."
        )
    if kind == EXPIRED:
        return f"This approved answer was valid until {detail}. Check whether it still holds."
    return f"This document is now {kind}. Check whether the answer holds."


# -- decided -------------------------------------------------------------------------------
def let_stand(
    question: Question, user: Any, seen: Collection[str], today: date | None = None
) -> int:
    """Somebody has looked at a question's answers, open and exported, and lets them stand until
    something changes again. `seen`: the reasons that they were shown, so that a change they know
    nothing of is not checked with the others. Returns how many passages that is about."""
    found: set[tuple[int, str]] = set()
    own = Citation.objects.filter(answer__question=question)
    sent = ExportedCitation.objects.filter(exported_answer__question=question)
    for rows in (troubled(own, today), troubled(sent, today)):
        rows = rows.filter(reason__in=list(seen))
        found.update(rows.order_by().values_list("chunk", "reason").distinct())
    CheckedChange.objects.bulk_create(
        [
            CheckedChange(question=question, chunk_id=chunk, reason=reason, checked_by=user)
            for chunk, reason in sorted(found)
        ],
        ignore_conflicts=True,
    )
    return len(found)


def look_at_again(question: Question) -> None:
    """Take `let_stand` back."""
    CheckedChange.objects.filter(question=question).delete()
