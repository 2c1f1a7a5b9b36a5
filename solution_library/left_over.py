"""What a crash leaves behind: documents that wait for a reading that no job will do, and stored
files that nothing names."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, QuerySet

from jobs.errors import AlreadyRunning
from jobs.models import ACTIVE
from solution_library.ingest import start_batch
from solution_library.models import Document, DocumentVersion, EmbeddingJob, EmbeddingStatus

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


#: Of these names of stored files, those that something has.
Claimed = Callable[[list[str]], set[str]]
#: A file is stored before the row that names it is committed.
UNCLAIMED_AFTER = timedelta(days=1)


def sweep_files(now: datetime, check: Callable[[], None]) -> int:
    """Delete stored files that nothing names: a process was killed, or a transaction rolled back,
    between the one and the other. Returns how many. `check` is called now and then and may raise
    to stop."""
    swept = 0
    for folder, claimed in FOLDERS.items():
        names = _stored_in(folder)
        while some := list(islice(names, AT_ONCE)):
            check()
            known = claimed(some)
            swept += sum(_delete_old(name, now) for name in some if name not in known)
    return swept


def _stored_in(place: str) -> Iterator[str]:
    if not default_storage.exists(place):
        return
    folders, _ = default_storage.listdir(place)
    for folder in folders:
        _, files = default_storage.listdir(f"{place}/{folder}")
        yield from (f"{place}/{folder}/{name}" for name in files)


def _delete_old(name: str, now: datetime) -> bool:
    try:
        if now - default_storage.get_modified_time(name) < UNCLAIMED_AFTER:
            return False
        default_storage.delete(name)
    except FileNotFoundError:  # somebody else was faster
        return False
    return True


def _of_versions(names: list[str]) -> set[str]:
    return set(DocumentVersion.objects.filter(file__in=names).values_list("file", flat=True))


#: Where files lie two folders deep, and who has them. Apps above add theirs when they are ready.
FOLDERS: dict[str, Claimed] = {"documents": _of_versions}
