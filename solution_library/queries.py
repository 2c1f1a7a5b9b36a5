"""Reads many rows of the library."""

from django.db.models import Count

from solution_library.models import Document, EmbeddingStatus


def status_counts() -> dict[str, int]:
    """How many documents there are by their reading status, and in all as `total`."""
    rows = Document.objects.order_by().values_list("embedding_status").annotate(Count("id"))
    counts = dict.fromkeys(EmbeddingStatus.values, 0) | dict(rows)
    return counts | {"total": sum(counts.values())}
