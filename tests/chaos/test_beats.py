"""Periodic work starts once a turn, whether two schedulers run, or none for a while."""

import itertools
import random
import time
from collections.abc import Iterator

import pytest

from tests.chaos.batches import draft
from tests.chaos.checks import nothing_is_left, survived
from tests.chaos.fire import recovered
from tests.chaos.model import Model
from tests.chaos.results import Progress, keep, spread
from tests.chaos.size import FULL, SEEDS, full_only
from tests.chaos.stack import Stack

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
EVERY = 2.0
TURNS = 20 if FULL else 4
BEATS = ("beat-1", "beat-2")


@pytest.fixture
def schedule(stack: Stack) -> Iterator[int]:
    """A periodic task that is due every two seconds."""
    row = stack.tell("every", seconds=int(EVERY), task="trials.harmless")
    yield row
    stack.tell("never_again", row=row)


def started(stack: Stack, schedule: int) -> list[float]:
    """When the schedule's jobs were made, as seconds of the epoch."""
    rows = stack.query(
        "SELECT extract(epoch FROM created_at)::float FROM jobs_job"
        " WHERE (kwargs->>'schedule')::int = %s ORDER BY created_at", schedule,
    )  # fmt: skip
    return [at for (at,) in rows]


def assert_each_ran_once(stack: Stack, schedule: int) -> None:
    nothing_is_left(stack)
    rows = stack.query(
        "SELECT DISTINCT status, attempt FROM jobs_job WHERE (kwargs->>'schedule')::int = %s",
        schedule,
    )  # fmt: skip
    assert rows == [("completed", 1)]


def test_two_beats_of_which_one_is_killed_now_and_then_start_each_turn_once(
    stack: Stack, schedule: int, progress: Progress
) -> None:
    chance, kills = random.Random(SEEDS[0]), []
    for name in BEATS:
        stack.tell("start", name=name)
    try:
        stack.wait(lambda: started(stack, schedule), 60, "the first turn")
        while (turns := len(started(stack, schedule))) < TURNS:
            progress.line(f"{turns} of {TURNS} turns, {len(kills)} kills")
            if chance.random() < 0.5 and stack.signal(stack.service("beat")):
                kills.append(time.time())
            time.sleep(chance.uniform(1, 4))
    finally:
        for name in BEATS:
            stack.tell("stop", name=name)
    moments = started(stack, schedule)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert min(gaps) > EVERY / 2, f"a turn was started twice: {gaps}"
    assert_each_ran_once(stack, schedule)
    later = [[m - kill for m in moments if m > kill] for kill in kills]
    after = [min(waits) for waits in later if waits]
    keep(
        "two beats, one killed now and then", broker=stack.broker_name, times=len(kills),
        turns=len(moments), doubled=0, recovery=spread(after), lease=stack.lease,
    )  # fmt: skip


@full_only
def test_without_any_beat_batches_go_on_and_what_was_missed_is_made_up_for_once(
    stack: Stack, model: Model, schedule: int
) -> None:
    batches = draft(stack, model, "nobeat", [40, 40])
    jobs = [batch.job for batch in batches]
    stack.wait(lambda: stack.holders(jobs), 60, "it has begun")
    hit, at = next(iter(stack.holders(jobs).values())), time.time()
    for name in stack.batch_workers():
        stack.signal(stack.worker(name))
    stack.wait(lambda: not stack.active(jobs), 90, "the batches are over")
    times = [recovered(stack, hit, at)]
    survived("no beat at all, all batch workers killed", stack, model, batches, times)
    time.sleep(max(0.0, at + 3 * EVERY - time.time()))
    assert not started(stack, schedule)
    stack.tell("start", name="beat-1")
    try:
        stack.wait(lambda: len(started(stack, schedule)) >= 2, 60, "two turns")
    finally:
        stack.tell("stop", name="beat-1")
    moments = started(stack, schedule)
    assert moments[1] - moments[0] > EVERY / 2, "missed turns were made up for more than once"
    assert_each_ran_once(stack, schedule)
