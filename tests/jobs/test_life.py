"""Any order of claims, writes, crashes, expiries, sweeps, cancels and doubled messages keeps
the promises: nothing is lost, doubled or stuck."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from jobs import batch, sweep, transitions
from jobs.batch import Steps, add_items
from jobs.errors import LeaseLost
from jobs.lease import InlineKeeper
from jobs.models import FINAL, ItemState, Job, JobItem, JobLog, Notification, Status
from jobs.run import JobRun
from tests.jobs.engine import fresh, person, queued

ITEMS = 2
STEPS: Any = Steps(str, str, lambda item, result: effect(item))


def effect(item: JobItem) -> None:
    """What doing an item leaves behind: a row that must be there once for each item done."""
    JobLog.objects.create(job_id=item.job_id, at=timezone.now(), message=f"effect {item.key}")


class Worker:
    """A process with a claim. It may be killed, or go on long after its lease is over."""

    def __init__(self, job: Job, held: transitions.Claim) -> None:
        self.held = held
        self.run = JobRun(fresh(job), held, InlineKeeper(held))
        self.loop: Any = batch._Loop(self.run, STEPS, None, 1)  # type: ignore[arg-type]
        self.item: JobItem | None = None


def work_through(worker: Worker) -> None:
    add_items(worker.run, [str(n) for n in range(ITEMS)])
    batch._blame_crashed_items(worker.run)
    while items := worker.loop._next():
        worker.loop._record(items[0], {})
    transitions.finish(worker.held, Status.COMPLETED, result={})


class Life(RuleBasedStateMachine):
    """One job with two items, and the workers that believe to have it."""

    @initialize()
    def enqueue(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.job = queued(started_by=person(f"p{uuid.uuid4().hex}"))
        self.workers: list[Worker] = []
        self.ended: tuple[Any, ...] | None = None

    def teardown(self) -> None:
        if not hasattr(self, "block"):
            return
        try:
            self.it_ends_when_the_world_is_calm_again()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def it_ends_when_the_world_is_calm_again(self) -> None:
        """Relay, sweep and one healthy worker are all that any history needs to end well."""
        self.time_passes()
        for _ in range(2 + ITEMS):
            self.sweep()
            Job.objects.filter(pk=self.job.pk).update(run_after=None)
            self.publish()
            held = transitions.claim(self.job.pk, worker="healthy")
            if held is not None:
                work_through(Worker(self.job, held))
        self.an_end_is_final_and_told_once()
        self.counters_are_the_items()
        self.every_item_done_has_one_effect()
        assert fresh(self.job).status in FINAL, fresh(self.job).__dict__

    # -- what may happen -------------------------------------------------------------------
    @rule()
    def publish(self) -> None:
        """The relay sends what is due."""
        Job.objects.due().filter(pk=self.job.pk).update(dispatched_at=timezone.now())

    @rule()
    def deliver(self) -> None:
        """A message arrives: the first, a duplicate, or one redelivered long after."""
        held = transitions.claim(self.job.pk, worker=f"w{len(self.workers)}")
        if held is None:
            return
        worker = Worker(self.job, held)
        add_items(worker.run, [str(n) for n in range(ITEMS)])
        batch._blame_crashed_items(worker.run)
        self.workers.append(worker)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def begin_an_item(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        with self.may_have_lost_it(worker):
            for item in worker.loop._next() if worker.item is None else ():
                with worker.run.write():
                    JobItem.objects.filter(pk=item.pk).update(state=ItemState.RUNNING)
                worker.item = item

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def do_a_whole_item(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        with self.may_have_lost_it(worker):
            for item in worker.loop._next() if worker.item is None else ():
                worker.loop._record(item, {})

    @precondition(lambda self: any(w.item for w in self.workers))
    @rule(data=st.data(), fails=st.booleans())
    def end_an_item(self, data: st.DataObject, fails: bool) -> None:
        worker = data.draw(st.sampled_from([w for w in self.workers if w.item]))
        with self.may_have_lost_it(worker):
            if fails:
                batch.fail(worker.run, worker.item, "no")
            else:
                worker.loop._record(worker.item, {})
        worker.item = None

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        with self.may_have_lost_it(worker), worker.run.write():
            pass

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def end_the_slice(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        self.workers.remove(worker)
        with self.may_have_lost_it(worker):
            transitions.release(worker.held, outcome="slice over")

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def reach_the_end(self, data: st.DataObject) -> None:
        """A worker that finds nothing left completes the job."""
        worker = data.draw(st.sampled_from(self.workers))
        left = self.job.items.exclude(state__in=(ItemState.DONE, ItemState.FAILED))
        if worker.item is None and not left.exists():
            self.workers.remove(worker)
            with self.may_have_lost_it(worker):
                transitions.finish(worker.held, Status.COMPLETED, result={})

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), seen=st.booleans())
    def kill(self, data: st.DataObject, seen: bool) -> None:
        """A worker dies; its parent sees it, or nobody does."""
        worker = data.draw(st.sampled_from(self.workers))
        self.workers.remove(worker)
        if seen:
            transitions.worker_lost(self.job.pk, worker.held.token, reason="killed")

    @rule()
    def time_passes(self) -> None:
        """Every lease runs out: the workers were stopped, or the clock jumped."""
        Job.objects.filter(pk=self.job.pk).exclude(lease_token=None).update(
            lease_expires_at=timezone.now() - timedelta(seconds=1)
        )

    @rule()
    def sweep(self) -> None:
        sweep.sweep()

    @rule()
    def restart_workers(self) -> None:
        for worker in {w.run.job.lease_owner for w in self.workers}:
            sweep.release_leases_of(worker)
        sweep.resend_unclaimed(["default"])

    @rule()
    def cancel(self) -> None:
        transitions.request_cancel(fresh(self.job))

    def may_have_lost_it(self, worker: Worker) -> Any:
        return _Suppress(self.job, worker)

    # -- what must always hold -------------------------------------------------------------
    @invariant()
    def counters_are_the_items(self) -> None:
        if not hasattr(self, "job"):
            return
        job = fresh(self.job)
        done = job.items.filter(state=ItemState.DONE).count()
        failed = job.items.filter(state=ItemState.FAILED).count()
        assert (job.successful_items, job.failed_items) == (done, failed)
        assert job.processed_items == done + failed <= job.total_items or job.total_items == 0

    @invariant()
    def every_item_done_has_one_effect(self) -> None:
        if not hasattr(self, "job"):
            return
        done = self.job.items.filter(state=ItemState.DONE).values_list("key", flat=True)
        effects = self.job.log_lines.filter(message__startswith="effect")
        assert sorted(effects.values_list("message", flat=True)) == sorted(
            f"effect {key}" for key in done
        )

    @invariant()
    def an_end_is_final_and_told_once(self) -> None:
        if not hasattr(self, "job"):
            return
        job = fresh(self.job)
        notes = list(Notification.objects.filter(job=job).values_list("event", flat=True))
        if job.status not in FINAL:
            assert self.ended is None and notes == []
            return
        assert notes == [job.status] and job.lease_token is None and job.completed_at
        assert not job.items.filter(state=ItemState.RUNNING).exists()
        assert not job.attempts.filter(ended_at=None).exists()
        ended = (job.status, job.completed_at, job.processed_items, job.last_error)
        assert self.ended in (None, ended)
        self.ended = ended

    @invariant()
    def an_unfinished_job_is_never_stuck(self) -> None:
        """Somebody has it, or it waits for the relay, or its message is looked after."""
        if not hasattr(self, "job"):
            return
        job = fresh(self.job)
        if job.status in FINAL:
            return
        held = job.lease_token is not None and job.lease_expires_at is not None
        due = Job.objects.due().filter(pk=job.pk).exists()
        watched = Job.objects.sent_and_unclaimed().filter(pk=job.pk).exists()
        ending = sweep.idle_cancels().filter(pk=job.pk).exists()
        assert held or due or watched or ending


class _Suppress:
    """Lets a worker's write be refused if the lease is another's, and in no other case."""

    def __init__(self, job: Job, worker: Worker) -> None:
        self.job, self.worker = job, worker

    def __enter__(self) -> None:
        before = fresh(self.job)
        self.owned = before.lease_token == self.worker.held.token
        self.before = before.updated_at
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.savepoint.__exit__(kind, error, trace)
        wrote = fresh(self.job).updated_at != self.before
        assert self.owned or not wrote, "a write got past the fence"
        if isinstance(error, LeaseLost):
            self.worker.item = None
            assert not self.owned
            return True
        return False


@pytest.mark.django_db
def test_any_life_of_a_job_keeps_the_promises(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    run_state_machine_as_test(
        Life,
        settings=hypothesis_settings(
            max_examples=24,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
