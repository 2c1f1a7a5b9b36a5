"""Which indexes there are, and which of them is to be searched and filled."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from llm_manager.calling import ModelAccess, NoModel, access_to, default_access
from llm_manager.models import LLMModel, ModelKind
from solution_library.indexing import graphs
from solution_library.indexing.errors import WrongVectors
from solution_library.models.documents import Chunk
from solution_library.models.vectors import ChunkVector, EmbeddingIndex, IndexState

HOLD_LIVE = """
SELECT * FROM solution_library_embeddingindex WHERE state IN ('active', 'building')
ORDER BY state, id FOR SHARE
"""


def active_index() -> EmbeddingIndex | None:
    """The index that search uses, None before the first document was read."""
    found = EmbeddingIndex.objects.filter(state=IndexState.ACTIVE)
    return found.select_related("model__api").first()


def access_of(index: EmbeddingIndex) -> ModelAccess:
    """The way to an index's model. Raises NoModel if it cannot be used (any more)."""
    model = index.model
    if not (model.is_available and model.api.is_active):
        raise NoModel(
            f"The embedding model “{model}” cannot be used: its API is switched off or does not "
            "offer it any more."
        )
    return access_to(model)


def live_indexes() -> list[EmbeddingIndex]:
    """The active index, and one that is being built beside it."""
    return list(EmbeddingIndex.objects.live().select_related("model__api").order_by("state"))


def hold_live() -> list[EmbeddingIndex]:
    """The same without their models, and until the end of the transaction none of them changes
    its state."""
    return list(EmbeddingIndex.objects.raw(HOLD_LIVE))


def index_to_fill() -> EmbeddingIndex:
    """The active index. Before there is any vector, it is made for the default model. Raises
    NoModel if there is none."""
    active, default = active_index(), LLMModel.objects.default(ModelKind.EMBEDDING)
    if active is not None and (default is None or active.model_id == default.pk):
        return active
    if active is not None and has_vectors(active):
        return active
    if default is None:
        raise _no_model()
    return _first_index(default)


def _no_model() -> NoModel:
    try:
        default_access(ModelKind.EMBEDDING)
    except NoModel as error:
        return error
    return NoModel("The default embedding model has just changed. Try again.")


def _first_index(model: LLMModel) -> EmbeddingIndex:
    try:
        with transaction.atomic():
            empty = EmbeddingIndex.objects.select_for_update().filter(state=IndexState.ACTIVE)
            for index in empty:
                if has_vectors(index):
                    return index
                graphs.drop(index.pk)
                index.delete()
            now = timezone.now()
            EmbeddingIndex.objects.create(
                model=model, state=IndexState.ACTIVE, completed_at=now, activated_at=now
            )
    except IntegrityError:
        pass  # somebody else has just made it
    return EmbeddingIndex.objects.select_related("model__api").get(state=IndexState.ACTIVE)


def has_vectors(index: EmbeddingIndex) -> bool:
    return ChunkVector.objects.filter(index=index.pk).exists()


def has_passages() -> bool:
    """Whether the library holds anything that could be searched."""
    return Chunk.objects.filter(version__document__current_version=F("version")).exists()


def settle_dimensions(index_id: int, dimensions: int) -> None:
    """The first vector of an index says how wide all of them are. Raises WrongVectors if these
    have another width."""
    graphs.type_of(dimensions)
    unsettled = EmbeddingIndex.objects.filter(pk=index_id, dimensions=None)
    if unsettled.update(dimensions=dimensions):
        return
    index = EmbeddingIndex.objects.select_related("model").filter(pk=index_id).first()
    if index is not None and index.dimensions != dimensions:
        raise WrongVectors(
            f"“{index.model}” makes vectors of {dimensions:,} numbers now, its index holds "
            f"{index.dimensions:,}. Build its index anew, or choose the model it was built with."
        )
