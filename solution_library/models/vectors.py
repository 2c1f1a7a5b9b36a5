"""Vectors of passages: one set for each embedding model that is, was or will be searched with."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from pgvector.django import HalfVectorField

from jobs.models import Job
from solution_library.models.documents import Chunk, DocumentVersion

#: What PostgreSQL can index of numbers in half precision.
MOST_DIMENSIONS = 4000


class IndexState(models.TextChoices):
    BUILDING = "building", "Being built"
    ACTIVE = "active", "In use"
    RETIRED = "retired", "Kept, not kept up to date"


class EmbeddingIndexQuerySet(models.QuerySet["EmbeddingIndex"]):
    def live(self) -> Self:
        """The indexes that a document which is read now gets vectors in."""
        return self.filter(state__in=(IndexState.ACTIVE, IndexState.BUILDING))


class EmbeddingIndex(models.Model):
    """The vectors of one embedding model. Search uses exactly one index, the active one."""

    model = models.ForeignKey(
        "llm_manager.LLMModel", models.PROTECT, related_name="embedding_indexes"
    )
    dimensions = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="known from the first vector on"
    )
    state = models.CharField(max_length=10, choices=IndexState.choices, default=IndexState.BUILDING)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(
        null=True, blank=True, help_text="when every passage had a vector for the first time"
    )
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = EmbeddingIndexQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "embedding indexes"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=IndexState.values), name="library_known_index_state"
            ),
            models.CheckConstraint(
                condition=Q(dimensions=None) | Q(dimensions__range=(1, MOST_DIMENSIONS)),
                name="library_index_dimensions",
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="active"), name="library_one_active_index"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="building"), name="library_one_index_built"
            ),
        ]

    def __str__(self) -> str:
        return f"index {self.pk} of {self.model}"

    @property
    def is_ready(self) -> bool:
        """Built, and waiting for somebody to switch to it."""
        return self.state == IndexState.BUILDING and self.completed_at is not None


class ChunkVector(models.Model):
    """A passage's vector in one index. Each index has an HNSW index of its own over its rows
    (solution_library/indexing/graphs.py), which is why the width is not fixed here.

    In half precision: it halves table and graph, and of the 10 nearest passages by full precision
    it names 99.8 % (docs/performance.md)."""

    pk = models.CompositePrimaryKey("chunk_id", "index_id")
    chunk = models.ForeignKey(Chunk, models.CASCADE, related_name="vectors", db_index=False)
    index = models.ForeignKey(
        EmbeddingIndex, models.CASCADE, related_name="vectors", db_index=False
    )
    #: The chunk's own, so that a search need not look at the chunks it does not show.
    version = models.ForeignKey(
        DocumentVersion, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    build = models.CharField(max_length=100, help_text="of the model that made it")
    embedding = HalfVectorField(editable=False)

    class Meta:
        indexes = [models.Index(fields=["version", "index"], name="library_vectors_of_a_version")]

    def __str__(self) -> str:
        return f"vector of chunk {self.chunk_id} in index {self.index_id}"


class ReindexJob(Job):
    """Makes the vectors that an index lacks, beside the one in use, and may switch to it."""

    index = models.ForeignKey(
        EmbeddingIndex, models.SET_NULL, null=True, blank=True, related_name="jobs"
    )
    switch = models.BooleanField(default=True, help_text="use the index as soon as it is complete")
    reason = models.CharField(max_length=1000, blank=True, help_text="for switching, if one is due")

    item_word: ClassVar[str] = "groups of passages"

    def task_kwargs(self) -> dict[str, Any]:
        return {"index_id": self.index_id, "user_id": self.started_by_id, "job_id": self.pk}

    def subject_url(self) -> str:
        return reverse("solution_library:indexing")

    def may_be_seen_by(self, user: Any) -> bool:
        """Everybody's search hangs on it, so all who look after models may see it."""
        return super().may_be_seen_by(user) or user.has_perm("llm_manager.change_llmapi")

    def on_finished(self) -> None:
        from solution_library.indexing.starting import settle_unfinished

        settle_unfinished(self)
