"""After how many requests of the two people each hole of two_users_mutants is noticed; asked for by
`python -m benchmarks.two_users --sabotage`, and no part of the ordinary run of the tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.spelunker.test_two_users import TwoUsers
from tests.spelunker.two_users_mutants import MUTANTS, Mutant

pytestmark = pytest.mark.django_db
#: As many as the tests walk, in the same order.
OF_ONE = 50
FEW, MOST = 200, int(os.environ.get("TWO_USERS_STEPS", "10000"))
ASKED = [name for name in os.environ.get("TWO_USERS_MUTANTS", "").split(",") if name]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.place)
def test_it_is_noticed(mutant: Mutant) -> None:
    if ASKED and not any(name in mutant.place for name in ASKED):
        pytest.skip("not asked for")
    with mutant.at_large():
        few, how = noticed(FEW, derandomize=True)
        many = 0
        if not how:
            many, how = noticed(MOST, derandomize=False)
    when = f"{few} of the test's" if how and not many else f"{many:,}"
    print(f"\n{mutant.place}\t{when if how else 'NOT NOTICED'}\t{how}", flush=True)
    assert how


def noticed(steps: int, *, derandomize: bool) -> tuple[int, str]:
    """After how many requests, and by what; "" if it was not."""
    with counted() as made:
        try:
            run_state_machine_as_test(
                TwoUsers,
                settings=settings(
                    max_examples=max(1, steps // OF_ONE), stateful_step_count=OF_ONE, deadline=None,
                    database=None, derandomize=derandomize, phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
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
