"""Any order of starts, ends, crashes, cancels and expiries in a line of serial jobs keeps the
promises: never two at a time, and nobody waits for ever."""

import uuid
from datetime import timedelta

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

from jobs import sweep, transitions
from jobs.errors import LeaseLost
from jobs.models import FINAL, Job, Status
from tests.jobs.engine import queued

priorities = st.integers(1, 9)


class Line(RuleBasedStateMachine):
    """Up to five jobs of one key, and the workers that believe to have one."""

    @initialize()
    def begin(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.key = uuid.uuid4().hex
        self.held: list[transitions.Claim] = []
        self.jobs: list[int] = []

    def teardown(self) -> None:
        if not hasattr(self, "block"):
            return
        try:
            self.everybody_gets_through_when_the_world_is_calm()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def everybody_gets_through_when_the_world_is_calm(self) -> None:
        self.leases_run_out()
        for _ in range(2 * len(self.jobs) + 1):
            self.sweep()
            self.publish()
            sent = Job.objects.sent_and_unclaimed().filter(serial_key=self.key)
            for pk in sent.values_list("pk", flat=True):
                held = transitions.claim(pk, worker="calm")
                if held is not None:
                    transitions.finish(held, Status.COMPLETED)
        left = Job.objects.filter(serial_key=self.key).exclude(status__in=FINAL)
        assert not left.exists(), list(left.values())

    @precondition(lambda self: len(self.jobs) < 5)
    @rule(priority=priorities, late=st.booleans())
    def join(self, priority: int, late: bool) -> None:
        expires = timezone.now() - timedelta(seconds=1) if late else None
        job = queued(title="l", serial_key=self.key, priority=priority, expires_at=expires)
        self.jobs.append(job.pk)

    @rule()
    def publish(self) -> None:
        """The relay sends who is due. Its messages may lie about for as long as they like."""
        due = Job.objects.due().filter(serial_key=self.key)
        due.update(dispatched_at=timezone.now())

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        held = transitions.claim(data.draw(st.sampled_from(self.jobs)), worker="w")
        if held is not None:
            self.held.append(held)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), status=st.sampled_from(FINAL))
    def end(self, data: st.DataObject, status: Status) -> None:
        held = data.draw(st.sampled_from(self.held))
        self.held.remove(held)
        try:
            with transaction.atomic():
                transitions.finish(held, status)
        except LeaseLost:
            pass

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def end_the_slice(self, data: st.DataObject) -> None:
        held = data.draw(st.sampled_from(self.held))
        self.held.remove(held)
        try:
            with transaction.atomic():
                transitions.release(held, outcome="slice over")
        except LeaseLost:
            pass

    @precondition(lambda self: self.held)
    @rule(data=st.data(), seen=st.booleans())
    def kill(self, data: st.DataObject, seen: bool) -> None:
        held = data.draw(st.sampled_from(self.held))
        self.held.remove(held)
        if seen:
            transitions.worker_lost(held.job_id, held.token, reason="killed")

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        transitions.request_cancel(Job.objects.get(pk=data.draw(st.sampled_from(self.jobs))))

    @rule()
    def leases_run_out(self) -> None:
        Job.objects.filter(serial_key=self.key).exclude(lease_token=None).update(
            lease_expires_at=timezone.now() - timedelta(seconds=1)
        )

    @rule()
    def sweep(self) -> None:
        sweep.sweep()

    @invariant()
    def never_two_at_a_time(self) -> None:
        if hasattr(self, "key"):
            running = Job.objects.filter(serial_key=self.key, status=Status.PROCESSING)
            assert running.count() <= 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_line_keeps_its_promises_through_any_life(settings: object) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False  # type: ignore[attr-defined]
    run_state_machine_as_test(
        Line,
        settings=hypothesis_settings(
            max_examples=24, stateful_step_count=25, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
