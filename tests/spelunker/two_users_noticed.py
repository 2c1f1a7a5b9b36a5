"""Whether each hole of two_users_mutants is noticed, and after how many requests; asked for by
`python -m benchmarks.two_users --sabotage`, and no part of the ordinary run of the tests.

First by the requests of a tour that ask the check which is taken out, in several states of what is
shared; where these see nothing, by as many steps of the two people as are asked for.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.spelunker.test_two_users import OF_ONE, TwoUsers
from tests.spelunker.two_users_mutants import MUTANTS, Mutant
from tests.spelunker.two_users_tour import STATES, Tour, toured

pytestmark = pytest.mark.django_db
MOST_OF_A_TOUR = 300
STEPS = int(os.environ.get("TWO_USERS_STEPS", "10000"))
ASKED = [name for name in os.environ.get("TWO_USERS_MUTANTS", "").split(",") if name]


def test_every_hole_is_noticed() -> None:
    holes = [one for one in MUTANTS if not ASKED or any(name in one.place for name in ASKED)]
    alarms: list[str] = []
    with toured() as tour:
        for state in STATES:
            holes = _left(tour, state, holes, alarms)
    left = [hole for hole in holes if not _seen_on_a_walk(hole)]
    assert not left, [hole.place for hole in left]
    assert not alarms, "with all checks in place"


def _left(tour: Tour, state: str, holes: list[Mutant], alarms: list[str]) -> list[Mutant]:
    """The holes that a tour in this state does not notice."""
    tour.begin(state)
    for alarm in tour.look_around(holes):
        print(f"ALARM\t{alarm}", flush=True)
        alarms.append(alarm)
    made = sum(map(len, tour.reached.values()))
    print(f"\n{state}: {len(tour.requests()):,} requests, {made:,} ask a check", flush=True)
    return [hole for hole in holes if not _seen_on_a_tour(tour, hole)]


def _seen_on_a_tour(tour: Tour, hole: Mutant) -> bool:
    made, how = tour.notices(hole, MOST_OF_A_TOUR)
    if how:
        print(f"{hole.place}\t{made}\t{how}", flush=True)
    return bool(how)


def _seen_on_a_walk(hole: Mutant) -> bool:
    with hole.at_large():
        made, how = _walked(STEPS)
    print(f"{hole.place}\t{made:,} of a walk\t{how or 'NOT NOTICED'}", flush=True)
    return bool(how)


def _walked(steps: int) -> tuple[int, str]:
    """Requests until something was noticed, and what; "" if nothing was."""
    with counted() as made:
        try:
            run_state_machine_as_test(
                TwoUsers,
                settings=settings(
                    max_examples=max(1, steps // OF_ONE), stateful_step_count=OF_ONE, deadline=None,
                    database=None, phases=[Phase.generate], report_multiple_bugs=False,
                    suppress_health_check=list(HealthCheck),
                ),
            )  # fmt: skip
        except AssertionError as error:
            return made[0], str(error).split("\n")[0][:200]
    return made[0], ""


@contextmanager
def counted() -> Iterator[list[int]]:
    """Requests until the first that was noticed; hypothesis walks that way again afterwards."""
    made, over = [0], [False]
    right = TwoUsers.teardown

    def teardown(self: TwoUsers) -> None:
        made[0] += 0 if over[0] else self.world.steps
        over[0] = over[0] or self.world.noticed
        right(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TwoUsers, "teardown", teardown)
        yield made
