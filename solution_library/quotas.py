"""What one person may keep in the library: counted where it is stored, whatever way it came."""

from typing import Any

from django.db.models import Sum

from accounts.quotas import QuotaReached, refuse_beyond
from solution_library.models import Document, DocumentationSource, DocumentKind, DocumentVersion

MEGABYTE = 1024 * 1024


def refuse_more_documents(user: Any) -> None:
    """Raises QuotaReached. Counted is what people upload: neither what sources bring, nor approved
    answers, of which a library may have as many as RFPs ever asked for."""
    uploaded = Document.objects.exclude(kind=DocumentKind.ANSWER)
    refuse_beyond(user, "documents", lambda: uploaded.filter(owner=user, source=None).count())


def refuse_more_bytes(user: Any, size: int) -> None:
    """Raises QuotaReached where a file of `size` bytes would be too much. Older versions count,
    for they are kept."""
    refuse_beyond(user, "megabytes", lambda: _megabytes(user), more=-(-size // MEGABYTE))


def _megabytes(user: Any) -> int:
    stored = DocumentVersion.objects.filter(created_by=user).aggregate(size=Sum("size"))["size"]
    return int(stored or 0) // MEGABYTE


def refuse_more_sources(user: Any) -> None:
    """Raises QuotaReached."""
    refuse_beyond(
        user, "sources", lambda: DocumentationSource.objects.filter(created_by=user).count()
    )


__all__ = ["QuotaReached", "refuse_more_bytes", "refuse_more_documents", "refuse_more_sources"]
