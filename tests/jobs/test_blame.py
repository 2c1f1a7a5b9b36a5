"""Who is blamed when processes die around a batch: the poisonous, and not the unlucky."""

from typing import Any

import pytest

from jobs import transitions
from jobs.batch import Steps, add_items, work_items
from jobs.blame import condemned, next_suspect
from jobs.lease import InlineKeeper
from jobs.models import ItemState, Job, JobItem
from jobs.run import JobRun
from tests.jobs.engine import deliver, fresh, queued

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def batch_of(count: int) -> Job:
    def work(run: JobRun) -> dict[str, object]:
        add_items(run, [str(n) for n in range(count)])
        work_items(run, Steps(lambda item: item.key, lambda key: {}, lambda item, reply: reply))
        return {}

    return queued(work)


def killed_during(job: Job, *keys: str) -> list[str]:
    """A worker takes the job, begins these items and is killed. Returns whom it gave up first."""
    held = transitions.claim(job.pk, worker="w")
    assert held is not None
    run = JobRun(fresh(job), held, InlineKeeper(held))
    add_items(run, [str(n) for n in range(8)])
    given_up = [item.key for item in condemned(run)]
    job.items.filter(key__in=keys).update(state=ItemState.RUNNING)
    transitions.worker_lost(job.pk, held.token, reason="killed")
    return given_up


def suspect(job: Job) -> str:
    return next_suspect(JobItem.objects.filter(job_id=job.pk, state=ItemState.PENDING))[0].key


def test_the_suspect_that_crashed_least_is_tried_first() -> None:
    job = batch_of(8)
    killed_during(job, *map(str, range(8)))
    killed_during(job, "0")
    killed_during(job)
    assert suspect(job) == "1"


def test_an_item_is_given_up_at_its_third_crash_when_no_other_crashes_alone() -> None:
    job = batch_of(8)
    for _ in range(3):
        assert killed_during(job, "0") == []
    assert killed_during(job) == ["0"]


def test_kills_that_hit_one_suspect_after_the_other_condemn_none() -> None:
    job = batch_of(8)
    killed_during(job, *map(str, range(8)))
    for key in ("0", "1", "2", "0", "1", "2"):
        assert killed_during(job, key) == []
    deliver(job)
    assert fresh(job).successful_items == 8 and fresh(job).failed_items == 0


def test_several_poisonous_items_are_given_up_all_the_same() -> None:
    job = batch_of(8)
    poison = {"0", "1", "2", "3", "4"}
    given_up: set[str] = set()
    for _ in range(6):
        for key in poison - given_up:
            given_up.update(killed_during(job, key))
    assert given_up <= poison
    deliver(job)
    assert fresh(job).successful_items == 3 and fresh(job).failed_items == 5


def test_kills_between_items_and_starts_do_not_give_up_a_batch_that_got_to_its_items() -> None:
    job = batch_of(8)
    for _ in range(4):
        killed_during(job, "0", "1")
        killed_during(job)
        killed_during(job)
        JobItem.objects.filter(job_id=job.pk).update(crashes=0)
    assert fresh(job).is_active
    deliver(job)
    assert fresh(job).successful_items == 8


def test_a_batch_that_dies_at_every_start_is_given_up() -> None:
    job = batch_of(8)
    for _ in range(4):
        killed_during(job)
    assert fresh(job).status == "failed" and "died 4 times in a row" in fresh(job).last_error
