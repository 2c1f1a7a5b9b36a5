"""Moves search from one index to another, with the default embedding model, in one transaction."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.formats import number_text
from llm_manager.defaults import change_default
from llm_manager.models import LLMModel
from solution_library.indexing import tending, vectors
from solution_library.indexing.errors import IndexRefused, NotComplete
from solution_library.indexing.indexes import active_index, has_vectors
from solution_library.models import Document, EmbeddingIndex, IndexState


def switch_to(
    index: EmbeddingIndex, *, user: Any, evaluation_ref: str = "", reason: str = ""
) -> None:
    """Search with this index from now on. Raises IndexRefused while passages lack a vector in it,
    DefaultRefused where the rule for defaults speaks against its model."""
    with transaction.atomic():
        model = LLMModel.objects.select_related("api").get(pk=index.model_id)
        if change_default(model, user=user, evaluation_ref=evaluation_ref, reason=reason) is None:
            _use(index.pk)  # another index of the model that is the default already
        elif _active_id() != index.pk:
            # The rule was asked about the model; of several indexes of it this one is meant.
            _use(index.pk)


def _active_id() -> int | None:
    active = active_index()
    return active.pk if active else None


def move_default(model: LLMModel, user: Any) -> None:
    """What the default embedding model hangs on, for llm_manager.defaults.MOVERS: the index that
    is searched moves with it. Raises NotComplete while there is no complete one."""
    active = active_index()
    if active is None or not has_vectors(active):
        model.make_default()  # the first document that is read makes the index
        return
    if active.model_id == model.pk:
        model.make_default()
        return
    index = complete_index_of(model)
    if index is None:
        raise NotComplete(
            f"The library has no complete index of “{model}”, so nothing could be searched with "
            "it. Build it first, under Search indexes; search stays as it is meanwhile."
        )
    _use(index.pk)


def complete_index_of(model: LLMModel) -> EmbeddingIndex | None:
    """The newest index of a model in which every passage has its vector, in use or not."""
    for index in EmbeddingIndex.objects.filter(model=model, dimensions__isnull=False):
        if not tending.is_lacking(index.pk) and vectors.count_missing(index.pk) == 0:
            return index
    return None


def _use(index_id: int) -> None:
    """Whoever stores a document holds the live indexes, so from here to the commit none is
    added: what is complete now is complete when it comes into use."""
    locked = EmbeddingIndex.objects.select_for_update(no_key=True).select_related(None)
    rows = {i.pk: i for i in locked.order_by("pk")}
    index = rows.get(index_id)
    if index is None:
        raise IndexRefused("This index was dropped meanwhile. Build it anew.")
    if index.state == IndexState.ACTIVE:
        return
    _refuse_incomplete(index)
    now = timezone.now()
    live = EmbeddingIndex.objects.filter(state=IndexState.ACTIVE)
    live.update(state=IndexState.RETIRED, retired_at=now)
    EmbeddingIndex.objects.filter(pk=index_id).update(
        state=IndexState.ACTIVE, activated_at=now, completed_at=index.completed_at or now
    )
    LLMModel.objects.get(pk=index.model_id).make_default()
    read_by = Document.objects.exclude(current_version=None).exclude(embedding_model=index.model_id)
    read_by.update(embedding_model=index.model_id)


def _refuse_incomplete(index: EmbeddingIndex) -> None:
    missing = vectors.count_missing(index.pk)
    if missing:
        raise IndexRefused(
            f"{number_text(missing)} passages have no vector in this index yet, so search would "
            "not find them by meaning. Build it to the end first."
        )
    if index.dimensions is not None and tending.is_lacking(index.pk):
        raise IndexRefused("The graph of this index is not whole. Build it to the end first.")
