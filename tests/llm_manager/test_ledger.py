"""Spending keeps within every budget it counts for, whoever spends at the same time."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from jobs.models import Job, Status
from llm_manager.control import books, ledger
from llm_manager.control.books import Prices
from llm_manager.control.ledger import Booking, Ended, Short
from llm_manager.errors import BudgetSpent
from llm_manager.models import Budget, BudgetAccount, BudgetStop, Estimate, LLMApi, LLMModel
from llm_manager.models import LLMUsage as Usage
from llm_manager.providers.base import Spent

pytestmark = pytest.mark.django_db
ZONE = "UTC"
#: A million tokens cost a dollar, in and out.
PRICES = Prices(Decimal(1), Decimal(1))


@pytest.fixture
def model() -> LLMModel:
    api = LLMApi.objects.create(name="Gateway", kind="openai")
    return LLMModel.objects.create(api=api, model_id="small-chat", kind="chat")


def enter(model: LLMModel, dollars: str, booking: Booking | None = None) -> int | Short:
    return ledger.enter(model.pk, booking or Booking("test"), 100, Decimal(dollars), zone=ZONE)


def spend(model: LLMModel, dollars: str, booking: Booking | None = None) -> None:
    entry = enter(model, dollars, booking)
    assert isinstance(entry, int), entry
    ledger.close(entry, Ended("ok", 5, Decimal(dollars)), zone=ZONE)


def budget(limit: float, **values: Any) -> Budget:
    return Budget.objects.create(**{"name": f"B{Budget.objects.count()}"} | values, limit=limit)


def account(of: Budget) -> tuple[Decimal, Decimal]:
    found = BudgetAccount.objects.get(budget=of)
    return found.spent, found.held


def test_a_call_is_held_at_its_most_while_it_lasts_and_then_costs_what_it_costs(
    model: LLMModel,
) -> None:
    whole = budget(10)
    entry = enter(model, "4")
    assert isinstance(entry, int)
    assert account(whole) == (0, 4)
    ledger.close(entry, Ended("ok", 7, Decimal("1.5"), 10, 20, 5), zone=ZONE)
    assert account(whole) == (Decimal("1.5"), 0)
    row = Usage.objects.get()
    assert (row.outcome, row.cost, row.input_tokens, row.output_tokens) == ("ok", 1.5, 10, 20)


def test_an_entry_is_closed_once(model: LLMModel) -> None:
    whole = budget(10)
    entry = enter(model, "4")
    assert isinstance(entry, int)
    for cost in ("1", "3"):
        ledger.close(entry, Ended("ok", 7, Decimal(cost)), zone=ZONE)
    assert account(whole) == (1, 0)


def test_what_calls_under_way_hold_is_waited_for_and_what_is_spent_is_not(model: LLMModel) -> None:
    budget(10)
    entry = enter(model, "6")
    assert isinstance(entry, int)
    short = enter(model, "6")
    assert isinstance(short, Short) and not short.for_good
    ledger.close(entry, Ended("ok", 7, Decimal(5)), zone=ZONE)
    short = enter(model, "6")
    assert isinstance(short, Short) and short.for_good
    spend(model, "5")


def test_a_budget_knows_what_was_spent_before_it_was_made(model: LLMModel) -> None:
    spend(model, "3")
    under_way = enter(model, "2")
    assert isinstance(under_way, int)
    whole = budget(10)
    spend(model, "1")
    assert account(whole) == (4, 2)
    ledger.close(under_way, Ended("ok", 1, Decimal("0.5")), zone=ZONE)
    assert account(whole) == (Decimal("4.5"), 0)


def test_a_month_begins_with_nothing_spent_and_a_budget_in_all_goes_on(model: LLMModel) -> None:
    before = timezone.now() - timedelta(days=32)
    row = Usage.objects.create(model=model, purpose="x", cost=9)
    Usage.objects.filter(pk=row.pk).update(created_at=before)
    monthly, total = budget(10), budget(20, period="total")
    spend(model, "5")
    assert account(monthly) == (5, 0) and account(total) == (14, 0)


def test_a_budget_counts_the_calls_of_its_person_and_its_subject(
    model: LLMModel, alice: Any, bob: Any
) -> None:
    hers, rfps = budget(9, user=alice), budget(9, subject="rfp:1")
    both = budget(9, user=alice, subject="rfp:1")
    spend(model, "1", Booking("x", None, alice.pk, "rfp:1"))
    spend(model, "2", Booking("x", None, alice.pk, "rfp:2"))
    spend(model, "4", Booking("x", None, bob.pk, "rfp:1"))
    assert [account(one)[0] for one in (hers, rfps, both)] == [3, 5, 1]


def test_the_budget_that_is_short_is_named(model: LLMModel, alice: Any) -> None:
    budget(100, name="All")
    budget(1, name="Alice", user=alice)
    short = enter(model, "2", Booking("x", None, alice.pk))
    assert isinstance(short, Short)
    assert "“Alice” of $1.00 a month is spent" in books.sentence(short)
    assert isinstance(enter(model, "2"), int)


def test_a_budget_that_is_switched_off_stops_nothing(model: LLMModel) -> None:
    budget(0, is_active=False)
    spend(model, "2")


# -- reservations ----------------------------------------------------------------------------
def reserve(model: LLMModel, dollars: str) -> Job:
    job = Job.objects.create(task_name="x", kind="job", queue="default", status=Status.PROCESSING)
    Estimate.objects.create(
        job=job, model=model, calls=1, input_tokens=1, output_tokens=1, cost=1, seconds=1, low=1,
        high=1, reserved=Decimal(dollars),
    )  # fmt: skip
    return job


def test_what_is_reserved_for_a_job_is_there_for_it_and_not_for_others(model: LLMModel) -> None:
    budget(10)
    job = reserve(model, "8")
    short = enter(model, "3")
    assert isinstance(short, Short) and short.for_good and short.reserved == 8
    assert "$8.00 reserved" in books.sentence(short)
    spend(model, "3", Booking("x", job.pk))
    assert isinstance(enter(model, "3"), Short)
    spend(model, "2")


def test_a_job_that_has_ended_reserves_nothing(model: LLMModel) -> None:
    budget(10)
    job = reserve(model, "8")
    Job.objects.filter(pk=job.pk).update(status=Status.COMPLETED, completed_at=timezone.now())
    spend(model, "9")


# -- what becomes of calls -------------------------------------------------------------------
def test_a_call_whose_worker_died_stays_booked_at_the_most_it_can_have_cost(
    model: LLMModel,
) -> None:
    whole = budget(10)
    enter(model, "4")
    assert ledger.close_lost(zone=ZONE) == 0
    Usage.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert ledger.close_lost(zone=ZONE) == 1
    assert Usage.objects.get().outcome == "lost"
    assert account(whole) == (4, 0)


def test_a_job_that_a_budget_stops_is_remembered_with_it(model: LLMModel) -> None:
    whole = budget(1)
    job = Job.objects.create(task_name="x", kind="job", queue="default")
    most = Spent(3_000_000)
    with (
        pytest.raises(BudgetSpent),
        books.entry(model.pk, PRICES, Booking("x", job.pk), 9, most, ZONE),
    ):
        raise AssertionError("the call was made")
    assert BudgetStop.objects.get().budget == whole
    assert not Usage.objects.exists()


def test_a_call_that_breaks_off_costs_the_most_unless_it_says_what_it_took(
    model: LLMModel,
) -> None:
    for spent in (None, Spent(1_000_000)):
        with (
            pytest.raises(ValueError, match="broken"),
            books.entry(model.pk, PRICES, Booking("x"), 9, Spent(2_000_000), ZONE) as entry,
        ):
            if spent:
                entry.used(spent)
            raise ValueError("broken")
    assert list(Usage.objects.order_by("id").values_list("cost", "outcome")) == [
        (2, "broken_off"), (1, "broken_off")
    ]  # fmt: skip


def test_a_call_of_a_deleted_job_is_booked_all_the_same(model: LLMModel) -> None:
    spend(model, "1", Booking("x", 987_654_321))
    assert Usage.objects.get().job is None


# -- many at once ----------------------------------------------------------------------------
RACE = """
import sys
from decimal import Decimal
import django
django.setup()
from llm_manager.control import ledger
from llm_manager.control.ledger import Booking, Ended
model, made = int(sys.argv[1]), 0
print("ready", flush=True)
sys.stdin.readline()
while made < 4000:
    entry = ledger.enter(model, Booking("race"), 10, Decimal("0.02"), zone="UTC")
    if isinstance(entry, int):
        ledger.close(entry, Ended("ok", 1, Decimal("0.01")), zone="UTC")
        made += 1
    elif entry.for_good:
        break
print(made)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_processes_that_race_for_the_last_cent_never_spend_more_than_there_is(
    model: LLMModel, own_environment: Callable[[], dict[str, str]]
) -> None:
    limits = [budget(3, name="All"), budget(5, name="In all", period="total")]
    command = [sys.executable, "-c", RACE, str(model.pk)]
    racers = [
        subprocess.Popen(
            command,
            env=own_environment(),
            cwd=Path(__file__).parents[2],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    made = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    booked = sum(Usage.objects.values_list("cost", flat=True))
    assert booked == Decimal("0.01") * sum(made)
    assert Decimal("2.98") <= booked <= 3
    assert [account(one) for one in limits] == [(booked, 0), (booked, 0)]
    assert min(made) > 0


@pytest.fixture
def own_environment() -> Callable[[], dict[str, str]]:
    """For a process that works in this test's database."""

    def environment() -> dict[str, str]:
        place = urlsplit(os.environ["DATABASE_URL"])
        database = place._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        own = {"DJANGO_SETTINGS_MODULE": "spelunker.settings", "DATABASE_URL": database}
        return os.environ | own

    return environment
