"""Whoever set up a source hears that it cannot be read: once, until it can be read again."""

from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Notification, Status
from jobs.transitions import finish_unclaimed
from solution_library.models import DocumentationSource, SyncJob

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(alice: Any) -> DocumentationSource:
    return DocumentationSource.objects.create(
        name="Handbook", kind="folder", location="/gone", created_by=alice
    )


def fail(source: DocumentationSource, by: Any = None, status: Status = Status.FAILED) -> None:
    job = SyncJob.objects.create(
        source=source, task_name="x.y", title="Sync", started_by=by, status=Status.PENDING
    )
    finish_unclaimed(job, status, error="The folder is gone." if status == Status.FAILED else "")


def texts(person: Any) -> list[str]:
    return list(Notification.objects.for_user(person).order_by("pk").values_list("text", flat=True))


def test_it_is_told_once_until_the_source_can_be_read_again(
    source: DocumentationSource, alice: Any
) -> None:
    fail(source)
    fail(source)
    told = "The source “Handbook” cannot be read: The folder is gone."
    assert texts(alice) == [told]
    DocumentationSource.objects.update(last_synced_at=timezone.now())
    fail(source)
    assert texts(alice) == [told, told]


def test_who_started_the_sync_hears_of_it_once_and_the_source_s_owner_too(
    source: DocumentationSource, alice: Any, bob: Any
) -> None:
    fail(source, by=alice)
    assert len(texts(alice)) == 1
    fail(source, by=bob)
    assert len(texts(bob)) == 1 and len(texts(alice)) == 2


def test_a_sync_that_was_stopped_is_no_trouble(source: DocumentationSource, alice: Any) -> None:
    fail(source, status=Status.CANCELLED)
    assert texts(alice) == []
