"""A thousand questions under a hundred kills: every one ends answered, once."""

import random
import time
from pathlib import Path

import pytest

from tests.chaos.batches import draft
from tests.chaos.checks import all_is_well, nothing_is_left
from tests.chaos.fire import Fire, Recovery
from tests.chaos.model import Model
from tests.chaos.results import Progress, keep, spread
from tests.chaos.size import FULL, SEEDS, full_only
from tests.chaos.stack import Stack
from tests.servers.rabbitmq import RabbitMQ

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
#: Questions of each RFP, kills of children, kills of whole workers.
SIZE = ([250] * 4, 80, 20) if FULL else ([30] * 3, 4, 1)
AFTER_LEASE = 30


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.contract("F1", "A8")
def test_nothing_is_lost_or_doubled_under_a_rain_of_kills_on_rabbitmq(
    own_rabbitmq: RabbitMQ, model: Model, progress: Progress, tmp_path: Path, seed: int
) -> None:
    with Stack(tmp_path / "stack", own_rabbitmq) as stack:
        under_fire(stack, model, progress, seed)


@full_only
@pytest.mark.parametrize("seed", SEEDS[:1])
@pytest.mark.contract("F1", "A8")
def test_nothing_is_lost_or_doubled_under_a_rain_of_kills_on_the_embedded_broker(
    model: Model, progress: Progress, tmp_path: Path, seed: int
) -> None:
    with Stack(tmp_path) as stack:
        under_fire(stack, model, progress, seed)


def under_fire(stack: Stack, model: Model, progress: Progress, seed: int) -> None:
    sizes, children, workers = SIZE
    start = time.monotonic()
    batches = draft(stack, model, f"{seed}-", sizes)
    jobs, questions = [batch.job for batch in batches], sum(sizes)
    fire = Fire(stack, model, jobs, questions, random.Random(seed), progress)
    fire.rain(children, workers)
    stack.wait(lambda: not stack.active(jobs), stack.lease + 60, "the batches are over")
    seconds = time.monotonic() - start
    found = all_is_well(stack, model, batches)
    nothing_is_left(stack)
    assert fire.asked_again_though_kept() == []
    recoveries = fire.recoveries()
    times = [r.recorded for r in recoveries]
    taken_up = [r.taken_up for r in recoveries if r.taken_up is not None]
    keep(
        "rain of kills", broker=stack.broker_name, seed=seed, questions=questions,
        kills=fire.counted(), lost=found.lost, doubled=found.doubled,
        extra_calls=found.extra_calls, in_flight_at_kills=found.in_flight_at_kills,
        replies_kept_at_kills=len(fire.kept), asked_again=len(fire.asked_again_though_kept()),
        recovery=spread(times), taken_up=spread(taken_up), by_kind=by_kind(recoveries),
        seconds=round(seconds), lease=stack.lease,
    )  # fmt: skip
    assert len(fire.kills) == children + workers
    assert max(times) < stack.lease + AFTER_LEASE


def by_kind(recoveries: list[Recovery]) -> dict[str, list[float]]:
    """The seconds until the next item was recorded, by what was killed."""
    found: dict[str, list[float]] = {}
    for recovery in recoveries:
        found.setdefault(recovery.kind, []).append(round(recovery.recorded, 2))
    return found
