"""Two at the same moment: nobody jams, and nothing is lost."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from jobs.errors import AlreadyRunning
from jobs.models import Job, Status
from solution_library import duplicates
from solution_library.collecting import CollectingRefused, merge_tags
from solution_library.ingest import EMBED_DOCUMENT, read_again, start_embedding
from solution_library.left_over import read_left_over
from solution_library.models import (
    Document,
    DuplicatePair,
    EmbeddingJob,
    EmbeddingStatus,
    SignatureBand,
    Tag,
)
from tests.solution_library.library import a_text, text_of

committing = pytest.mark.django_db(transaction=True)
SECONDS = 20.0


def beside(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """`work` in a thread with a connection of its own, and what became of it."""
    became: list[Any] = []

    def run() -> None:
        try:
            became.append(work())
        except Exception as error:
            became.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, became


def until_somebody_waits() -> None:
    """Until another connection waits for a lock."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


@committing
def test_asking_for_a_document_again_while_its_reading_ends_jams_neither(alice: User) -> None:
    document = a_text(owner=alice)
    job = EmbeddingJob.objects.create(
        document=document, title="Read", dedup_key=f"document:{document.pk}",
        task_name=EMBED_DOCUMENT,
    )  # fmt: skip
    with transaction.atomic():
        # As a worker writes: first the job, which is its lease, then what was read.
        Job.objects.filter(pk=job.pk).update(now_doing="Storing")
        thread, became = beside(lambda: read_again(document, alice))
        until_somebody_waits()
        Document.objects.filter(pk=document.pk).update(embedding_status="ready")
    thread.join(SECONDS)
    assert isinstance(became[0], AlreadyRunning)


@committing
def test_of_two_who_merge_two_tags_crosswise_one_is_refused_and_the_other_tag_stays(
    alice: User,
) -> None:
    one, two = (Tag.objects.create(name=name) for name in ("Backup", "Backups"))
    document = a_text(owner=alice)
    document.tags.add(one)
    with transaction.atomic():
        merge_tags(one, two)
        thread, became = beside(lambda: merge_tags(two, one))
        until_somebody_waits()
    thread.join(SECONDS)
    assert isinstance(became[0], CollectingRefused)
    assert list(document.tags.values_list("name", flat=True)) == ["Backups"]


@committing
def test_a_pair_that_was_found_while_another_comparison_looked_is_kept(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (a_text(text_of(1), text_of(n), owner=alice) for n in (2, 3))
    DuplicatePair.objects.all().delete()
    version = first.current_version
    assert version is not None
    looked = duplicates._alike

    def alike(version: Any, others: Any) -> Any:
        """The other is stored and compared after this one has looked, before it writes."""
        hidden = list(SignatureBand.objects.values("pk"))
        assert hidden
        thread, became = beside(
            lambda: DuplicatePair.objects.create(first=first, second=second, similarity=0.9)
        )
        thread.join(SECONDS)
        assert isinstance(became[0], DuplicatePair)
        return [found for found in looked(version, others) if found[0] != second.pk]

    monkeypatch.setattr(duplicates, "_alike", alike)
    duplicates.compare(version.pk)
    assert DuplicatePair.objects.filter(first=first, second=second).exists()


@pytest.mark.django_db
def test_what_waits_for_a_reading_that_no_job_does_is_read_the_next_day(
    alice: User, settings: Any
) -> None:
    settings.AUTO_EMBED_DOCUMENTS = False
    left, busy, done = (a_text(owner=alice) for _ in range(3))
    Document.objects.filter(pk=left.pk).update(embedding_status=EmbeddingStatus.RUNNING)
    Document.objects.filter(pk=busy.pk).update(embedding_status=EmbeddingStatus.WAITING)
    job = start_embedding(busy, alice)
    settings.AUTO_EMBED_DOCUMENTS = True
    assert read_left_over(timezone.now()) == 0  # it may have come this minute
    assert read_left_over(timezone.now() + timedelta(days=1)) == 1
    queued: EmbeddingJob = QuerySet(EmbeddingJob).exclude(pk=job.pk).get()
    assert queued.document_ids == [left.pk] and queued.status == Status.PENDING
    assert read_left_over(timezone.now() + timedelta(days=1)) == 0
    assert done.embedding_status == EmbeddingStatus.READY
