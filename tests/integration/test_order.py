"""What priorities are worth, on each broker."""

import pytest

from tests.integration import actions
from tests.integration.conftest import Broker
from tests.integration.installation import QUEUE, Installation

pytestmark = [pytest.mark.integration, pytest.mark.slow]
#: Nothing is sent a second time while the worker takes long to start.
ONCE = {"JOBS_REDISPATCH_SECONDS": "60"}
PRIORITIES = [9, 5, 1, 7, 3, 2, 8, 4, 6, 5, 1]


def began_with(installation: Installation, jobs: dict[int, int]) -> list[int]:
    """The priorities of these jobs in the order in which work on them began."""
    return [jobs[int(line[1])] for line in installation.ledger("begin", *jobs)]


def queued(installation: Installation) -> dict[int, int]:
    return {installation.do(actions.enqueue, priority=p): p for p in PRIORITIES}


def sent_one_by_one(installation: Installation) -> dict[int, int]:
    jobs = {}
    for priority in PRIORITIES:
        job = installation.do(actions.enqueue, priority=priority)
        installation.sent(job)
        jobs[job] = priority
    return jobs


@pytest.mark.contract("D6")
def test_jobs_that_wait_in_the_table_are_done_by_priority(
    installation: Installation, broker: Broker
) -> None:
    jobs = queued(installation)
    installation.relay(**ONCE)
    installation.sent(*jobs)
    installation.worker(1)
    installation.done(*jobs)
    assert began_with(installation, jobs) == sorted(PRIORITIES)


@pytest.mark.contract("F30")
def test_rabbitmq_lets_the_urgent_overtake_what_it_has_already(on_rabbitmq: Installation) -> None:
    on_rabbitmq.relay(**ONCE)
    jobs = sent_one_by_one(on_rabbitmq)
    on_rabbitmq.worker(1)
    on_rabbitmq.done(*jobs)
    assert began_with(on_rabbitmq, jobs) == sorted(PRIORITIES)


def test_pgmq_does_what_it_has_already_in_the_order_it_came(on_pgmq: Installation) -> None:
    on_pgmq.relay(**ONCE)
    jobs = sent_one_by_one(on_pgmq)
    on_pgmq.worker(1)
    on_pgmq.done(*jobs)
    assert began_with(on_pgmq, jobs) == PRIORITIES


def test_beyond_the_window_the_table_keeps_the_order_on_either_broker(
    installation: Installation, broker: Broker
) -> None:
    """Two may be with the broker; what comes later and is more urgent waits for those alone."""
    installation.relay(JOBS_BROKER_WINDOW="2", **ONCE)
    jobs = {installation.do(actions.enqueue, priority=9): 9 for _ in range(2)}
    installation.sent(*jobs)
    jobs |= queued(installation)
    assert broker.messages(QUEUE) == 2
    installation.worker(1)
    installation.done(*jobs)
    begun = began_with(installation, jobs)
    assert [p for p in begun if p < 9] == sorted(p for p in PRIORITIES if p < 9)
    assert begun[0] == begun[-1] == 9
