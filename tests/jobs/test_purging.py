"""A purge takes what is old enough, a little at a time, and never what somebody still needs."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from jobs import transitions
from jobs.dispatch import enqueue
from jobs.errors import CancelRequested
from jobs.models import Job, JobArtifact, JobItem, JobLog, Notification, Status
from jobs.purging import Purge, Purged, Retention, would_purge
from solution_library.models import Document, DocumentationSource, SyncJob
from tests.jobs.engine import fresh, person, queued

pytestmark = pytest.mark.django_db
KEEP = Retention(completed=90, failed=180, cancelled=30, canaries=1, notifications=90)


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def ended(status: Status = Status.COMPLETED, days: float = 91, **options: Any) -> Job:
    job = queued(**options)
    transitions.finish_unclaimed(job, status)
    Job.objects.filter(pk=job.pk).update(completed_at=ago(days=days))
    return fresh(job)


def artifact(job: Job, **columns: Any) -> JobArtifact:
    return JobArtifact.objects.create(
        job=job, name="a.xlsx", file=ContentFile(b"x", "a.xlsx"), sha256="0" * 64, size=1, **columns
    )


def purge(**options: Any) -> Purged:
    return Purge(KEEP, lambda *_: None, **options).run()


def left(*jobs: Job) -> list[bool]:
    return [Job.objects.filter(pk=job.pk).exists() for job in jobs]


# -- jobs --------------------------------------------------------------------------------------
def test_jobs_go_by_the_days_of_their_status() -> None:
    gone = [ended(Status.COMPLETED, 91), ended(Status.FAILED, 181), ended(Status.CANCELLED, 31)]
    kept = [ended(Status.COMPLETED, 89), ended(Status.FAILED, 91), ended(Status.CANCELLED, 29)]
    done = purge(chunk=1)
    assert left(*gone) == [False] * 3 and left(*kept) == [True] * 3
    assert (done.completed, done.failed, done.cancelled) == (1, 1, 1)


def test_unfinished_jobs_stay_however_old_they_are() -> None:
    waiting, held = queued(), queued()
    transitions.claim(held.pk, worker="w")
    Job.objects.update(created_at=ago(days=999), updated_at=ago(days=999))
    purge()
    assert left(waiting, held) == [True, True]


def test_what_an_unfinished_job_depends_on_stays() -> None:
    needed = ended()
    queued(depends_on=needed)
    purge()
    assert left(needed) == [True]


def test_canaries_go_after_a_day() -> None:
    old, young = [enqueue("jobs.canary", job=Job()) for _ in range(2)]
    for job, days in ((old, 1.1), (young, 0.9)):
        transitions.finish_unclaimed(job, Status.COMPLETED)
        Job.objects.filter(pk=job.pk).update(completed_at=ago(days=days))
    assert purge().canaries == 1 and left(old, young) == [False, True]


def test_all_that_belongs_to_a_job_goes_with_it() -> None:
    job = ended(started_by=person())
    JobItem.objects.create(job=job, key="1")
    JobLog.objects.create(job=job, at=timezone.now(), message="x")
    path = Path(artifact(job).file.path)
    assert path.exists() and Notification.objects.exists()
    purge()
    assert not path.exists()
    assert not any(m.objects.exists() for m in (JobItem, JobLog, Notification, JobArtifact))


def test_what_a_job_made_stays_without_it() -> None:
    source = DocumentationSource.objects.create(name="Wiki", kind="folder", location="/nowhere")
    job = enqueue("solution_library.sync_documentation_source", job=SyncJob(source=source))
    document = Document.objects.create(title="T", source=source, synced_by=job)
    transitions.finish_unclaimed(job, Status.COMPLETED)
    Job.objects.filter(pk=job.pk).update(completed_at=ago(days=91))
    purge()
    assert not SyncJob.objects.exists()
    document.refresh_from_db()
    assert document.synced_by is None


def test_a_purge_that_is_stopped_half_way_goes_on_where_it_was() -> None:
    jobs = [ended() for _ in range(5)]

    def stop(done: int, total: int, doing: str) -> None:
        assert (total, doing) == (5, "Removing completed")
        if done == 2:
            raise CancelRequested

    with pytest.raises(CancelRequested):
        Purge(KEEP, stop, chunk=1).run()
    assert left(*jobs) == [False] * 2 + [True] * 3
    assert purge().completed == 3


# -- files -------------------------------------------------------------------------------------
def test_a_file_on_offer_keeps_its_job() -> None:
    job = ended()
    artifact(job, expires_at=timezone.now() + timedelta(days=1))
    purge()
    assert left(job) == [True]


def test_an_expired_file_goes_and_its_row_says_that_it_was_there() -> None:
    job = ended(days=5)
    expired = artifact(job, expires_at=ago(minutes=1))
    path = Path(expired.file.path)
    assert purge().expired_files == 1 and not path.exists()
    expired.refresh_from_db()
    assert expired.name == "a.xlsx" and not expired.file
    assert purge().expired_files == 0


def test_a_file_that_no_job_knows_goes_when_it_is_surely_forgotten(own_media: Path) -> None:
    folder = own_media / "artifacts" / "2026" / "01"
    folder.mkdir(parents=True)
    known = Path(artifact(ended(days=1)).file.path)
    for path in (folder / "old", folder / "being-written", known):
        path.write_bytes(b"x")
    for path in (folder / "old", known):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert purge().forgotten_files == 1
    assert not (folder / "old").exists() and (folder / "being-written").exists() and known.exists()


# -- notifications -----------------------------------------------------------------------------
def test_notifications_go_when_they_were_read_long_ago() -> None:
    jobs = [ended(days=5, started_by=person(name)) for name in ("alice", "bob", "charlie")]
    for job, read_at in zip(jobs, (ago(days=91), ago(days=5), None), strict=True):
        Notification.objects.filter(job=job).update(read_at=read_at)
    assert purge(chunk=1).notifications == 1
    assert set(Notification.objects.values_list("job", flat=True)) == {jobs[1].pk, jobs[2].pk}


# -- counting, and as a job --------------------------------------------------------------------
def test_counting_counts_all_of_it_and_changes_nothing() -> None:
    ended()
    artifact(ended(days=5), expires_at=ago(minutes=1))
    found = would_purge(KEEP)
    assert (found.completed, found.expired_files, found.total) == (1, 1, 2)
    assert Job.objects.count() == 2
    assert purge().total == found.total


def test_how_long_things_are_kept_is_the_operators_choice(settings: Any) -> None:
    settings.JOBS_RETENTION_DAYS = settings.JOBS_RETENTION_DAYS | {"completed": 1}
    assert Retention.configured().completed == 1.0
    assert Retention.configured().failed == 180.0


@pytest.mark.django_db(transaction=True)
def test_the_nightly_purge_is_a_job_with_progress_and_counts(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    jobs = [ended() for _ in range(3)]
    purging = fresh(enqueue("jobs.purge", job=Job(title="Purge old jobs")))
    assert left(*jobs) == [False] * 3
    assert (purging.status, purging.total_items, purging.processed_items) == ("completed", 3, 3)
    assert purging.result["completed"] == 3 and purging.result["troubled"] == 0
