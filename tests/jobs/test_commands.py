"""The commands for operators: what they print, what they change, how they exit."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.db import connection
from django.utils import timezone

from jobs import transitions
from jobs.models import Job, JobArtifact, Status
from tests.jobs.engine import fresh, queued

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


def facts(*words: str) -> dict[str, Any]:
    """What a command prints for programs: one object."""
    found: dict[str, Any] = json.loads(run(*words, "--json")[1])
    return found


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


def test_what_was_found_is_an_object_for_programs() -> None:
    old = change(queued(), updated_at=ago(hours=3))
    found = facts("find_stale_jobs", "--hours", "2")
    assert found["found"] == 1 and found["jobs"][0]["id"] == old.pk
    assert run("find_stale_jobs", "--hours", "9", "--json") == (0, '{"found": 0, "jobs": []}\n')


# -- reaping -----------------------------------------------------------------------------------
def test_reaping_puts_right_and_says_what() -> None:
    job = queued()
    assert transitions.claim(job.pk, worker="w")
    change(job, lease_expires_at=ago(seconds=1))
    code, out = run("reap_jobs", "--dry-run")
    assert code == 1 and str(job.pk) in out and "Nothing was changed." in out
    assert fresh(job).lease_token is not None
    assert run("reap_jobs")[0] == 0 and fresh(job).lease_token is None
    assert run("reap_jobs") == run("reap_jobs") == (0, "No job needs anything.\n")
    assert run("reap_jobs", "--dry-run")[0] == 0


def test_reaping_tells_programs_the_ids() -> None:
    job = queued()
    transitions.claim(job.pk, worker="w")
    change(job, lease_expires_at=ago(seconds=1))
    assert facts("reap_jobs", "--dry-run")["lost"] == [job.pk]
    done = facts("reap_jobs")
    assert (done["dry_run"], done["lost"], done["troubled"]) == (False, [job.pk], [])


DAMAGED = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'this row is damaged'; END $$;
CREATE TRIGGER damaged BEFORE UPDATE ON jobs_job FOR EACH ROW WHEN (OLD.title = 'damaged')
EXECUTE FUNCTION refuse();
"""


@pytest.mark.django_db(transaction=True)
def test_reaping_that_cannot_put_all_right_ends_with_one_and_does_the_rest() -> None:
    jobs = [queued(title=title) for title in ("damaged", "sound")]
    for job in jobs:
        transitions.claim(job.pk, worker="w")
        change(job, lease_expires_at=ago(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute(DAMAGED)
    try:
        code, out = run("reap_jobs", "--json")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER damaged ON jobs_job; DROP FUNCTION refuse()")
    assert code == 1 and json.loads(out)["troubled"] == [jobs[0].pk]
    assert json.loads(out)["lost"] == [jobs[1].pk]


# -- requeueing --------------------------------------------------------------------------------
def test_requeueing_sends_what_a_wiped_broker_has_forgotten() -> None:
    job = change(queued(), dispatched_at=ago(seconds=5))
    for words in (("requeue_jobs",), ("requeue_jobs", "--dry-run")):
        code, out = run(*words)
        assert code == 1 and "sent and not taken" in out and fresh(job).dispatched_at is not None
    assert run("requeue_jobs", "--commit")[0] == 0
    assert fresh(job).dispatched_at is None


def test_requeueing_tells_programs_what_waits() -> None:
    job = change(queued(), dispatched_at=ago(seconds=5))
    listed = facts("requeue_jobs")
    assert listed["waiting"][0]["id"] == job.pk and not listed["committed"]
    assert facts("requeue_jobs", "--commit")["sent_again"] == 1


def test_requeueing_names_jobs_that_no_relay_has_sent() -> None:
    change(queued(), updated_at=ago(minutes=5))
    assert "is a relay running?" in run("requeue_jobs", "--commit")[1]


def test_requeueing_leaves_running_jobs_alone() -> None:
    job = queued()
    assert transitions.claim(job.pk, worker="w")
    assert run("requeue_jobs") == (0, "")


# -- usage -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        ["find_stale_jobs"],
        ["find_stale_tasks", "--hours", "x"],
        ["find_stale_scheduled_jobs", "--hours", "0"],
        ["reap_jobs", "--nonsense"],
        ["requeue_jobs", "--commit", "--dry-run"],
        ["purge_jobs", "--completed", "-1"],
    ],
)
def test_a_command_line_without_sense_ends_with_two(words: list[str], capsys: Any) -> None:
    command = load_command_class("jobs", words[0])
    with pytest.raises(SystemExit) as end:
        command.run_from_argv(["manage.py", *words])
    assert end.value.code == 2 and "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    ["find_stale_jobs", "find_stale_scheduled_jobs", "reap_jobs", "requeue_jobs", "purge_jobs"],
)
def test_the_help_names_the_exit_codes(name: str) -> None:
    words = load_command_class("jobs", name).help
    assert all(code in words for code in ("Exit code 0:", "1:", "2: wrong usage"))


# -- purging: see test_purging.py for what goes ------------------------------------------------
def test_purging_says_what_went_and_then_that_nothing_is_left() -> None:
    ended(Status.COMPLETED, 91)
    assert run("purge_jobs", "--dry-run") == (1, "1 completed jobs would be deleted\n")
    assert Job.objects.count() == 1
    assert run("purge_jobs") == (0, "1 completed jobs deleted\n")
    assert run("purge_jobs") == (0, "Nothing deleted.\n")
    assert run("purge_jobs", "--dry-run") == (0, "Nothing would be deleted.\n")


def test_purging_takes_its_days_from_the_command_line_too() -> None:
    ended(Status.COMPLETED, 10)
    assert facts("purge_jobs", "--dry-run")["completed"] == 0
    assert facts("purge_jobs", "--completed", "9", "--chunk", "1")["completed"] == 1


def test_purging_ends_with_one_if_a_file_cannot_go(own_media: Path) -> None:
    job = ended(Status.COMPLETED, 91)
    # A folder under the name of the file: deleting it as a file is an OSError for everybody.
    place = own_media / "artifacts" / "a.xlsx"
    (place / "full").mkdir(parents=True)
    JobArtifact.objects.create(job=job, name="a", file="artifacts/a.xlsx", sha256="0" * 64, size=1)
    code, out = run("purge_jobs", "--json")
    assert code == 1 and json.loads(out)["completed"] == 1
    assert json.loads(out)["troubled"][0].startswith("artifacts/a.xlsx: ")
