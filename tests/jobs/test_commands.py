"""The commands for operators: what they print, what they change, how they exit."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs import transitions
from jobs.models import Job, JobArtifact, JobItem, Status
from tests.jobs.engine import fresh, person, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def run(*words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    out = StringIO()
    try:
        call_command(*words, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def change(job: Job, **columns: Any) -> Job:
    Job.objects.filter(pk=job.pk).update(**columns)
    return fresh(job)


def ended(status: Status, days: float) -> Job:
    job = queued(started_by=None)
    transitions.finish_unclaimed(job, status)
    return change(job, completed_at=ago(days=days))


# -- finding -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["find_stale_jobs", "find_stale_tasks"])
@pytest.mark.contract("C3")
def test_stale_jobs_are_listed_as_created_id_and_task(name: str) -> None:
    old = change(queued(), updated_at=ago(hours=3))
    queued()
    assert run(name, "--hours", "2") == (
        1, f"{old.created_at.isoformat()} - {old.pk}: jobs.testing_probe\n",
    )  # fmt: skip
    assert run(name, "--hours", "4") == (0, "")


def test_a_job_that_waits_for_its_time_or_is_over_is_not_stale() -> None:
    change(queued(), updated_at=ago(hours=9), run_after=timezone.now() + timedelta(days=1))
    change(ended(Status.FAILED, 1), updated_at=ago(hours=9))
    assert run("find_stale_jobs", "--hours", "2") == (0, "")


@pytest.mark.parametrize("name", ["find_stale_scheduled_jobs", "find_stale_scheduled_tasks"])
@pytest.mark.contract("C8")
def test_jobs_whose_time_passed_unsent_are_listed(name: str) -> None:
    late = change(queued(), run_after=ago(hours=3))
    change(queued(), run_after=ago(hours=3), dispatched_at=ago(hours=3))
    code, out = run(name, "--hours", "1")
    assert code == 1 and out.endswith(f" - {late.pk}: jobs.testing_probe\n")
    assert out.count("\n") == 1


@pytest.mark.parametrize("hours", ["0", "-1", "x", "nan", "inf"])
def test_senseless_hours_are_refused_with_a_sentence(hours: str) -> None:
    with pytest.raises(CommandError, match="not a number above 0"):
        call_command("find_stale_jobs", f"--hours={hours}")


# -- reaping -----------------------------------------------------------------------------------
def test_reaping_puts_right_and_says_what() -> None:
    job = queued()
    assert transitions.claim(job.pk, worker="w")
    change(job, lease_expires_at=ago(seconds=1))
    code, out = run("reap_jobs", "--dry-run")
    assert code == 0 and str(job.pk) in out and "Nothing was changed." in out
    assert fresh(job).lease_token is not None
    assert run("reap_jobs")[0] == 0 and fresh(job).lease_token is None
    assert run("reap_jobs") == (0, "No job needs anything.\n")


# -- requeueing --------------------------------------------------------------------------------
def test_requeueing_sends_what_a_wiped_broker_has_forgotten() -> None:
    job = change(queued(), dispatched_at=ago(seconds=5))
    code, out = run("requeue_jobs")
    assert code == 1 and "sent and not taken" in out and fresh(job).dispatched_at is not None
    assert run("requeue_jobs", "--commit")[0] == 0
    assert fresh(job).dispatched_at is None


def test_requeueing_names_jobs_that_no_relay_has_sent() -> None:
    change(queued(), updated_at=ago(minutes=5))
    assert "is a relay running?" in run("requeue_jobs", "--commit")[1]


def test_requeueing_leaves_running_jobs_alone() -> None:
    job = queued()
    assert transitions.claim(job.pk, worker="w")
    assert run("requeue_jobs")[0] == 0


# -- purging -----------------------------------------------------------------------------------
def test_old_jobs_go_by_the_days_of_their_status_and_young_ones_stay() -> None:
    gone = [ended(Status.COMPLETED, 31), ended(Status.FAILED, 91), ended(Status.CANCELLED, 31)]
    kept = [ended(Status.COMPLETED, 29), ended(Status.FAILED, 31), queued()]
    run("purge_jobs", "--chunk", "1")
    assert not Job.objects.filter(pk__in=[job.pk for job in gone]).exists()
    assert Job.objects.filter(pk__in=[job.pk for job in kept]).count() == 3


def test_a_purge_that_only_counts_changes_nothing() -> None:
    ended(Status.COMPLETED, 31)
    assert "completed: 1 would be deleted" in run("purge_jobs", "--dry-run")[1]
    assert Job.objects.count() == 1


def test_with_a_job_go_its_items_and_files() -> None:
    job = ended(Status.COMPLETED, 31)
    JobItem.objects.create(job=job, key="1")
    artifact = JobArtifact.objects.create(
        job=job, name="a.xlsx", file=ContentFile(b"x", "a.xlsx"), sha256="0" * 64, size=1
    )
    path = Path(artifact.file.path)
    assert path.exists()
    run("purge_jobs")
    assert not path.exists() and not JobItem.objects.exists()


def test_a_file_still_on_offer_and_a_needed_forerunner_are_kept() -> None:
    offers, needed = ended(Status.COMPLETED, 31), ended(Status.COMPLETED, 31)
    JobArtifact.objects.create(
        job=offers, name="a", file=ContentFile(b"x", "a"), sha256="0" * 64, size=1,
        expires_at=timezone.now() + timedelta(days=1), owner=person(),
    )  # fmt: skip
    queued(depends_on=needed)
    run("purge_jobs")
    assert Job.objects.filter(pk__in=[offers.pk, needed.pk]).count() == 2
