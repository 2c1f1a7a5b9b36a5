"""What an answer said before, with what it rested on then: written down, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from rfp_manager import receipts
from rfp_manager.citing import find_quote
from rfp_manager.grounding import unsupported
from rfp_manager.models import (
    Answer,
    AnswerOutcome,
    AnswerState,
    AnswerVersion,
    Citation,
    RFPBatchJob,
)
from solution_library.models import Chunk

#: Passages of the present version of a document that a lost quote is looked for in.
MOST_PASSAGES = 2000
#: Columns of a citation that a version keeps, beside its chunk and that one's document.
QUOTED = ("quote", "start", "end", "document_sha256")


class RestoreRefused(Exception):
    """The version cannot be taken back; the message says why."""


@dataclass(frozen=True)
class Restored:
    """`lost`: citations of the old version whose passage is gone from the library."""

    answer: Answer
    number: int
    lost: int


def record_version(
    answer: Answer,
    *,
    made_by: Any = None,
    job: RFPBatchJob | None = None,
    restored_from: int | None = None,
    making: receipts.Making | None = None,
) -> AnswerVersion:
    """Write down what the answer says now, with its receipt. Its citations have to be saved by
    then. `making`: how a draft was made."""
    version = version_of(answer, citations_now(answer))
    version.made_by, version.job, version.restored_from = made_by, job, restored_from
    version.save(force_insert=True)
    receipts.record(version, making)
    return version


def version_of(answer: Answer, citations: list[dict[str, Any]]) -> AnswerVersion:
    """What the answer says now, not saved yet; `citations` as citations_now has them."""
    return AnswerVersion(
        answer=answer,
        number=answer.version,
        text=answer.text,
        choice=answer.choice,
        comment=answer.comment,
        outcome=answer.outcome,
        unsupported=answer.unsupported,
        citations=citations,
    )


def citations_now(answer: Answer) -> list[dict[str, Any]]:
    """What the answer cites, as a version keeps it. Places are characters into the passage."""
    cited = Citation.objects.filter(answer=answer).order_by("ordinal")
    rows = cited.values("chunk_id", *QUOTED, document=F("chunk__version__document_id"))
    return [{"chunk": row.pop("chunk_id"), **row} for row in rows]


def not_held(text: str, cited: Sequence[Chunk], question: str) -> list[dict[str, str | int]]:
    """What `text` says that these passages do not hold, as Answer.unsupported keeps it."""
    evidence = [t for c in cited for t in (c.text, c.heading_path, c.version.document.title)]
    return [finding.to_dict() for finding in unsupported(text, evidence, question=question)]


def restore_version(answer: Answer, number: int, *, user: Any, version: int) -> Restored:
    """Let the answer say again what it said in version `number`, citations and marks included.
    That is a new version upon `version`; nothing of the history goes.

    Raises RestoreRefused, also when somebody has changed the answer meanwhile.
    """
    kept = AnswerVersion.objects.filter(answer=answer, number=number).first()
    if kept is None:
        raise RestoreRefused(f"There is no version {number} of this answer.")
    if number == version:
        raise RestoreRefused(f"Version {number} is what the answer says now.")
    with transaction.atomic():
        cited, lost = _still_there(kept.citations)
        _write(answer, kept, _values(kept, answer, cited, lost), user=user, version=version)
        _cite(answer, cited)
        record_version(answer, made_by=user, restored_from=number)
    return Restored(answer, number, lost)


def _write(
    answer: Answer, kept: AnswerVersion, values: dict[str, Any], *, user: Any, version: int
) -> None:
    saved = Answer.objects.filter(pk=answer.pk, version=version).update(
        text=kept.text,
        choice=kept.choice,
        comment=kept.comment,
        state=AnswerState.DRAFT,
        approved_by=None,
        approved_at=None,
        version=F("version") + 1,
        edited_by=user,
        updated_at=timezone.now(),
        **values,
    )
    if not saved:
        raise RestoreRefused(
            "Somebody else has changed this answer meanwhile. Read it, then choose again."
        )
    answer.refresh_from_db()


def _values(
    kept: AnswerVersion, answer: Answer, cited: Sequence[Citation], lost: int
) -> dict[str, Any]:
    """What follows from the citations that are left. Without the lost ones the facts are looked
    for again, and an answer that has lost all it rested on is no more than a part of one."""
    if not lost:
        return {"outcome": kept.outcome, "explanation": "", "unsupported": kept.unsupported}
    answered = kept.outcome == AnswerOutcome.ANSWERED
    return {
        "outcome": AnswerOutcome.PARTLY if answered and not cited else kept.outcome,
        "explanation": _explanation(kept.number, lost),
        "unsupported": not_held(kept.text, [c.chunk for c in cited], answer.question.text),
    }


def _explanation(number: int, lost: int) -> str:
    what = "One of its citations is" if lost == 1 else f"{lost} of its citations are"
    return f"Taken back from version {number}. {what} gone: the library no longer holds the words."


Kept = Mapping[str, Any]


def _still_there(citations: Sequence[Kept]) -> tuple[list[Citation], int]:
    """The citations that hold today, and how many do not. A passage that was cut anew holds its
    quote elsewhere in the same document."""
    chunks = _chunks_of(citations)
    found = [_where(kept, chunks.get(int(kept.get("chunk") or 0))) for kept in citations]
    return [cited for cited in found if cited], found.count(None)


def _chunks_of(citations: Sequence[Kept]) -> dict[int, Chunk]:
    ids = [int(kept.get("chunk") or 0) for kept in citations]
    return Chunk.objects.select_related("version__document").defer("lexemes").in_bulk(ids)


def _where(kept: Kept, chunk: Chunk | None) -> Citation | None:
    quote, start, end = str(kept["quote"]), int(kept["start"]), int(kept["end"])
    if chunk is not None and chunk.text[start:end] == quote:
        sha256 = str(kept["document_sha256"])
        return Citation(chunk=chunk, quote=quote, start=start, end=end, document_sha256=sha256)
    return _elsewhere(quote, kept.get("document"))


def _elsewhere(quote: str, document_id: Any) -> Citation | None:
    """In the document's present version, word for word."""
    passages = (
        Chunk.objects.filter(version__document=document_id)
        .filter(version__document__current_version=F("version"))
        .select_related("version__document")
        .order_by("ordinal")
        .defer("lexemes")
    )
    for chunk in passages[:MOST_PASSAGES] if document_id else ():
        if span := find_quote(quote, chunk.text):
            return Citation(
                chunk=chunk, quote=chunk.text[slice(*span)], start=span[0], end=span[1],
                document_sha256=chunk.version.sha256,
            )  # fmt: skip
    return None


def _cite(answer: Answer, cited: Sequence[Citation]) -> None:
    Citation.objects.filter(answer=answer).delete()
    for ordinal, citation in enumerate(cited, 1):
        citation.answer, citation.ordinal = answer, ordinal
    Citation.objects.bulk_create(cited)
