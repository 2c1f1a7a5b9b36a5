"""A reply that has arrived is never paid for twice, whatever dies before its effect is recorded."""

from typing import Any

import pytest

from jobs.batch import Steps, add_items, work_items
from jobs.lease import LeaseKeeper
from jobs.models import ItemState, Job, JobItem, JobLog, Status
from jobs.run import JobRun
from jobs.transitions import claim, worker_lost
from tests.jobs.engine import deliver, fresh, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def elsewhere(settings: object) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False  # type: ignore[attr-defined]


class Paid:
    """Work whose calls are counted. Its records fail as often as the test likes."""

    def __init__(self, *failures: Exception) -> None:
        self.calls: list[str] = []
        self.failures = list(failures)

    def __call__(self, run: JobRun) -> dict[str, Any]:
        add_items(run, ["a", "b"])
        steps = Steps(
            lambda item: item.key, self.call, self.record,
            dump=lambda result: {"words": result}, load=lambda item, kept: kept["words"],
        )  # fmt: skip
        work_items(run, steps)
        return {}

    def call(self, key: str) -> str:
        self.calls.append(key)
        return f"reply to {key}"

    def record(self, item: JobItem, words: str) -> dict[str, Any]:
        if self.failures:
            raise self.failures.pop()
        return {"words": words}


def crashed_after_the_reply(job: Job) -> None:
    """An attempt that had called for "a", kept the reply, and died."""
    held = claim(job.pk, worker="w")
    JobItem.objects.create(
        job_id=job.pk, key="a", ordinal=1, state=ItemState.RUNNING, attempts=1,
        received={"words": "reply to a"},
    )  # fmt: skip
    worker_lost(job.pk, held.token, reason="killed")


@pytest.mark.django_db(transaction=True)
def test_after_a_crash_a_kept_reply_is_recorded_and_not_asked_for_again() -> None:
    paid = Paid()
    job = queued(paid)
    crashed_after_the_reply(job)
    deliver(job)
    assert fresh(job).status == Status.COMPLETED
    assert paid.calls == ["b"]
    words = {i.key: i.result for i in job.items.all()}
    assert words == {"a": {"words": "reply to a"}, "b": {"words": "reply to b"}}
    assert not job.items.exclude(received=None).exists(), "what is recorded is kept no longer"


@pytest.mark.django_db(transaction=True)
def test_a_kept_reply_that_cannot_be_used_is_asked_for_again() -> None:
    paid = Paid(ConnectionError("garbled"))
    job = queued(paid)
    crashed_after_the_reply(job)
    Job.objects.filter(pk=job.pk).update(total_items=1)
    JobItem.objects.filter(job_id=job.pk).update(attempts=0)
    held = claim(job.pk, worker="w")
    with LeaseKeeper(held) as keeper:
        run = JobRun(fresh(job), held, keeper)
        JobItem.objects.filter(job_id=job.pk).update(retry_at=None)
        steps = Steps(
            lambda item: item.key, paid.call, paid.record,
            dump=lambda result: result, load=lambda item, kept: kept["words"],
        )  # fmt: skip
        work_items(run, steps)
    item = job.items.get(key="a")
    assert (item.state, item.result) == (ItemState.DONE, {"words": "reply to a"})
    assert paid.calls == ["a"]


@pytest.mark.django_db(transaction=True)
def test_a_reply_is_kept_only_for_the_worker_that_holds_the_job() -> None:
    job = queued()
    held = claim(job.pk, worker="w")
    item = JobItem.objects.create(job_id=job.pk, key="a", state=ItemState.RUNNING)
    with LeaseKeeper(held) as keeper:
        worker_lost(job.pk, held.token, reason="stopped for too long")
        keeper.keep(item.pk, {"words": "late"})
    item.refresh_from_db()
    assert item.received is None


@pytest.mark.django_db(transaction=True)
def test_several_effects_are_recorded_in_one_commit_and_one_that_fails_does_not_spoil_the_rest() -> (
    None
):
    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, [str(n) for n in range(12)])

        def record(item: JobItem, result: str) -> None:
            JobLog.objects.create(job_id=run.job.pk, at=run.job.created_at, message=item.key)
            if item.key == "7":
                raise ValueError("seven")

        work_items(run, Steps(lambda i: i.key, str, record), concurrency=6)
        return {}

    job = queued(work)
    deliver(job)
    done = fresh(job)
    assert (done.status, done.successful_items, done.failed_items) == (Status.COMPLETED, 11, 1)
    effects = sorted(
        int(m) for m in job.log_lines.values_list("message", flat=True) if m.isdecimal()
    )
    assert effects == [n for n in range(12) if n != 7], "each once, and none of the failed one"
