"""Work that does what it must not do ends with a reason, and holds up nobody else."""

import time

import pytest

from tests.chaos.batches import draft
from tests.chaos.checks import first_claim, job_ended_once, survived
from tests.chaos.model import Model
from tests.chaos.results import keep, spread
from tests.chaos.size import FULL, full_only
from tests.chaos.stack import Stack

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


@pytest.mark.parametrize("before_claim", [False, pytest.param(True, marks=full_only)])
def test_work_that_kills_its_process_at_every_start_fails_after_the_third_and_blocks_nobody(
    stack: Stack, model: Model, before_claim: bool
) -> None:
    at = time.monotonic()
    deadly = stack.tell("trial", task="deadly", before_claim=before_claim)
    batches = draft(stack, model, f"beside{int(before_claim)}", [20, 20])
    stack.ended(deadly, 90)
    seconds = time.monotonic() - at
    job = job_ended_once(stack, deadly, "failed")
    assert "died 3 times in a row" in job["last_error"]
    when = "before it is claimed" if before_claim else "after it is claimed"
    words = f"a child that dies at every start, {when}: until the job is given up"
    survived(words, stack, model, batches, [seconds])


def test_a_swallowed_soft_limit_ends_at_the_hard_one_with_its_reason(stack: Stack) -> None:
    job = stack.tell("trial", task="stubborn")
    stack.wait(lambda: stack.holders([job]), 30, "it has begun")
    at = time.monotonic()
    stack.ended(job, 60)
    seconds = time.monotonic() - at
    ended = job_ended_once(stack, job, "failed")
    assert "ran past its hard time limit" in ended["last_error"]
    words = "a swallowed soft limit, 3 s before the hard one: until the job is over"
    keep(words, broker=stack.broker_name, times=1, recovery=spread([seconds]))


@full_only
def test_two_workers_serve_on_while_the_children_of_one_of_them_die_idle(
    stack: Stack, model: Model
) -> None:
    """An idle child may take a lock of its pool along; then its worker has to be replaced."""
    batches, times = [], []
    for number in range(5 if FULL else 1):
        for child in stack.children("batch-1"):
            stack.signal(child)
        at = time.time()
        new = draft(stack, model, f"idle{number}x", [10] * 4)
        stack.wait(lambda new=new: not stack.active([b.job for b in new]), 90, "they are over")  # type: ignore[misc]
        times += [first_claim(stack, batch.job) - at for batch in new]
        batches += new
    survived("idle children killed: until new jobs begin", stack, model, batches, times)
