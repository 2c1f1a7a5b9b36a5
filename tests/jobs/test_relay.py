"""The relay turns due rows into messages, once each, whatever one row or the broker does."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from jobs import transitions
from jobs.models import Job, Status
from jobs.queues import QUEUES, kombu_queues
from jobs.relay import Relay
from tests.jobs.engine import at_once, fresh, queued

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def app_with(broker: str) -> Celery:
    app = Celery(set_as_current=False, broker=broker)
    app.conf.task_queues = kombu_queues()
    app.conf.task_create_missing_queues = False
    app.conf.task_ignore_result = True
    app.conf.broker_connection_timeout = 1
    return app


@pytest.fixture
def broker() -> Iterator[Celery]:
    """A broker in this process's memory, empty."""
    app = app_with("memory://")
    with app.connection_for_write() as link:
        for queue in kombu_queues():
            queue.bind(link.default_channel).declare()
            queue.bind(link.default_channel).purge()
    yield app


@pytest.fixture
def relay(broker: Celery) -> Iterator[Relay]:
    relay = Relay(broker)
    yield relay
    relay._forget_connections()


def messages(broker: Celery, queue: str = "default") -> list[Any]:
    """What is in a queue, in order; the queue is empty then."""
    found = []
    with broker.connection_for_read() as link:
        simple = link.SimpleQueue(next(q for q in kombu_queues() if q.name == queue))
        while simple.qsize():
            found.append(simple.get_nowait())
    return found


def ids(found: list[Any]) -> list[int]:
    return [message.payload[1]["job_id"] for message in found]


@pytest.mark.contract("F14", "F30")
def test_a_due_job_becomes_one_message_with_its_id_and_priority(
    relay: Relay, broker: Celery
) -> None:
    job = queued(priority=2)
    assert relay.publish_due() == 1 and relay.publish_due() == 0
    (message,) = messages(broker)
    assert message.headers["id"] == job.celery_task_id
    assert message.headers["task"] == "jobs.testing_probe"
    assert message.payload[0] == [] and message.payload[1] == {"job_id": job.pk}
    assert message.properties["priority"] == 7  # AMQP counts the other way round
    assert fresh(job).dispatched_at is not None and fresh(job).status == Status.PENDING


@pytest.mark.contract("C7")
def test_what_waits_for_its_time_its_forerunner_or_its_end_is_not_sent(relay: Relay) -> None:
    later = queued(run_after=timezone.now() + timedelta(hours=1))
    first = queued()
    queued(depends_on=first)
    stopped = queued()
    Job.objects.filter(pk=stopped.pk).update(cancel_requested_at=timezone.now())
    assert relay.publish_due() == 1
    assert fresh(first).dispatched_at and not fresh(later).dispatched_at


@pytest.mark.contract("D6")
def test_urgent_jobs_go_first(relay: Relay, broker: Celery) -> None:
    calm, urgent, normal = queued(priority=9), queued(priority=1), queued()
    relay.publish_due()
    # The broker of this test sorts too, so look at the order of sending.
    sent = Job.objects.order_by("dispatched_at").values_list("pk", flat=True)
    assert list(sent) == [urgent.pk, normal.pk, calm.pk]


def test_only_so_many_wait_with_the_broker_and_an_urgent_one_still_overtakes(
    relay: Relay, settings: Any
) -> None:
    settings.JOBS_BROKER_WINDOW = 2
    first, _, third = queued(), queued(), queued()
    assert relay.publish_due() == 2 and relay.publish_due() == 0
    urgent = queued(priority=1)
    assert transitions.claim(first.pk, worker="w")
    assert relay.publish_due() == 1
    assert fresh(urgent).dispatched_at and not fresh(third).dispatched_at


def test_a_full_queue_does_not_hold_up_another(relay: Relay, settings: Any) -> None:
    settings.JOBS_BROKER_WINDOW = 1
    queued()
    other = queued()
    Job.objects.filter(pk=other.pk).update(queue="batch")
    assert relay.publish_due() == 2


@pytest.mark.parametrize("fault", [{"queue": "nowhere"}, {"kwargs": {"x": "y" * 5000}}])
def test_a_job_that_can_never_be_sent_fails_and_does_not_block_the_rest(
    relay: Relay, broker: Celery, fault: dict[str, Any]
) -> None:
    bad, good = queued(), queued()
    Job.objects.filter(pk=bad.pk).update(**fault)
    relay.step()
    assert fresh(bad).status == Status.FAILED
    assert "could not be sent to a worker" in fresh(bad).last_error
    assert ids(messages(broker)) == [good.pk]


def test_two_relays_at_once_send_each_job_once(broker: Celery) -> None:
    jobs = [queued().pk for _ in range(12)]
    relays = [Relay(broker), Relay(broker)]
    at_once(*[relay.publish_due for relay in relays])
    while relays[0].publish_due():
        pass
    assert sorted(ids(messages(broker))) == jobs
    for relay in relays:
        relay._forget_connections()


def test_a_job_that_a_worker_took_meanwhile_is_not_marked_as_waiting(relay: Relay) -> None:
    """The message is out before the row says so; a fast worker may be through by then."""
    job = queued()
    seen = fresh(job)
    held = transitions.claim(job.pk, worker="w")
    assert held is not None
    transitions.release(held, outcome="slice over")
    relay._publish_or_refuse(seen)
    assert fresh(job).dispatched_at is None, "the next slice must still be sent"


@pytest.mark.contract("F21")
def test_a_broker_that_is_away_leaves_the_jobs_in_line_and_the_sweep_at_work() -> None:
    relay = Relay(app_with("amqp://127.0.0.1:1//"))
    job, dead = queued(), queued()
    assert transitions.claim(dead.pk, worker="w")
    Job.objects.filter(pk=dead.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(OSError):
        relay.step()
    assert fresh(job).dispatched_at is None and fresh(job).status == Status.PENDING
    assert fresh(dead).lease_token is None and fresh(dead).crashes == 1
    relay._forget_connections()


@pytest.mark.contract("F21")
def test_a_broker_that_never_answers_holds_up_nobody_who_cancels() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        relay = Relay(app_with(f"amqp://127.0.0.1:{hole.getsockname()[1]}//"))
        job = queued()

        def publish() -> None:
            with pytest.raises(OSError):
                relay.publish_due()
            relay._forget_connections()
            connection.close()

        stuck = threading.Thread(target=publish)
        stuck.start()
        hole.accept()  # the relay is connected now and waits for a greeting
        transitions.request_cancel(job)
        assert fresh(job).status == Status.CANCELLED and stuck.is_alive()
        stuck.join(timeout=30)
        assert not stuck.is_alive()


def test_the_relay_finds_its_way_back_after_its_session_was_killed(
    relay: Relay, broker: Celery
) -> None:
    relay._next_sweep = time.monotonic() + 60
    pid = relay._listen().info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    job = queued()
    runner = threading.Thread(target=lambda: (relay.run(), connection.close()))
    runner.start()
    deadline = time.monotonic() + 10
    while not fresh(job).dispatched_at and time.monotonic() < deadline:
        time.sleep(0.05)
    relay.stopping = True
    runner.join(timeout=30)
    assert ids(messages(broker)) == [job.pk]


def test_every_queue_of_the_registry_can_be_published_to(relay: Relay, broker: Celery) -> None:
    for name in QUEUES:
        Job.objects.filter(pk=queued().pk).update(queue=name, celery_task_id=str(uuid4()))
    relay.publish_due()
    assert all(len(messages(broker, name)) == 1 for name in QUEUES)
