"""A backup of an installation at work brings up another one, which finishes the work."""

import shutil
import subprocess
import sys

import pytest

from tests.chaos.batches import draft
from tests.chaos.checks import LOST, job_ended_once
from tests.chaos.conftest import SHORT
from tests.chaos.model import Model
from tests.chaos.stack import BASE_DIR, Stack

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
QUESTIONS = 60
TWICE = "SELECT count(*) FROM rfp_manager_answerversion WHERE job_id = %s AND number > 1"


def manage(stack: Stack, *words: str) -> str:
    """Run a command on the installation's folder. Returns what it printed."""
    environment = stack._environment() | {"DJANGO_SETTINGS_MODULE": "spelunker.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=BASE_DIR, text=True, timeout=240,
        env=environment, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_batch_that_was_backed_up_half_way_goes_on_in_an_empty_installation(
    tmp_path_factory: pytest.TempPathFactory, model: Model
) -> None:
    backups = tmp_path_factory.mktemp("backups")
    here = Stack(tmp_path_factory.mktemp("here"), None, SHORT)
    with here:
        (batch,) = draft(here, model, "backup", [QUESTIONS])
        here.wait(lambda: here.processed([batch.job]) >= 5, 60, "the batch has begun")
        with model.taking(15.0):  # however slow the machine is, it is at work
            waits = here.tell("rfp", tag="waits", questions=5)
            waiting = here.tell("draft", rfp=waits, base_url=model.base_url, concurrency=4)
            manage(here, "backup", str(backups))
            assert here.active([batch.job]), "it was to be backed up at work"
        manage(here, "restore", str(backups), "--verify")

    there = Stack(tmp_path_factory.mktemp("there"), None, SHORT)
    # As the papers say: keys are kept apart, and brought along by hand.
    shutil.copy(here.folder / "secrets.json", there.folder / "secrets.json")
    manage(there, "restore", str(backups))
    with there:
        answered = there.processed([batch.job])
        assert answered < QUESTIONS
        there.wait(lambda: not there.active([batch.job, waiting]), 240, "all of it has ended")
        job_ended_once(there, batch.job, "completed")
        job_ended_once(there, waiting, "completed")
        assert there.query(LOST, batch.rfp) == [(0,)]
        assert there.query(TWICE, batch.job) == [(0,)]
        assert there.job(batch.job)["total_items"] == QUESTIONS
        outcomes = there.query(
            "SELECT outcome FROM jobs_jobattempt WHERE job_id = %s ORDER BY number", batch.job
        )
        assert ("restored from a backup",) in outcomes, outcomes
        files = [
            name for (name,) in there.query("SELECT file FROM solution_library_documentversion")
        ]
        assert files and all((there.folder / "media" / name).is_file() for name in files)
