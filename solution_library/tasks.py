"""Background work of the library. Each task turns ids into objects and makes one call."""

from typing import Any

from celery import shared_task

from jobs.execution import execute
from jobs.run import JobRun
from jobs.task import REMOTE_OPTIONS, JobTask
from solution_library import embedding, embedding_batch, reminding, syncing, unpack_job
from solution_library.answers import filling, importing
from solution_library.indexing import tending
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
from solution_library.syncs import removing, schedule
from solution_library.wording import upkeep


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.embed_document",
    soft_time_limit=1800,
    time_limit=2100,
    job_model=EmbeddingJob,
    dedup="document:{document_id}",
    **REMOTE_OPTIONS,
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
    bind=True,
    base=JobTask,
    name="solution_library.embed_documents_batch",
    soft_time_limit=1800,
    time_limit=2100,
    job_model=EmbeddingJob,
    **REMOTE_OPTIONS,
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
    bind=True,
    base=JobTask,
    name="solution_library.unpack_archive",
    soft_time_limit=1800,
    time_limit=2100,
    job_model=EmbeddingJob,
    **REMOTE_OPTIONS,
)
def unpack_archive(
    self: Any,
    collections: list[int] | None = None,
    tags: list[int] | None = None,
    artifact: int | None = None,
    user_id: int | None = None,
    job_id: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Take the files of an uploaded archive into the library."""
    job = self.job_for(job_id, user_id=user_id)

    def work(run: JobRun) -> dict[str, Any]:
        return unpack_job.unpack(run, collections or [], tags or [], artifact)

    return execute(self, job, work)


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.remind_reviews",
    soft_time_limit=600,
    time_limit=900,
    job_columns={"title": "Remind of reviews that are due"},
    dedup="remind-reviews",
)
def remind_reviews(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """The daily work: tell people what is due, and put right what a crash has left behind."""
    return execute(self, self.job_for(job_id), reminding.remind_for_job)


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.build_embedding_index",
    soft_time_limit=1800,
    time_limit=2100,
    job_model=ReindexJob,
    dedup=ONLY_ONE,
    **REMOTE_OPTIONS,
)
def build_embedding_index(
    self: Any, index_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Make the vectors that an index lacks, beside the one in use."""
    job = self.job_for(job_id, index_id=index_id, user_id=user_id)
    return execute(self, job, build_index)


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.drop_embedding_index",
    soft_time_limit=1800,
    time_limit=2100,
    dedup="drop-index:{index_id}",
)
def drop_embedding_index(
    self: Any, index_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Delete an index that is in use no more, with its vectors."""
    job = self.job_for(job_id, index_id=index_id, user_id=user_id)
    return execute(self, job, lambda run: drop_in(run, index_id))


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.merge_word_segments",
    soft_time_limit=1800,
    time_limit=2100,
    dedup=upkeep.ONLY_ONE,
)
def merge_word_segments(
    self: Any,
    anew: bool = False,
    user_id: int | None = None,
    job_id: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Put new passages into the index of words, or with `anew` make all of it again."""
    job = self.job_for(job_id, anew=anew, user_id=user_id)
    return execute(self, job, lambda run: upkeep.merge_in(run, anew))


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.tend_graphs",
    soft_time_limit=1800,
    time_limit=2100,
    dedup=tending.ONLY_ONE,
)
def tend_graphs(
    self: Any, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Give the index in use the graph that it lacks, or a new one where most of it is gone."""
    job = self.job_for(job_id, user_id=user_id)
    return execute(self, job, tending.tend)


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.sync_documentation_source",
    soft_time_limit=1800,
    time_limit=2100,
    job_model=SyncJob,
    dedup="source:{source_id}",
    **REMOTE_OPTIONS,
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
    bind=True,
    base=JobTask,
    name="solution_library.sync_all_documentation_sources",
    soft_time_limit=600,
    time_limit=900,
    job_model=SyncJob,
    job_columns={"title": "Sync all documentation sources"},
    **REMOTE_OPTIONS,
)
def sync_all_documentation_sources(
    self: Any, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Start a sync of every active source that is not being synced already."""
    job = self.job_for(job_id)
    return execute(self, job, lambda run: syncing.start_all())


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.sync_due_documentation_sources",
    soft_time_limit=600,
    time_limit=900,
    job_columns={"title": "Sync documentation sources that are due"},
)
def sync_due_documentation_sources(
    self: Any, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Start a sync of every source whose own time has come."""
    job = self.job_for(job_id)
    return execute(self, job, lambda run: schedule.start_due())


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.remove_documentation_source",
    soft_time_limit=1800,
    time_limit=2100,
    dedup="remove:{source_id}",
)
def remove_documentation_source(
    self: Any,
    source_id: int,
    fate: str = "archive",
    user_id: int | None = None,
    job_id: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Take a source away; its documents are kept, archived or deleted."""
    job = self.job_for(job_id, user_id=user_id)
    return execute(self, job, lambda run: removing.remove_for_job(run, source_id, fate))


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.embed_answer_questions",
    soft_time_limit=1800,
    time_limit=2100,
    dedup=filling.FILL,
    job_columns={"title": "Compare the questions of the answer library"},
    **REMOTE_OPTIONS,
)
def embed_answer_questions(
    self: Any, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Make the vectors that tell which questions of the answer library are the same."""
    return execute(self, self.job_for(job_id, user_id=user_id), filling.fill)


@shared_task(
    bind=True,
    base=JobTask,
    name="solution_library.import_answers",
    soft_time_limit=1800,
    time_limit=2100,
)
def import_answers(
    self: Any,
    options: dict[str, Any] | None = None,
    user_id: int | None = None,
    job_id: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Take the rows of a sheet into the answer library."""
    job = self.job_for(job_id, user_id=user_id)
    return execute(self, job, lambda run: importing.import_all(run, options or {}))
