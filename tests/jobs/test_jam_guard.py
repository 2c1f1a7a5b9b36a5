"""A worker that takes jobs but cannot start them is found out, and no other is."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery.worker import state

from jobs.jam_guard import JAMMED_AFTER_SECONDS, JamGuard

LATER = JAMMED_AFTER_SECONDS + 1


class Request:
    """What the guard counts: anything hashable that lives."""


@pytest.fixture
def received() -> Iterator[Any]:
    kept: list[Request] = []

    def receive(count: int, started: int) -> None:
        state.reserved_requests.clear()
        state.active_requests.clear()
        kept[:] = [Request() for _ in range(count)]
        state.reserved_requests.update(kept)
        state.active_requests.update(kept[:started])

    yield receive
    state.reserved_requests.clear()
    state.active_requests.clear()


def test_a_request_that_waits_beside_idle_children_is_a_jam(received: Any) -> None:
    guard = JamGuard(slots=2)
    received(1, started=0)
    assert not guard.jammed(0.0)
    assert guard.jammed(LATER)


def test_a_request_that_waits_for_busy_children_is_no_jam(received: Any) -> None:
    guard = JamGuard(slots=2)
    received(3, started=2)
    assert not guard.jammed(0.0)
    assert not guard.jammed(LATER)


def test_an_idle_worker_is_no_jam(received: Any) -> None:
    guard = JamGuard(slots=2)
    received(0, started=0)
    assert not guard.jammed(0.0)
    assert not guard.jammed(LATER)


def test_the_time_counts_anew_after_a_request_was_started(received: Any) -> None:
    guard = JamGuard(slots=2)
    received(1, started=0)
    guard.jammed(0.0)
    received(1, started=1)
    guard.jammed(LATER)
    received(1, started=0)
    assert not guard.jammed(LATER + 1)
