"""The work of the embedding jobs: one document, or many as items of a batch."""

from typing import Any

from django.db import transaction

from jobs.batch import Steps, add_items, work_items
from jobs.errors import JobError
from jobs.models import JobItem
from jobs.run import JobRun
from llm_manager.calling import ModelAccess, access_to, default_access
from llm_manager.models import LLMModel, ModelKind
from solution_library import embedding
from solution_library.models import EmbeddingJob
from solution_library.reading import ReadDocument, ToRead, read

#: One document is parsed in its child process while another is embedded.
CONCURRENCY = 2


def read_one(run: JobRun, document_id: int, model_id: int | None = None) -> dict[str, Any]:
    """Read one document, with progress by passages."""
    model = _model(model_id)
    with run.write():
        task = embedding.prepare(document_id, model)

    def progress(done: int, total: int, now: str) -> None:
        run.progress(done, total, now)
        if run.should_stop and not run.slice_is_over:
            run.check()

    try:
        found = read(task, progress)
    except JobError as error:
        with run.write():
            embedding.mark_failed(document_id, str(error))
        raise
    with run.write(**_all_done(len(found.drafts))):
        return embedding.store(found, model)


def _all_done(count: int) -> dict[str, int]:
    return {
        "total_items": count,
        "processed_items": count,
        "successful_items": count,
        "failed_items": 0,
    }


def _model(model_id: int | None) -> ModelAccess:
    if model_id is None:
        return default_access(ModelKind.EMBEDDING)
    return access_to(LLMModel.objects.select_related("api").get(pk=model_id))


def read_all(run: JobRun) -> dict[str, Any]:
    """Read the documents of a batch job."""
    job = run.job
    assert isinstance(job, EmbeddingJob)
    add_items(run, [str(pk) for pk in job.document_ids])
    model = _model(None)

    def prepare(item: JobItem) -> ToRead:
        with run.write():
            return embedding.prepare(int(item.key), model)

    def record(item: JobItem, found: ReadDocument | JobError) -> dict[str, Any]:
        if isinstance(found, JobError):
            raise found
        return embedding.store(found, model)

    work_items(run, Steps(prepare, read, record, _describe), concurrency=CONCURRENCY)
    _explain_failures(run)
    return {"documents": len(job.document_ids)}


def _describe(item: JobItem) -> str:
    return f"Reading document {item.ordinal}"


def _explain_failures(run: JobRun) -> None:
    """Say on each document why it could not be read."""
    with transaction.atomic():
        for item in run.job.items.filter(state="failed"):
            embedding.mark_failed(int(item.key), item.error)
