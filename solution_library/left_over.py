"""Documents that wait for a reading that no job will do."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from jobs.errors import AlreadyRunning
from jobs.models import ACTIVE
from solution_library.ingest import start_batch
from solution_library.models import Document, EmbeddingJob, EmbeddingStatus

#: Whoever stores a document queues its reading in the same moment, or at the end of a job.
LEFT_AFTER = timedelta(hours=6)
AT_ONCE = 1000


def read_left_over(now: datetime) -> int:
    """Have read what has been waiting for hours though nothing is under way that would read it: a
    job whose end could not be written on its documents, say. Those of sources are read by the next
    sync. Returns how many documents that are."""
    if not settings.AUTO_EMBED_DOCUMENTS:
        return 0
    ids = list(_waiting(now).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if not ids:
        return 0
    try:
        start_batch(ids, None, title="Read what was left waiting", once="left-over")
    except AlreadyRunning:
        return 0
    return len(ids)


def _waiting(now: datetime) -> QuerySet[Document]:
    unread = (EmbeddingStatus.WAITING, EmbeddingStatus.RUNNING)
    waiting = Document.objects.filter(
        embedding_status__in=unread, source=None, updated_at__lt=now - LEFT_AFTER
    ).exclude(versions=None)
    active: QuerySet[EmbeddingJob] = QuerySet(EmbeddingJob).filter(status__in=ACTIVE)
    if active.filter(document=None).exists():
        return waiting.none()  # a batch or an archive: it may be theirs, tomorrow is soon enough
    return waiting.exclude(Exists(active.filter(document=OuterRef("pk"))))
