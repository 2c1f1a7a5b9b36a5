"""A job can be cancelled at every step of its life; what it had done by then is whole."""

import time

import pytest

from tests.chaos.batches import Batch, draft
from tests.chaos.checks import job_ended_once, nothing_is_left, stopped_well
from tests.chaos.model import Model
from tests.chaos.results import keep, spread
from tests.chaos.size import full_only
from tests.chaos.stack import Stack

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
QUESTIONS = 40
LONG = 400


def cancelled(stack: Stack, batch: Batch, step: str) -> None:
    """Cancel, and see that the job is over soon and stays so."""
    at = time.monotonic()
    stack.tell("cancel", job=batch.job)
    stack.ended(batch.job, 60)
    seconds = time.monotonic() - at
    stopped_well(stack, batch, "cancelled")
    keep(
        f"cancelled {step}: until it is over",
        broker=stack.broker_name,
        times=1,
        recovery=spread([seconds]),
    )


def stays_cancelled(stack: Stack, model: Model, batch: Batch) -> None:
    """Also when messages that were under way have arrived."""
    asked = model.asked([batch.tag])
    assert stack.ended(stack.tell("trial", task="harmless"), 60) == "completed"
    nothing_is_left(stack)
    stopped_well(stack, batch, "cancelled")
    assert model.asked([batch.tag]) == asked


def one(stack: Stack, model: Model, tag: str, questions: int = QUESTIONS) -> Batch:
    return draft(stack, model, tag, [questions])[0]


def test_before_it_is_sent(stack: Stack, model: Model) -> None:
    with stack.without("relay"):
        batch = one(stack, model, "unsent")
        assert stack.job(batch.job)["dispatched_at"] is None
        cancelled(stack, batch, "before it is sent")
    stays_cancelled(stack, model, batch)
    assert not model.asked([batch.tag])


def test_while_its_message_waits_for_a_worker(stack: Stack, model: Model) -> None:
    with stack.without(*stack.batch_workers()):
        batch = one(stack, model, "queued")
        stack.wait(lambda: stack.job(batch.job)["dispatched_at"], 20, "it is sent")
        cancelled(stack, batch, "while its message waits")
    stays_cancelled(stack, model, batch)
    assert not model.asked([batch.tag])


def test_when_it_has_just_been_claimed(stack: Stack, model: Model) -> None:
    with stack.without("relay"):
        batch = one(stack, model, "claimed")
        stack.order_fault(f"after_claim-{batch.job}", "hang 3")
    stack.wait(lambda: stack.holders([batch.job]), 30, "it is claimed")
    cancelled(stack, batch, "just after its claim")
    stays_cancelled(stack, model, batch)


@pytest.mark.parametrize("seconds", [2.0, pytest.param(7.0, marks=full_only)])
def test_during_calls_that_come_home_in_time_or_do_not(
    stack: Stack, model: Model, seconds: float
) -> None:
    with model.taking(seconds):
        batch = one(stack, model, f"call{seconds:.0f}")
        stack.wait(lambda: model.in_flight, 30, "calls are in flight")
        cancelled(stack, batch, f"during calls of {seconds:.0f} s")
    done = stack.job(batch.job)["processed_items"]
    assert done > 0 if seconds < 4 else done == 0
    stays_cancelled(stack, model, batch)


@full_only
def test_while_an_answer_is_recorded(stack: Stack, model: Model) -> None:
    batch, before = one(stack, model, "recording"), len(stack.suffered())
    stack.order_fault("before_commit", "hang 3")
    stack.wait(lambda: len(stack.suffered()) > before, 30, "a commit is held up")
    cancelled(stack, batch, "while an answer is recorded")
    stays_cancelled(stack, model, batch)


def test_between_two_slices(stack: Stack, model: Model) -> None:
    with model.taking(0.3):
        batch = one(stack, model, "slices", LONG)
        stack.wait(lambda: stack.holders([batch.job]), 30, "it has begun")
        with stack.without("relay"):
            stack.wait(lambda: not stack.holders([batch.job]), 60, "its slice is over")
            assert stack.job(batch.job)["status"] == "processing"
            cancelled(stack, batch, "between two slices")
    stays_cancelled(stack, model, batch)


@full_only
def test_after_its_process_was_killed_and_before_another_goes_on(
    stack: Stack, model: Model
) -> None:
    batch, before = one(stack, model, "killed", LONG), len(stack.suffered())
    stack.wait(lambda: stack.holders([batch.job]), 30, "it has begun")
    with stack.without("relay"):
        stack.order_fault("before_call")
        stack.wait(lambda: len(stack.suffered()) > before, 30, "its process is dead")
        stack.wait(lambda: not stack.holders([batch.job]), 30, "that was noticed")
        cancelled(stack, batch, "after its process was killed")
    stays_cancelled(stack, model, batch)


@full_only
def test_just_before_it_completes(stack: Stack, model: Model) -> None:
    """Whoever is first wins; either way it ends once."""
    with stack.without("relay"):
        batch = one(stack, model, "last")
        order = stack.order_fault(f"before_finish-{batch.job}", "hang 3")
    stack.wait(lambda: not order.exists(), 60, "all of its items are done")
    stack.tell("cancel", job=batch.job)
    status = stack.ended(batch.job, 30)
    assert stack.job(batch.job)["successful_items"] == QUESTIONS
    stopped_well(stack, batch, status)
    nothing_is_left(stack)


def test_by_force_when_the_work_never_looks(stack: Stack) -> None:
    job = stack.tell("trial", task="deaf")
    stack.wait(lambda: stack.holders([job]), 30, "it sleeps")
    at = time.monotonic()
    stack.tell("cancel", job=job)
    stack.ended(job, 60)
    seconds = time.monotonic() - at
    job_ended_once(stack, job, "cancelled")
    keep(
        "cancelled by force: until it is over",
        broker=stack.broker_name,
        times=1,
        recovery=spread([seconds]),
    )
