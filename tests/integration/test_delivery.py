"""From `enqueue` to done, on both brokers: once, in order, in time, whatever is cut off."""

import json
from collections import Counter

import pytest

from tests.integration import actions
from tests.integration.conftest import Broker
from tests.integration.installation import QUEUE, Installation

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def ran_once(installation: Installation, ids: list[int]) -> None:
    """Each was worked on by exactly one attempt, and had its effect exactly once."""
    effects = Counter(int(line[1]) for line in installation.ledger("did", *ids))
    assert effects == Counter(ids)
    attempts = "SELECT count(*), count(DISTINCT job_id) FROM jobs_jobattempt WHERE job_id = ANY(%s)"
    assert installation.driver.query(attempts, ids) == [(len(ids), len(ids))]


@pytest.mark.contract("F21")
def test_a_job_goes_from_the_table_over_the_broker_to_a_worker_and_is_completed_once(
    installation: Installation, broker: Broker
) -> None:
    installation.relay()
    installation.worker()
    job = installation.do(actions.enqueue)
    installation.done(job)
    ran_once(installation, [job])
    assert installation.job(job)["waited_seconds"] < 10
    installation.wait(lambda: broker.messages(QUEUE) == 0, "its message is acknowledged")


def test_a_hundred_jobs_from_threads_at_once_are_each_done_once(
    installation: Installation,
) -> None:
    installation.relay()
    installation.worker()
    ids = installation.do(actions.enqueue_at_once, threads=5, each=20)
    installation.done(*ids, seconds=60)
    assert len(set(ids)) == 100
    ran_once(installation, ids)


@pytest.mark.contract("A33", "E3")
def test_a_message_is_small_json_and_holds_ids_only(
    installation: Installation, broker: Broker
) -> None:
    installation.relay()
    job = installation.do(actions.enqueue)
    installation.sent(job)
    installation.wait(lambda: broker.messages(QUEUE) == 1, "the message is there")
    taken = broker.pop(QUEUE)
    assert taken is not None
    body, properties = taken
    arguments, keywords, _ = json.loads(body)
    assert (arguments, keywords) == ([], {"job_id": job})
    assert len(body) + len(json.dumps(properties, default=str)) < 2048
    assert properties["content_type"] == "application/json"


@pytest.mark.contract("C7")
def test_a_job_for_later_never_starts_too_early(installation: Installation) -> None:
    installation.relay()
    installation.worker()
    job = installation.do(actions.enqueue, later=3)
    installation.done(job)
    due = installation.job(job)["run_after"]
    begun = float(installation.ledger("begin", job)[0][2])
    assert due.timestamp() <= begun < due.timestamp() + 10


@pytest.mark.contract("F32")
def test_several_relays_side_by_side_send_each_job_to_be_done_once(
    installation: Installation,
) -> None:
    relays = [installation.relay() for _ in range(3)]
    installation.worker()
    ids = installation.do(actions.enqueue_at_once, threads=4, each=15)
    installation.done(*ids, seconds=60)
    ran_once(installation, ids)
    for relay in relays:
        assert relay.lives
        # On PGMQ two that come at once may be in each other's way: every connection makes the
        # trigger of its queue anew. One of them is refused by the database, and tries again.
        assert "Traceback" not in relay.said or "deadlock detected" in relay.said, relay.said


@pytest.mark.contract("F2", "F32")
def test_messages_that_come_several_times_find_the_work_done(
    installation: Installation, broker: Broker
) -> None:
    relay = installation.relay()
    job = installation.do(actions.enqueue)
    for copies in (1, 2, 3):
        installation.wait(lambda n=copies: broker.messages(QUEUE) == n, f"{copies} copies")
        installation.do(actions.resend, job_id=job, times=1)
    installation.end(relay)
    installation.worker()
    installation.done(job)
    installation.wait(lambda: broker.messages(QUEUE) == 0, "all copies are taken")
    ran_once(installation, [job])


@pytest.mark.contract("C1")
def test_a_wiped_broker_gets_its_queues_and_its_jobs_again(
    installation: Installation, broker: Broker
) -> None:
    installation.relay()
    ids = [installation.do(actions.enqueue) for _ in range(10)]
    installation.sent(*ids)
    broker.wipe()
    broker.start()
    said = installation.do(actions.command, name="requeue_jobs", arguments=["--commit"])
    assert "jobs will be sent again" in said
    installation.worker()
    installation.done(*ids)
    ran_once(installation, ids)


def test_without_anybody_looking_a_wiped_broker_is_filled_again(
    installation: Installation, broker: Broker
) -> None:
    installation.relay()
    worker = installation.worker()
    worker.supervised = True  # without its table, a worker on PGMQ ends
    first = installation.do(actions.enqueue)
    installation.done(first)
    broker.wipe()
    broker.start()
    ids = [installation.do(actions.enqueue) for _ in range(5)]
    installation.done(*ids, seconds=60)
    ran_once(installation, ids)


@pytest.mark.contract("C9", "F32")
def test_inline_and_with_workers_leave_the_same_rows(installation: Installation) -> None:
    installation.relay()
    installation.worker()
    work = {"task": "batch", "count": 4, "bad": 3, "by": "alice"}
    inline = installation.do(actions.enqueue, eager=True, **work)
    sent = installation.do(actions.enqueue, **work)
    # The last lines of a log are written a moment after the end.
    installation.wait(lambda: installation.do(actions.rows, job_id=sent)["log"], "it ends")
    inline_rows = installation.do(actions.rows, job_id=inline)
    assert installation.do(actions.rows, job_id=sent) == inline_rows
