"""RabbitMQ dies, blocks, falls silent or cuts connections: work waits, and then is done once."""

from collections.abc import Iterator

import amqp
import pytest

from tests.integration import actions
from tests.integration.installation import QUEUE, Installation
from tests.integration.test_delivery import ran_once
from tests.servers.proxy import BASIC_ACK, Proxy
from tests.servers.rabbitmq import VHOST, RabbitMQ

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture
def proxy(node: RabbitMQ) -> Iterator[Proxy]:
    with Proxy(node.port).running() as running:
        yield running


@pytest.mark.contract("F30")
def test_the_queues_are_classic_durable_and_know_priorities_and_publishing_is_confirmed(
    on_rabbitmq: Installation, node: RabbitMQ
) -> None:
    relay = on_rabbitmq.relay()
    job = on_rabbitmq.do(actions.enqueue)
    on_rabbitmq.sent(job)
    columns = ("-p", VHOST, "list_queues", "name", "durable", "type", "arguments")
    queues = dict(line.split(None, 1) for line in node.ctl(*columns).splitlines())
    assert queues[QUEUE].split() == ["true", "classic", '[{"x-max-priority",9}]']
    assert node.ctl("list_channels", "confirm").splitlines()[1:] == ["true"]
    assert relay.lives


@pytest.mark.contract("F21")
def test_while_rabbitmq_is_dead_work_is_accepted_and_says_why_it_waits(
    on_rabbitmq: Installation, node: RabbitMQ
) -> None:
    relay, worker = on_rabbitmq.relay(), on_rabbitmq.worker()
    inside = [on_rabbitmq.do(actions.enqueue, later=1) for _ in range(3)]
    node.kill()
    job = on_rabbitmq.do(actions.enqueue)
    on_rabbitmq.driver.query(
        "UPDATE jobs_job SET created_at = created_at - interval '1 minute',"
        " ready_at = ready_at - interval '1 minute' WHERE id = %s",
        job,
    )
    assert "workers unreachable since" in on_rabbitmq.do(actions.sentence, job_id=job)
    on_rabbitmq.wait(lambda: "relay: " in relay.said, "the relay has noticed")
    node.start()
    on_rabbitmq.done(job, *inside, seconds=60)
    ran_once(on_rabbitmq, [job, *inside])
    assert relay.lives and worker.lives


@pytest.mark.contract("C1")
def test_messages_in_a_killed_rabbitmq_are_all_done_when_it_is_back(
    on_rabbitmq: Installation, node: RabbitMQ
) -> None:
    on_rabbitmq.relay()
    ids = on_rabbitmq.do(actions.enqueue_at_once, threads=4, each=10)
    on_rabbitmq.sent(*ids)
    node.kill()
    node.start()
    on_rabbitmq.worker()
    on_rabbitmq.done(*ids, seconds=60)
    ran_once(on_rabbitmq, ids)


def test_a_queue_that_somebody_deletes_is_made_anew_and_its_jobs_are_done(
    on_rabbitmq: Installation, node: RabbitMQ
) -> None:
    on_rabbitmq.relay()
    ids = [on_rabbitmq.do(actions.enqueue) for _ in range(3)]
    on_rabbitmq.sent(*ids)
    node.ctl("-p", VHOST, "delete_queue", QUEUE)
    on_rabbitmq.worker()
    on_rabbitmq.done(*ids)
    node.ctl("-p", VHOST, "delete_queue", QUEUE)
    ids.append(on_rabbitmq.do(actions.enqueue))
    on_rabbitmq.done(*ids)
    ran_once(on_rabbitmq, ids)


@pytest.mark.contract("F21")
def test_in_a_memory_alarm_work_is_accepted_and_goes_out_when_it_is_over(
    on_rabbitmq: Installation, node: RabbitMQ
) -> None:
    relay = on_rabbitmq.relay()
    relay.supervised = True
    on_rabbitmq.worker()
    first = on_rabbitmq.do(actions.enqueue)
    on_rabbitmq.done(first)
    node.alarm(True)
    ids = [on_rabbitmq.do(actions.enqueue) for _ in range(3)]
    on_rabbitmq.wait(lambda: "relay: " in relay.said or "held" in relay.said, "it notices", 60)
    assert on_rabbitmq.statuses(ids) == {"pending": 3}
    node.alarm(False)
    on_rabbitmq.done(*ids, seconds=60)
    ran_once(on_rabbitmq, ids)


def test_a_rabbitmq_that_takes_connections_and_never_answers_holds_nobody_for_long(
    on_rabbitmq: Installation, proxy: Proxy, node: RabbitMQ
) -> None:
    proxy.black_hole()
    through = node.url_at(proxy.port)
    relay = on_rabbitmq.relay(CELERY_BROKER_URL=through)
    on_rabbitmq.worker()
    job = on_rabbitmq.do(actions.enqueue)
    on_rabbitmq.wait(lambda: proxy.connections >= 3, "the relay gives up and tries again", 40)
    assert relay.lives and "relay: " in relay.said
    assert on_rabbitmq.job(job)["status"] == "pending"
    proxy.restore()
    on_rabbitmq.done(job)
    ran_once(on_rabbitmq, [job])


def test_a_connection_that_falls_silent_under_the_relay_is_given_up(
    on_rabbitmq: Installation, proxy: Proxy, node: RabbitMQ
) -> None:
    relay = on_rabbitmq.relay(CELERY_BROKER_URL=node.url_at(proxy.port))
    on_rabbitmq.worker()
    first = on_rabbitmq.do(actions.enqueue)
    on_rabbitmq.done(first)
    proxy.black_hole()
    job = on_rabbitmq.do(actions.enqueue)
    on_rabbitmq.wait(lambda: "relay: " in relay.said, "the relay gives up", 40)
    proxy.restore()
    on_rabbitmq.done(job)
    ran_once(on_rabbitmq, [first, job])


def test_a_worker_consumes_again_after_each_cut(
    on_rabbitmq: Installation, proxy: Proxy, node: RabbitMQ
) -> None:
    on_rabbitmq.broker_url = node.url_at(proxy.port)
    relay, worker = on_rabbitmq.relay(), on_rabbitmq.worker()
    for _ in range(3):
        proxy.cut()
        job = on_rabbitmq.do(actions.enqueue)
        on_rabbitmq.done(job)
        ran_once(on_rabbitmq, [job])
    assert relay.lives and worker.lives


@pytest.mark.contract("F2")
def test_a_connection_cut_between_the_work_and_its_acknowledgement_repeats_nothing(
    on_rabbitmq: Installation, proxy: Proxy, node: RabbitMQ
) -> None:
    on_rabbitmq.relay()
    worker = on_rabbitmq.worker(CELERY_BROKER_URL=node.url_at(proxy.port))
    proxy.cut_at(BASIC_ACK)
    job = on_rabbitmq.do(actions.enqueue)
    on_rabbitmq.done(job)
    on_rabbitmq.wait(lambda: worker.said.count("succeeded in") == 2, "it was delivered again")
    on_rabbitmq.wait(lambda: node.messages(QUEUE) == 0, "and acknowledged")
    assert proxy.cuts == 1
    ran_once(on_rabbitmq, [job])


@pytest.fixture
def impatient(node: RabbitMQ) -> Iterator[float]:
    """The node takes a consumer for dead that has not acknowledged for so many seconds."""
    node.ctl("eval", "application:set_env(rabbit, consumer_timeout, 2500).")
    yield 2.5
    node.ctl("eval", "application:unset_env(rabbit, consumer_timeout).")


@pytest.mark.contract("F2")
def test_a_batch_longer_than_the_consumer_timeout_never_meets_it(
    on_rabbitmq: Installation, node: RabbitMQ, impatient: float
) -> None:
    on_rabbitmq.relay()
    worker = on_rabbitmq.worker(JOBS_SLICE_SECONDS="1")
    job = on_rabbitmq.do(actions.enqueue, task="batch", count=15, seconds=0.3)
    on_rabbitmq.done(job)
    row = on_rabbitmq.job(job)
    assert (row["completed_at"] - row["started_at"]).total_seconds() > impatient
    assert row["attempt"] > 2 and row["crashes"] == 0
    assert worker.lives and "PRECONDITION_FAILED" not in worker.said
    assert len(on_rabbitmq.ledger("item", job)) == 15


def test_the_consumer_timeout_of_these_tests_does_bite(
    on_rabbitmq: Installation, node: RabbitMQ, impatient: float
) -> None:
    on_rabbitmq.relay()
    on_rabbitmq.sent(on_rabbitmq.do(actions.enqueue))
    with node.connect() as consumer:
        consumer.channel().basic_consume(QUEUE, callback=lambda message: None)
        with pytest.raises(amqp.PreconditionFailed, match="delivery acknowledgement"):
            while True:
                consumer.drain_events(timeout=15)
