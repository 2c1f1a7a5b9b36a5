"""Reads many rows of the library."""

from typing import Any

from django.db.models import Count

from solution_library.models import Document, EmbeddingStatus


def status_counts(user: Any) -> dict[str, int]:
    """How many documents `user` may see by their reading status, and in all as `total`."""
    documents = Document.objects.for_user(user).files().order_by()
    rows = documents.values_list("embedding_status").annotate(Count("id"))
    counts = dict.fromkeys(EmbeddingStatus.values, 0) | dict(rows)
    return counts | {"total": sum(counts.values())}
