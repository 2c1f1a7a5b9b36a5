"""A sync that dies goes on where it was: nothing is lost, doubled or counted twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs import transitions
from jobs.lease import InlineKeeper
from jobs.models import ItemState, Job, JobItem, Status
from jobs.retrying import retry_failed_items
from jobs.run import JobRun
from solution_library import tasks  # noqa: F401 - registers what is queued by name
from solution_library.models import (
    Document,
    DocumentationSource,
    DocumentReview,
    DocumentVersion,
    ReviewStatus,
    SyncJob,
)
from solution_library.syncing import start_sync, sync_documentation_source, sync_for_job
from solution_library.syncs.books import item_key
from tests.solution_library.local_site import Site, serve

pytestmark = [pytest.mark.django_db, pytest.mark.model]


class Killed(BaseException):
    """Nothing of ours catches this, as nothing catches a kill."""


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    place = tmp_path / "docs"
    place.mkdir()
    for n in range(5):
        (place / f"{n}.md").write_text(f"# Number {n}\n\nFact {n} is kept for {n} years.\n")
    return place


@pytest.fixture
def source(folder: Path) -> DocumentationSource:
    return DocumentationSource.objects.create(name="Docs", kind="folder", location=str(folder))


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    with serve() as local:
        settings.FETCH_ALLOWED_HOSTS = [local.host_port]
        yield local


def queued(source: DocumentationSource, settings: Any) -> SyncJob:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    return start_sync(source, None)


def claimed(job: SyncJob) -> JobRun:
    held = transitions.claim(job.pk, worker="w", task_id=job.celery_task_id)
    assert held is not None
    job.refresh_from_db()
    return JobRun(job, held, InlineKeeper(held))


def die_after(job: SyncJob, records: int) -> None:
    """Work on a job until so many documents are recorded, then lose the worker."""
    run, seen = claimed(job), [0]

    def progress(*counts: int) -> None:
        seen[0] += 1
        if seen[0] >= records:
            raise Killed

    with pytest.raises(Killed):
        sync_documentation_source(job.source_id or 0, None, progress_callback=progress, run=run)
    transitions.worker_lost(job.pk, run.held.token, reason="killed")


def finish(job: SyncJob) -> SyncJob:
    run = claimed(job)
    result = sync_for_job(run)
    transitions.finish(run.held, Status.COMPLETED, result=result)
    job.refresh_from_db()
    return job


def sync(source: DocumentationSource, settings: Any) -> SyncJob:
    return finish(queued(source, settings))


def counts(job: SyncJob) -> tuple[int, int, int, int, int]:
    return (
        job.documents_created, job.documents_updated, job.documents_skipped,
        job.documents_deleted, job.documents_failed,
    )  # fmt: skip


def sums_agree(job: SyncJob) -> bool:
    done = job.items.filter(state=ItemState.DONE).count()
    failed = job.items.filter(state=ItemState.FAILED).count()
    return (
        (done, failed) == (job.successful_items, job.failed_items)
        and job.total_items == job.processed_items == sum(counts(job))
        and not job.items.filter(state__in=(ItemState.PENDING, ItemState.RUNNING)).exists()
    )


@pytest.mark.contract("F1", "A8")
@pytest.mark.parametrize("deaths", [1, 2, 4])
def test_a_sync_that_dies_again_and_again_has_each_document_once_and_counts_it_once(
    source: DocumentationSource, settings: Any, deaths: int
) -> None:
    job = queued(source, settings)
    for _ in range(deaths):
        die_after(job, 1)
    finish(job)
    assert counts(job) == (5, 0, 0, 0, 0) and sums_agree(job)
    assert Document.objects.filter(source=source).count() == 5
    assert DocumentVersion.objects.filter(is_complete=True).count() == 5
    assert DocumentVersion.objects.count() == 5


def test_an_old_version_serves_until_the_new_one_is_whole_whenever_the_worker_dies(
    source: DocumentationSource, folder: Path, settings: Any
) -> None:
    sync(source, settings)
    for n in range(5):
        (folder / f"{n}.md").write_text(f"# Number {n}\n\nFact {n} is kept for {n + 50} years.\n")
    job = queued(source, settings)
    for _ in range(3):
        die_after(job, 1)
        for document in Document.objects.filter(source=source):
            version = document.current_version
            assert version is not None and version.is_complete and version.chunks.exists()
            assert document.embedding_status == "ready"
            assert document.versions.filter(is_complete=False).count() == 0
    finish(job)
    assert counts(job) == (0, 5, 0, 0, 0) and sums_agree(job)
    assert DocumentVersion.objects.count() == 10


def test_missing_twice_means_in_two_syncs_and_not_twice_in_one_that_died(
    source: DocumentationSource, folder: Path, settings: Any
) -> None:
    sync(source, settings)
    (folder / "0.md").unlink()
    (folder / "new.md").write_text("# New\n\nSomething new is here to be read.\n")
    job = queued(source, settings)
    die_after(job, 2)
    die_after(job, 1)
    finish(job)
    missing = Document.objects.get(source_key="0.md")
    assert (missing.gone_count, missing.review_status) == (1, ReviewStatus.PENDING)
    assert sums_agree(job)


def test_a_document_over_which_workers_die_is_given_up_and_the_others_are_read(
    source: DocumentationSource, settings: Any
) -> None:
    job = queued(source, settings)
    JobItem.objects.create(job_id=job.pk, key="3.md", state=ItemState.PENDING, crashes=3)
    finish(job)
    assert counts(job) == (4, 0, 0, 0, 1) and sums_agree(job)
    assert "died 3 times" in job.items.get(key="3.md").error
    assert counts(sync(source, settings)) == (1, 0, 4, 0, 0)


def test_a_retry_of_what_failed_asks_for_that_alone(
    source: DocumentationSource, folder: Path, settings: Any
) -> None:
    (folder / "1.md").write_bytes(b"%PDF-1.7\nnothing more")
    (folder / "1.md").rename(folder / "broken.pdf")
    job = sync(source, settings)
    assert counts(job) == (4, 0, 0, 0, 1)
    (folder / "broken.pdf").unlink()
    (folder / "broken.pdf").write_text("# Mended\n\nThis can be read now.\n")
    again = retry_failed_items(job, user=None)
    assert isinstance(again, SyncJob)
    finish(again)
    assert (again.items.count(), counts(again)) == (1, (0, 1, 0, 0, 0))
    mended = Document.objects.get(source_key="broken.pdf")
    assert [v.is_complete for v in mended.versions.all()] == [True]


def test_what_fails_keeps_the_time_of_its_first_failure(
    source: DocumentationSource, folder: Path, settings: Any
) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    first = sync(source, settings).items.get(key="broken.pdf").result
    second = sync(source, settings).items.get(key="broken.pdf").result
    assert first["since"] == second["since"] and first["at_source"] is False


def test_of_earlier_syncs_only_the_counts_and_the_failures_are_kept(
    source: DocumentationSource, folder: Path, settings: Any
) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    first = sync(source, settings)
    sync(source, settings)
    assert [item.key for item in first.items.all()] == ["broken.pdf"]
    first.refresh_from_db()
    assert counts(first) == (5, 0, 0, 0, 1)


def test_other_bytes_with_the_same_words_make_no_new_version(site: Site, settings: Any) -> None:
    page = "<title>Keys</title><h1>Keys</h1><p>Master keys are replaced once a year.</p>"
    site.page("/", page + "<script>nonce=1</script>")
    source = DocumentationSource.objects.create(
        name="Site", kind="website", location=f"{site.base}/", config={"delay": 0}
    )
    sync(source, settings)
    Document.objects.update(review_status=ReviewStatus.APPROVED)
    site.page("/", page + "<script>nonce=2</script>")
    assert counts(sync(source, settings)) == (0, 0, 1, 0, 0)
    site.page("/", page.replace("once", "twice"))
    assert counts(sync(source, settings)) == (0, 1, 0, 0, 0)
    document = Document.objects.get()
    assert document.versions.count() == 2
    assert document.review_status == ReviewStatus.APPROVED


def test_pages_with_the_same_words_are_kept_once(site: Site, settings: Any) -> None:
    links = "".join(f'<a href="/p?x={n}">go</a>' for n in range(4))
    site.page("/", f"<title>Home</title><p>Welcome to the handbook.</p>{links}")
    for n in range(4):
        words = "<p>Backups are kept for 35 days in another region.</p>"
        site.page(f"/p?x={n}", f"<title>P</title>{words}<!-- {n} -->")
    source = DocumentationSource.objects.create(
        name="Site", kind="website", location=f"{site.base}/", config={"delay": 0}
    )
    job = sync(source, settings)
    assert counts(job) == (2, 0, 3, 0, 0)
    assert "says the same as" in str(job.items.get(key__endswith="x=3").result)


def test_a_document_that_comes_back_is_what_it_was(
    source: DocumentationSource, folder: Path, settings: Any
) -> None:
    sync(source, settings)
    Document.objects.update(review_status=ReviewStatus.APPROVED)
    words = (folder / "0.md").read_text()
    (folder / "0.md").unlink()
    sync(source, settings)
    assert counts(sync(source, settings))[3] == 1
    gone = Document.objects.get(source_key="0.md")
    assert gone.review_status == ReviewStatus.ARCHIVED
    assert [r.after for r in gone.reviews.all()] == [ReviewStatus.ARCHIVED]
    (folder / "0.md").write_text(words)
    sync(source, settings)
    gone.refresh_from_db()
    assert (gone.review_status, gone.gone_count) == (ReviewStatus.APPROVED, 0)


def test_what_a_person_has_archived_stays_archived(
    source: DocumentationSource, alice: Any, folder: Path, settings: Any
) -> None:
    sync(source, settings)
    document = Document.objects.get(source_key="0.md")
    DocumentReview.objects.create(
        document=document, reviewer=alice, before="approved", after="archived"
    )
    Document.objects.filter(pk=document.pk).update(review_status=ReviewStatus.ARCHIVED)
    (folder / "0.md").write_text("# Number 0\n\nEverything is different now.\n")
    sync(source, settings)
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.ARCHIVED


def test_an_outage_keeps_everything_and_says_since_when(site: Site, settings: Any) -> None:
    site.page("/", "<title>Keys</title><p>Master keys are replaced once a year.</p>")
    source = DocumentationSource.objects.create(
        name="Site", kind="website", location=f"{site.base}/", config={"delay": 0}
    )
    sync(source, settings)
    site.routes["/"] = (500, {}, "")
    run = claimed(job := queued(source, settings))
    with pytest.raises(Exception, match="500"):
        sync_for_job(run)
    transitions.finish(run.held, Status.FAILED, error="x")
    source.refresh_from_db()
    since = source.stale_since
    assert since is not None and Document.objects.get().gone_count == 0
    assert job.items.get().result["at_source"] is True
    site.page("/", "<title>Keys</title><p>Master keys are replaced once a year.</p>")
    sync(source, settings)
    source.refresh_from_db()
    assert source.stale_since is None


def test_long_keys_stay_apart_from_each_other() -> None:
    long = "https://docs.example.com/" + "x" * 500
    keys = {item_key(long + "1"), item_key(long + "2"), item_key("short")}
    assert len(keys) == 3 and all(len(key) <= 200 for key in keys)


def test_a_sync_without_a_job_works_too(source: DocumentationSource) -> None:
    told: list[tuple[int, ...]] = []
    result = sync_documentation_source(
        source.pk, None, progress_callback=lambda *numbers: told.append(numbers)
    )
    assert (result.status, result.created, Job.objects.count()) == ("completed", 5, 0)
    assert told[-1] == (5, 0, 0, 5, 5)
