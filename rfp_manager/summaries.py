"""Summaries of the documents that came with an RFP."""

from typing import Any

from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import JobFailed
from jobs.run import JobRun
from llm_manager.calling import default_access, write
from llm_manager.control.ledger import Booking
from llm_manager.models import ModelKind
from llm_manager.providers.base import Passage, SummaryInputs
from rfp_manager.citing import find_quote
from rfp_manager.models import InformationDocument, SummaryJob
from solution_library.models import Chunk

SUMMARIZE = "rfp_manager.summarize_information_document"
MAX_PASSAGES = 60
SUMMARY_CHARACTERS = 1500


def start_summary(document: InformationDocument, user: Any) -> SummaryJob:
    """Queue a summary. Raises AlreadyRunning."""
    job = SummaryJob(
        information_document=document, started_by=user, title=f"Summarise “{document.title}”"[:200]
    )
    return enqueue(SUMMARIZE, job=job, dedup_key=f"information:{document.pk}")


def summarize(run: JobRun, information_document_id: int) -> dict[str, Any]:
    """Summarise one information document with the default chat model."""
    document = InformationDocument.objects.select_related("document").get(
        pk=information_document_id
    )
    chunks = list(
        Chunk.objects.filter(
            version=document.document.current_version, is_hidden=False
        ).order_by("ordinal")
    )
    if not chunks:
        raise JobFailed(f"“{document.title}” has not been read yet, so there is nothing to say.")
    model = default_access(ModelKind.CHAT)
    run.now(f"Summarising {len(chunks)} passages")
    inputs = SummaryInputs(document.title, passages_of(chunks), SUMMARY_CHARACTERS)
    booking = Booking("summary", run.job.pk, run.job.started_by_id, f"rfp:{document.rfp_id}")
    call = write(model, inputs, booking)
    summary = str(call.data.get("summary") or "").strip()
    if not summary:
        raise JobFailed("The model wrote no summary. Try again, or with another model.")
    with run.write():
        InformationDocument.objects.filter(pk=document.pk).update(
            summary=summary,
            summary_citations=_citations(call.data.get("citations"), chunks),
            summarized_at=timezone.now(),
        )
    return {"information_document_id": document.pk, "characters": len(summary)}


def passages_of(chunks: list[Chunk]) -> tuple[Passage, ...]:
    """The passages to summarise from; of a long document, evenly spread ones."""
    step = max(1, -(-len(chunks) // MAX_PASSAGES))
    return tuple(
        Passage(number, chunk.text, chunk.heading_path)
        for number, chunk in enumerate(chunks, 1)
        if (number - 1) % step == 0
    )


def _citations(claims: Any, chunks: list[Chunk]) -> list[dict[str, Any]]:
    """The quotes that really stand in the passages they name."""
    held = []
    for claim in claims if isinstance(claims, list) else []:
        if not isinstance(claim, dict):
            continue
        number, quote = claim.get("passage"), str(claim.get("quote") or "")
        if isinstance(number, int) and 1 <= number <= len(chunks):
            chunk = chunks[number - 1]
            if quote and find_quote(quote, chunk.text):
                held.append({"chunk": chunk.pk, "quote": quote})
    return held
