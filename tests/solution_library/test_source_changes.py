"""Sources are edited, moved, switched off and removed, and no document is lost by it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job, Status
from solution_library import tasks
from solution_library.models import (
    Collection,
    Document,
    DocumentationSource,
    DocumentReview,
    SyncJob,
    Tag,
)
from solution_library.syncing import start_all
from solution_library.syncs.moving import move_along
from solution_library.syncs.removing import Fate, detach
from solution_library.syncs.schedule import next_time, start_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys.md").write_text("# Keys")
    return tmp_path


@pytest.fixture
def source(folder: Path, alice: User) -> DocumentationSource:
    made = DocumentationSource.objects.create(
        name="Handbook", kind="folder", location=str(folder / "here"), created_by=alice
    )
    for n in range(3):
        Document.objects.create(
            title=f"Page {n}", path=f"{n}.md", source=made, source_key=f"{n}.md", owner=alice,
            sha256=f"{n:064}", review_status="approved", embedding_status="ready",
        )  # fmt: skip
    return made


@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def url(name: str, source: DocumentationSource) -> str:
    return reverse(f"solution_library:{name}", args=[source.pk])


def form(source: DocumentationSource, **changes: Any) -> dict[str, Any]:
    return {
        "name": source.name, "location": source.location, "sync_every": "day", "is_active": "on",
    } | changes  # fmt: skip


def text(response: Any) -> str:
    return str(response.content.decode())


# -- edit ------------------------------------------------------------------------------------
def test_what_a_sync_writes_while_settings_are_saved_stays(
    source: DocumentationSource, pages: Client
) -> None:
    now = timezone.now()

    def sync(**_: Any) -> None:
        DocumentationSource.objects.filter(pk=source.pk).update(last_synced_at=now)

    pre_save.connect(sync, sender=DocumentationSource)
    try:
        pages.post(url("source_edit", source), form(source, name="Handbooks"))
    finally:
        pre_save.disconnect(sync, sender=DocumentationSource)
    source.refresh_from_db()
    assert (source.name, source.last_synced_at) == ("Handbooks", now)


def test_settings_are_shown_as_they_are_and_saved_as_they_are_changed(
    source: DocumentationSource, pages: Client
) -> None:
    source.config = {"include": ["*.md", "*.txt"]}
    source.save()
    page = text(pages.get(url("source_edit", source)))
    assert "*.md\n*.txt" in page.replace("\r", "")
    answer = pages.post(url("source_edit", source), form(source, name="Guide", include="*.rst"))
    source.refresh_from_db()
    assert answer.status_code == 303
    assert (source.name, source.config, source.kind) == ("Guide", {"include": "*.rst"}, "folder")


def test_a_new_place_asks_what_becomes_of_the_documents(
    source: DocumentationSource, folder: Path, pages: Client
) -> None:
    sent = form(source, location=str(folder / "there"))
    asked = pages.post(url("source_edit", source), sent)
    assert asked.status_code == 422 and "What about the documents" in text(asked)
    source.refresh_from_db()
    assert source.location == str(folder / "here")
    pages.post(url("source_edit", source), sent | {"fate": "same"})
    source.refresh_from_db()
    assert source.location == str(folder / "there")
    assert source.documents.count() == 3


def test_at_a_new_place_the_old_documents_have_the_end_that_was_chosen(
    source: DocumentationSource,
    folder: Path,
    pages: Client,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent = form(source, location=str(folder / "there"), fate="archive")
    with django_capture_on_commit_callbacks(execute=True):
        assert pages.post(url("source_edit", source), sent).status_code == 303
    source.refresh_from_db()
    assert (source.location, source.documents.count()) == (str(folder / "there"), 0)
    assert DocumentationSource.objects.count() == 1
    assert Document.objects.filter(source=None, review_status="archived").count() == 3


def test_a_site_that_has_moved_keeps_its_documents_under_their_new_addresses(alice: User) -> None:
    site = DocumentationSource.objects.create(
        name="Site", kind="website", location="https://old.example.com/docs/", created_by=alice
    )
    key = "https://old.example.com/docs/a"
    Document.objects.create(
        title="A", path=key, source=site, source_key=key, sha256="a" * 64, etag='"1"',
        embedding_status="ready",
    )  # fmt: skip
    assert move_along(site, "https://new.example.com/docs/") == 1
    document = Document.objects.get()
    assert document.source_key == document.path == "https://new.example.com/docs/a"
    assert document.etag == ""


def test_a_stored_token_is_never_shown_and_never_sent_to_another_host(
    pages: Client, alice: User, settings: Any
) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1:9", "127.0.0.1:8"]
    code = DocumentationSource.objects.create(
        name="Code", kind="git", location="http://127.0.0.1:9/x.git", created_by=alice,
        credentials="ghp-secret",
    )  # fmt: skip
    assert "ghp-secret" not in text(pages.get(url("source_edit", code)))
    moved = form(code, location="http://127.0.0.1:8/x.git")
    refused = pages.post(url("source_edit", code), moved)
    assert refused.status_code == 422 and "given for another host" in text(refused)
    assert "ghp-secret" not in text(refused)
    assert pages.post(url("source_edit", code), form(code, branch="main")).status_code == 303
    code.refresh_from_db()
    assert code.credentials.reveal() == "ghp-secret"
    assert pages.post(url("source_edit", code), moved | {"forget": "on"}).status_code == 303
    code.refresh_from_db()
    assert not code.credentials


def test_only_staff_may_name_a_store_of_their_own(
    pages: Client, alice: User, settings: Any
) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1:9"]
    sent = {
        "name": "Bucket", "kind": "s3", "location": "docs", "access_key": "AK", "region": "eu-1",
        "secret_key": "top/secret", "endpoint": "http://127.0.0.1:9",
    }  # fmt: skip
    pages.post(reverse("solution_library:source_new"), sent)
    made = DocumentationSource.objects.filter(name="Bucket").first()
    assert made is None or "endpoint" not in made.config
    alice.is_staff = True
    alice.save()
    DocumentationSource.objects.all().delete()
    answer = pages.post(reverse("solution_library:source_new"), sent)
    assert answer.status_code == 303, text(answer)
    made = DocumentationSource.objects.get()
    assert made.config == {"region": "eu-1", "endpoint": "http://127.0.0.1:9"}
    assert "top/secret" not in str(made.config) and "AK" not in str(made.config)
    page = text(pages.get(made.get_absolute_url())) + text(pages.get(url("source_edit", made)))
    assert "top/secret" not in page


def test_a_changed_label_is_passed_on_and_what_people_gave_stays(
    source: DocumentationSource, pages: Client
) -> None:
    old, new, own = (Collection.objects.create(name=name) for name in ("old", "new", "own"))
    tag = Tag.objects.create(name="Cloud")
    source.collection = old
    source.save()
    for document in source.documents.all():
        document.collections.add(old)
    first = source.documents.order_by("pk").first()
    assert first is not None
    first.collections.add(own)
    pages.post(url("source_edit", source), form(source, collection=new.pk, tags=[tag.pk]))
    assert {c.name for c in first.collections.all()} == {"new", "own"}
    assert Document.objects.filter(collections=new, tags=tag).count() == 3


def test_switching_off_and_on_is_no_toggle(source: DocumentationSource, pages: Client) -> None:
    for _ in range(2):
        pages.post(url("source_switch", source), {"on": "0"})
    source.refresh_from_db()
    assert not source.is_active
    pages.post(url("source_switch", source), {"on": "1"})
    source.refresh_from_db()
    assert source.is_active


@pytest.mark.parametrize("name", ["source_edit", "source_switch", "source_remove"])
def test_who_has_not_added_a_source_may_not_change_it(
    source: DocumentationSource, client: Client, bob: User, name: str
) -> None:
    assert client.post(url(name, source)).status_code == 302  # anonymous: to the login
    client.force_login(bob)
    assert client.post(url(name, source), {"fate": "delete", "on": "0"}).status_code == 403
    assert client.get(source.get_absolute_url()).status_code == 200
    assert "Edit" not in text(client.get(source.get_absolute_url()))
    assert DocumentationSource.objects.filter(is_active=True).count() == 1


# -- remove ----------------------------------------------------------------------------------
def test_the_page_says_what_a_removal_is_about(source: DocumentationSource, pages: Client) -> None:
    assert "It has brought 3 documents." in text(pages.get(url("source_remove", source)))


@pytest.mark.parametrize(
    ("fate", "left", "archived"), [("keep", 3, 0), ("archive", 3, 3), ("delete", 0, 0)]
)
def test_a_removed_sources_documents_have_the_end_that_was_chosen(
    source: DocumentationSource,
    pages: Client,
    django_capture_on_commit_callbacks: Any,
    fate: str,
    left: int,
    archived: int,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = pages.post(url("source_remove", source), {"fate": fate})
    assert answer.status_code == 303
    assert not DocumentationSource.objects.exists()
    documents = Document.objects.filter(source=None)
    assert documents.count() == left
    assert documents.filter(review_status="archived").count() == archived
    assert DocumentReview.objects.filter(after="archived").count() == archived
    assert Job.objects.get().status == Status.COMPLETED


def test_documents_with_the_same_bytes_are_all_kept(
    source: DocumentationSource, alice: User
) -> None:
    Document.objects.create(title="Upload", path="x", sha256=f"{0:064}", owner=alice)
    twin = source.documents.get(source_key="0.md")
    detach(twin)
    assert Document.objects.filter(source=None).count() == 2


def test_a_removal_stops_the_sync_and_waits_for_it(
    source: DocumentationSource, alice: User, settings: Any
) -> None:
    sync = SyncJob.objects.create(
        source=source, task_name="x.y", status=Status.PENDING, started_by=alice
    )
    result = tasks.remove_documentation_source.apply(
        kwargs={"source_id": source.pk, "fate": Fate.KEEP.value}, task_id="one"
    ).result
    assert result["success"] is True and result["kept"] == 3
    assert not SyncJob.objects.filter(pk=sync.pk).exists()


def test_a_removal_of_what_is_gone_does_nothing(db: None) -> None:
    result = tasks.remove_documentation_source.apply(
        kwargs={"source_id": 99, "fate": "keep"}, task_id="one"
    ).result
    assert result["success"] is True


# -- schedule --------------------------------------------------------------------------------
def test_sources_that_are_due_are_synced_once_however_often_they_were_missed(
    source: DocumentationSource, settings: Any
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    now = timezone.now()
    DocumentationSource.objects.update(sync_every="hour", next_sync_at=now - timedelta(days=3))
    assert start_due(now) == {"queued": 1, "skipped": 0}
    assert start_due(now) == {"queued": 0, "skipped": 0}
    source.refresh_from_db()
    assert source.next_sync_at is not None
    assert now + timedelta(minutes=54) <= source.next_sync_at <= now + timedelta(hours=1)
    DocumentationSource.objects.update(next_sync_at=now)
    assert start_due(now) == {"queued": 0, "skipped": 1}
    assert SyncJob.objects.count() == 1


def test_sources_switched_off_or_without_a_time_are_not_due(
    source: DocumentationSource, settings: Any
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    past = timezone.now() - timedelta(hours=1)
    DocumentationSource.objects.update(is_active=False, next_sync_at=past)
    assert start_due() == {"queued": 0, "skipped": 0}
    DocumentationSource.objects.update(is_active=True, next_sync_at=None)
    assert start_due() == {"queued": 0, "skipped": 0}


def test_the_nightly_round_leaves_out_what_has_times_of_its_own_or_none(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    for name, every in (("daily", "day"), ("weekly", "week"), ("never", "never")):
        DocumentationSource.objects.create(
            name=name, kind="folder", location="/x", sync_every=every,
            next_sync_at=next_time(every),
        )  # fmt: skip
    assert start_all() == {"queued": 1, "skipped": 0}
    assert SyncJob.objects.get().source.name == "daily"  # type: ignore[union-attr]


def test_a_schedule_of_its_own_is_set_when_it_is_chosen(
    source: DocumentationSource, pages: Client
) -> None:
    pages.post(url("source_edit", source), form(source, sync_every="week"))
    source.refresh_from_db()
    assert source.next_sync_at is not None
    pages.post(url("source_edit", source), form(source, sync_every="day"))
    source.refresh_from_db()
    assert source.next_sync_at is None


# -- pages -----------------------------------------------------------------------------------
def test_the_page_lists_what_could_not_be_read_why_and_since_when(
    source: DocumentationSource, pages: Client, alice: User
) -> None:
    job = SyncJob.objects.create(source=source, task_name="x.y", started_by=alice)
    Job.objects.filter(pk=job.pk).update(status="completed", completed_at=timezone.now())
    job.items.create(
        key="https://x.example.com/a", state="failed", error="It answered <500>.",
        result={"outcome": "failed", "at_source": True, "since": "2026-03-01T10:00:00+00:00"},
    )  # fmt: skip
    page = text(pages.get(source.get_absolute_url()))
    assert "It answered &lt;500&gt;." in page and "1 Mar 2026" in page
    assert 'rel="noreferrer noopener"' in page


def test_live_counts_stop_asking_when_the_sync_is_over(
    source: DocumentationSource, pages: Client, alice: User
) -> None:
    job = SyncJob.objects.create(
        source=source, task_name="x.y", started_by=alice, documents_created=7
    )
    running = pages.get(url("source_counts", source))
    assert (running.status_code, "every 2s" in text(running)) == (200, True)
    Job.objects.filter(pk=job.pk).update(status="completed", completed_at=timezone.now())
    over = pages.get(url("source_counts", source))
    assert (over.status_code, "every 2s" in text(over)) == (286, False)


def test_who_is_no_member_does_not_open_a_restricted_collection_by_saving_its_source(
    pages: Client, source: DocumentationSource
) -> None:
    closed = Collection.objects.create(name="Board", is_restricted=True)
    DocumentationSource.objects.filter(pk=source.pk).update(collection=closed)
    closed.documents.set(Document.objects.filter(source=source))
    assert "Board" in text(pages.get(url("source_edit", source)))
    pages.post(url("source_edit", source), form(source, name="Handbook 2", collection=closed.pk))
    source.refresh_from_db()
    assert source.name == "Handbook 2" and source.collection == closed
    assert closed.documents.count() == 3
