"""Reads many rows of the library."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.roles import Role, has_role
from solution_library.models import (
    Collection,
    Document,
    DocumentationSource,
    EmbeddingStatus,
)


def sources_for(user: Any) -> "QuerySet[DocumentationSource]":
    """Sources belong to the library, which everybody who may sign in shares, but for those that
    fill a restricted collection: their pages and syncs name what is in it."""
    sources = DocumentationSource.objects.defer("credentials")
    if has_role(user, Role.MANAGER):
        return sources
    seen = Collection.objects.for_user(user).values("pk")
    return sources.filter(Q(collection=None) | Q(collection__in=seen) | Q(created_by=user.pk or 0))


def files_seen(user: Any) -> Count:
    """For `annotate` on what documents belong to: how many of them `user` finds in the list."""
    seen = Document.objects.for_user(user).files().order_by().values("pk")
    return Count("documents", filter=Q(documents__in=seen), distinct=True)


def status_counts(user: Any) -> dict[str, int]:
    """How many documents `user` may see by their reading status, and in all as `total`."""
    documents = Document.objects.for_user(user).files().order_by()
    rows = documents.values_list("embedding_status").annotate(Count("id"))
    counts = dict.fromkeys(EmbeddingStatus.values, 0) | dict(rows)
    return counts | {"total": sum(counts.values())}
