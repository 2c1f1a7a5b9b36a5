"""Starts the building of an index, and says what becomes of one that was not built to its end."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.models import ACTIVE, Status
from llm_manager.budgeting import reserve
from llm_manager.models import LLMModel, ModelKind
from solution_library.indexing import graphs, tending, vectors
from solution_library.indexing.errors import IndexRefused
from solution_library.indexing.estimating import estimate
from solution_library.indexing.indexes import active_index, has_passages, index_to_fill
from solution_library.models import EmbeddingIndex, IndexState, ReindexJob

BUILD = "solution_library.build_embedding_index"
#: One at a time: two builds would only take each other's calls.
ONLY_ONE = "embedding-index"
#: Documents that somebody has just added come first.
PRIORITY = 7


def start_build(
    model: LLMModel, user: Any, *, switch: bool = True, anew: bool = False, reason: str = ""
) -> ReindexJob:
    """Queue the building of an index of `model` beside the one in use. What an older index of
    the model has is taken over unless `anew`. With `switch` it comes into use when it is
    complete, if the rule for defaults allows it (`reason`). Raises IndexRefused, AlreadyRunning.
    """
    _refuse_unusable(model)
    with transaction.atomic():
        running = ReindexJob.objects.filter(status__in=ACTIVE).first()
        if running is not None:
            raise AlreadyRunning(running)
        index = _index_to_build(model, anew)
        job = ReindexJob(
            index=index,
            switch=switch,
            reason=reason[:1000],
            started_by=user,
            title=f"Build the search index of “{model}”"[:200],
        )
        enqueue(BUILD, job=job, dedup_key=ONLY_ONE, priority=PRIORITY)
        expected = estimate(model, index)
        if expected.costs_money:
            reserve(job, expected.forecast, subject=f"index:{index.pk}")
        return job


def _refuse_unusable(model: LLMModel) -> None:
    if model.kind != ModelKind.EMBEDDING:
        raise IndexRefused(f"“{model}” makes no vectors. Choose an embedding model.")
    if not LLMModel.objects.usable().filter(pk=model.pk).exists():
        raise IndexRefused(
            f"“{model}” cannot be used: its API is switched off or does not offer it any more."
        )
    if model.dimensions:
        graphs.type_of(model.dimensions)
    if not has_passages():
        raise IndexRefused(
            "The library holds no passages yet, so there is nothing to build. Make the model the "
            "default; the first document is read with it."
        )


def _index_to_build(model: LLMModel, anew: bool) -> EmbeddingIndex:
    """The index that the vectors go into: the one in use where only some are missing, one that
    was begun or retired, else a new one."""
    if active_index() is None and model.is_system_default:
        index_to_fill()  # nothing is found by meaning, so it may as well be filled in use
    if not anew:
        found = best_index_of(model)
        if found is not None and _is_done(found):
            raise IndexRefused(
                f"“{model}” is in use, and every passage has its vector. Build it anew to make "
                "all vectors again."
            )
        if found is not None:
            reopen(found)
            return found
    _set_aside()
    return EmbeddingIndex.objects.create(model=model, state=IndexState.BUILDING)


def best_index_of(model: LLMModel) -> EmbeddingIndex | None:
    """The index of a model that has most: the one in use, else one that is built, else the newest
    that was kept."""
    # “active” and “building” come before “retired”.
    return EmbeddingIndex.objects.filter(model=model).order_by("state", "-id").first()


def _is_done(index: EmbeddingIndex) -> bool:
    in_use = index.state == IndexState.ACTIVE
    return in_use and not (tending.is_lacking(index.pk) or vectors.count_missing(index.pk))


def reopen(index: EmbeddingIndex) -> None:
    """Documents that are read from now on get vectors in this index too."""
    if index.state == IndexState.RETIRED:
        _set_aside()
        EmbeddingIndex.objects.filter(pk=index.pk).update(
            state=IndexState.BUILDING, completed_at=None, retired_at=None
        )


def _set_aside() -> None:
    """Only one index is built at a time; what another has is kept."""
    EmbeddingIndex.objects.filter(state=IndexState.BUILDING).update(
        state=IndexState.RETIRED, retired_at=timezone.now()
    )


def settle_unfinished(job: ReindexJob) -> None:
    """An index whose building has stopped is not kept up to date, which would cost a call for
    every new document. What it has stays for the next try."""
    if job.status == Status.COMPLETED or job.index_id is None:
        return
    EmbeddingIndex.objects.filter(
        pk=job.index_id, state=IndexState.BUILDING, completed_at=None
    ).update(state=IndexState.RETIRED, retired_at=timezone.now())
