"""The indexes as people and programs are told of them."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from llm_manager.models import LLMModel
from solution_library.indexing import tending, vectors
from solution_library.models import EmbeddingIndex, IndexState

COUNTS = "SELECT index_id, count(*) FROM solution_library_chunkvector GROUP BY index_id"


@dataclass(frozen=True)
class IndexRow:
    """An index: how many vectors it has, how many passages have none in it, and whether its
    graph is whole and its model can be used."""

    index: EmbeddingIndex
    vectors: int
    missing: int
    has_graph: bool
    usable: bool

    @property
    def is_active(self) -> bool:
        return self.index.state == IndexState.ACTIVE

    @property
    def is_complete(self) -> bool:
        return self.has_graph and not self.missing

    @property
    def badge(self) -> tuple[str, str]:
        """A status that components/badge.html knows, and its words."""
        if self.is_active:
            return ("current", "In use") if self.is_complete else ("partial", "In use, with gaps")
        if self.index.is_ready and self.is_complete:
            return "ok", "Complete, waits"
        if self.index.state == IndexState.BUILDING:
            return "embedding", "Being built"
        if self.is_complete:
            return "archived", "Kept, complete"
        return "archived", "Kept" if self.index.activated_at else "Stopped"

    def facts(self) -> dict[str, Any]:
        """For programs."""
        index = self.index
        return {
            "id": index.pk, "model": index.model.model_id, "state": index.state,
            "dimensions": index.dimensions, "vectors": self.vectors, "missing": self.missing,
            "graph": self.has_graph, "usable": self.usable,
            "completed_at": index.completed_at.isoformat() if index.completed_at else None,
        }  # fmt: skip


def index_rows() -> list[IndexRow]:
    """All indexes, the one in use first."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        counts = dict(cursor.fetchall())
    usable = set(LLMModel.objects.usable().values_list("pk", flat=True))
    indexes = EmbeddingIndex.objects.select_related("model__api").defer("model__api__api_key")
    return [
        IndexRow(
            index,
            counts.get(index.pk, 0),
            vectors.count_missing(index.pk),
            index.dimensions is None or not tending.is_lacking(index.pk),
            index.model_id in usable,
        )
        for index in indexes.order_by("state", "-id")
    ]
