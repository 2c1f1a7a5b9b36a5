"""Prepares documents for reading and writes what was read, in one step each."""

from pathlib import Path
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db import connection, transaction
from django.db.models import Value

from jobs.errors import JobFailed
from llm_manager.calling import ModelAccess
from solution_library.lexical import configuration_for, lexical_text
from solution_library.models import (
    EMBEDDING_DIMENSIONS,
    Chunk,
    Document,
    DocumentVersion,
    EmbeddingStatus,
    ReviewStatus,
)
from solution_library.reading import ReadDocument, ToRead

COUNT_LEXEMES = """
UPDATE solution_library_chunk SET length = coalesce(
    (SELECT sum(cardinality(positions)) FROM unnest(lexemes)), 0)
WHERE version_id = %s
"""


def prepare(document_id: int, model: ModelAccess) -> ToRead:
    """Mark a document as being read and collect what reading it takes."""
    document = Document.objects.filter(pk=document_id).first()
    version = document.versions.order_by("-number").first() if document else None
    if document is None or version is None:
        raise JobFailed(f"Document {document_id} not found")
    Document.objects.filter(pk=document_id).update(
        embedding_status=EmbeddingStatus.RUNNING,
        review_status=ReviewStatus.PROCESSING,
        embedding_model=model.pk,
    )
    known, build = _known_vectors(document, model)
    return ToRead(
        document_id=document_id,
        version_id=version.pk,
        path=Path(version.file.path),
        filename=version.filename,
        model=model,
        known=known,
        known_build=build,
    )


def _known_vectors(document: Document, model: ModelAccess) -> tuple[dict[str, Any], str]:
    """Vectors of this document's passages by content hash, if this model made them."""
    chunks = Chunk.objects.filter(
        version__document=document, embedded_by__startswith=model.model_id
    ).exclude(embedding=None)
    builds = chunks.order_by("-version_id").values_list("embedded_by", flat=True)
    build = builds.first()
    if not build:
        return {}, ""
    same_build = chunks.filter(embedded_by=build)
    return dict(same_build.values_list("content_hash", "embedding")), build


def store(found: ReadDocument, model: ModelAccess) -> dict[str, Any]:
    """Write a version's passages and make it the current one, in one transaction."""
    _check_dimensions(found)
    with transaction.atomic():
        version = DocumentVersion.objects.select_for_update().get(pk=found.version_id)
        _replace_chunks(version, found)
        _complete(version, found)
    return {
        "document_id": version.document_id,
        "chunks_created": len(found.drafts),
        "chunks_embedded": found.embedded,
    }


def _check_dimensions(found: ReadDocument) -> None:
    for vector in found.vectors:
        if vector.shape != (EMBEDDING_DIMENSIONS,):
            raise JobFailed(
                f"The embedding model makes vectors of {vector.shape[-1]} numbers, the library "
                f"holds {EMBEDDING_DIMENSIONS}. Choose the model the library was built with."
            )


def _replace_chunks(version: DocumentVersion, found: ReadDocument) -> None:
    Chunk.objects.filter(version=version).exclude(citations__isnull=False).delete()
    cited = set(Chunk.objects.filter(version=version).values_list("ordinal", flat=True))
    language = configuration_for("\n".join(d.text for d in found.drafts[:20]))
    rows = [
        Chunk(
            version=version,
            ordinal=draft.ordinal,
            heading_path=draft.heading_path[:1000],
            page=draft.page,
            text=draft.text,
            content_hash=draft.content_hash,
            language=language,
            lexemes=SearchVector(
                Value(lexical_text(f"{draft.heading_path}\n{draft.text}")), config=language
            ),
            embedding=vector.tolist(),
            embedded_by=found.build,
        )
        for draft, vector in zip(found.drafts, found.vectors, strict=True)
        if draft.ordinal not in cited
    ]
    Chunk.objects.bulk_create(rows, batch_size=200)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_LEXEMES, [version.pk])


def _complete(version: DocumentVersion, found: ReadDocument) -> None:
    version.page_count = found.parsed.page_count
    version.warnings = found.parsed.warnings[:50]
    version.is_complete = True
    version.save(update_fields=["page_count", "warnings", "is_complete"])
    title = found.parsed.title.strip()[:300]
    Document.objects.filter(pk=version.document_id).update(
        current_version=version,
        media_type=found.parsed.media_type[:100],
        embedding_status=EmbeddingStatus.READY,
        embedding_error="",
        review_status=ReviewStatus.PENDING,
        **({"title": title} if title else {}),
    )


def mark_failed(document_id: int, reason: str) -> None:
    """Reading failed: say why on the document, and give it its review status back."""
    Document.objects.filter(pk=document_id).update(
        embedding_status=EmbeddingStatus.FAILED,
        embedding_error=reason[:2000],
        review_status=ReviewStatus.PENDING,
    )


def give_up(job_id: int | None, reason: str) -> None:
    """End a job whose document is gone."""
    if job_id is None:
        return
    from jobs.models import Job, Status
    from jobs.transitions import finish_unclaimed

    job = Job.objects.filter(pk=job_id).first()
    if job is not None:
        finish_unclaimed(job, Status.FAILED, error=reason)
