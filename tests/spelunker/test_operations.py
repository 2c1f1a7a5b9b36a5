"""The page of operations says what is wrong and what to do, in few queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import BackupRecord, ProcessSign
from jobs.signs import Sign
from spelunker.operating import server, troubles, views

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, django_user_model: Any, settings: Any) -> Client:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    client.force_login(django_user_model.objects.create_user("root", is_staff=True))
    return client


def test_an_installation_without_processes_and_backups_says_so(page: Client) -> None:
    text = page.get("/operations/").text
    for words in ("No relay shows life", "No worker shows life", "No backup has been made"):
        assert words in text


def test_a_living_process_is_shown_with_its_version_and_a_silent_one_as_silent(
    page: Client, settings: Any
) -> None:
    Sign("relay", "relay@here:1").give()
    Sign("worker", "worker-batch@here", detail="batch", slots=2).give()
    ProcessSign.objects.filter(role="worker").update(seen_at=timezone.now() - timedelta(minutes=5))
    text = page.get("/operations/").text
    assert "relay@here:1" in text and settings.SPELUNKER_VERSION in text
    assert "No relay shows life" not in text and "No worker shows life" in text
    assert "batch, 2 slots" in text and "Silent" in text


def test_a_process_that_ends_as_it_should_is_not_missed() -> None:
    sign = Sign("relay", "relay@here:1")
    sign.give()
    sign.withdraw()
    assert not ProcessSign.objects.exists()


def test_old_backups_and_such_as_nobody_tried_are_a_warning() -> None:
    now = timezone.now()
    last = BackupRecord(name="x", made_at=now - timedelta(days=2), missing_files=3)
    says = [trouble.says for trouble in troubles.of_backups(last, None, now)]
    assert len(says) == 3 and "3 files" in says[1] and "tried" in says[2]
    fine = BackupRecord(name="x", made_at=now, missing_files=0)
    assert list(troubles.of_backups(fine, now, now)) == []


def test_a_disk_that_is_nearly_full_is_an_error() -> None:
    full = server.Disk("Stored files", "/media", free=9, total=100)
    [trouble] = troubles.of_disks([full, server.Disk("Own data", "/var", free=50, total=100)])
    assert trouble.level == "error" and "9 %" in trouble.says


def test_a_schema_that_is_older_or_newer_than_the_program_is_told() -> None:
    assert server.schema().missing == [] == server.schema().unknown
    older = server.Schema(missing=["jobs.0007"], unknown=[], newest={})
    newer = server.Schema(missing=[], unknown=["jobs.0099"], newest={})
    [old], [new] = troubles.of_versions([], older), troubles.of_versions([], newer)
    assert "manage.py migrate" in old.advice and "newer version" in new.says


def test_the_number_of_queries_does_not_grow_with_what_there_is(
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        Sign("worker", f"worker@{number}").give()
    with django_assert_max_num_queries(13):
        views.facts()
