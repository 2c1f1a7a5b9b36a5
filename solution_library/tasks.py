"""Background work of the library. Each task turns ids into objects and makes one call."""

from typing import Any

from celery import shared_task

from jobs.execution import execute
from jobs.run import JobRun
from jobs.task import REMOTE_OPTIONS, JobTask
from solution_library import embedding, embedding_batch, syncing
from solution_library.indexing.building import build_index
from solution_library.indexing.removing import drop_in
from solution_library.indexing.starting import ONLY_ONE
from solution_library.models import (
    Document,
    DocumentationSource,
    EmbeddingJob,
    ReindexJob,
    SyncJob,
)


@shared_task(
    bind=True, base=JobTask, name="solution_library.embed_document",
    soft_time_limit=1800, time_limit=2100,
    job_model=EmbeddingJob, dedup="document:{document_id}", **REMOTE_OPTIONS,
)
def embed_document(
    self: Any,
    document_id: int,
    embedding_model_id: int | None = None,
    user_id: int | None = None,
    job_id: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Read one document into the library."""
    if not Document.objects.filter(pk=document_id).exists():
        embedding.give_up(job_id, f"Document {document_id} not found")
        error = f"Document {document_id} not found"
        return {"success": False, "document_id": document_id, "error": error}
    job = self.job_for(job_id, document_id=document_id, user_id=user_id)

    def work(run: JobRun) -> dict[str, Any]:
        return embedding_batch.read_one(run, document_id, embedding_model_id)

    return execute(self, job, work)


@shared_task(
    bind=True, base=JobTask, name="solution_library.embed_documents_batch",
    soft_time_limit=1800, time_limit=2100, job_model=EmbeddingJob, **REMOTE_OPTIONS,
)
def embed_documents_batch(
    self: Any,
    document_ids: list[int] | None = None,
    user_id: int | None = None,
    job_id: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Read several documents; one that fails does not stop the others."""
    job = self.job_for(job_id, document_ids=document_ids, user_id=user_id)
    return execute(self, job, embedding_batch.read_all)


@shared_task(
    bind=True, base=JobTask, name="solution_library.build_embedding_index",
    soft_time_limit=1800, time_limit=2100, job_model=ReindexJob, dedup=ONLY_ONE, **REMOTE_OPTIONS,
)
def build_embedding_index(
    self: Any, index_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Make the vectors that an index lacks, beside the one in use."""
    job = self.job_for(job_id, index_id=index_id, user_id=user_id)
    return execute(self, job, build_index)


@shared_task(
    bind=True, base=JobTask, name="solution_library.drop_embedding_index",
    soft_time_limit=1800, time_limit=2100, dedup="drop-index:{index_id}",
)
def drop_embedding_index(
    self: Any, index_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Delete an index that is in use no more, with its vectors."""
    job = self.job_for(job_id, index_id=index_id, user_id=user_id)
    return execute(self, job, lambda run: drop_in(run, index_id))


@shared_task(
    bind=True, base=JobTask, name="solution_library.sync_documentation_source",
    soft_time_limit=1800, time_limit=2100,
    job_model=SyncJob, dedup="source:{source_id}", **REMOTE_OPTIONS,
)
def sync_documentation_source(
    self: Any, source_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Bring a source's documents up to date."""
    if not DocumentationSource.objects.filter(pk=source_id).exists():
        error = f"Documentation source {source_id} not found"
        return {"success": False, "source_id": source_id, "error": error}
    job = self.job_for(job_id, source_id=source_id, user_id=user_id)
    return execute(self, job, syncing.sync_for_job)


@shared_task(
    bind=True, base=JobTask, name="solution_library.sync_all_documentation_sources",
    soft_time_limit=600, time_limit=900,
    job_model=SyncJob, job_columns={"title": "Sync all documentation sources"}, **REMOTE_OPTIONS,
)
def sync_all_documentation_sources(
    self: Any, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Start a sync of every active source that is not being synced already."""
    job = self.job_for(job_id)
    return execute(self, job, lambda run: syncing.start_all())
