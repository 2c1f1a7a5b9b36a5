"""Budgets are set by those who manage them, and seen by those whose work counts for them."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse

from jobs.models import Job, Status
from llm_manager.control import ledger
from llm_manager.control.ledger import Booking
from llm_manager.models import Budget, BudgetStop, LLMApi, LLMModel, LLMUsage
from tests.rfp_manager.view_world import make_rfp

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("llm_manager:budgets"), reverse("llm_manager:budget_new")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager(alice: User) -> Client:
    alice.user_permissions.add(Permission.objects.get(codename="change_budget"))
    return signed_in(alice)


def url_of(name: str, budget: Budget) -> str:
    return reverse(f"llm_manager:{name}", args=[budget.pk])


def test_a_manager_sets_a_budget_for_a_person_and_an_rfp(manager: Client, bob: User) -> None:
    rfp = make_rfp(User.objects.get(username="alice"), name="Wexmoor tender")
    wanted = {"name": "Bob on Wexmoor", "limit": "12.50", "period": "total", "user": bob.pk,
              "subject": f"rfp:{rfp.pk}"}  # fmt: skip
    assert manager.post(NEW, wanted)["Location"] == LIST
    budget = Budget.objects.get()
    assert (budget.limit, budget.period, budget.user) == (Decimal("12.50"), "total", bob)
    assert budget.subject == f"rfp:{rfp.pk}"
    shown = manager.get(LIST).text
    assert "$12.50 in all, for bob’s work on" in shown and "Wexmoor tender" in shown


@pytest.mark.parametrize(
    "wrong", [{"limit": "-1"}, {"limit": "x"}, {"name": ""}, {"period": "week"},
              {"subject": "rfp:999"}, {"user": "0"}]
)  # fmt: skip
def test_a_budget_that_makes_no_sense_is_refused(manager: Client, wrong: dict[str, str]) -> None:
    answer = manager.post(NEW, {"name": "A", "limit": "1", "period": "month"} | wrong)
    assert answer.status_code == 422 and not Budget.objects.exists()


def test_others_neither_set_nor_change_nor_switch(bob: User) -> None:
    budget = Budget.objects.create(name="All", limit=5)
    client = signed_in(bob)
    assert client.get(NEW).status_code == client.post(NEW).status_code == 403
    assert client.post(url_of("budget_edit", budget), {"limit": "9"}).status_code == 403
    assert client.post(url_of("budget_switch", budget)).status_code == 403
    assert "New budget" not in client.get(LIST).text
    budget.refresh_from_db()
    assert (budget.limit, budget.is_active) == (5, True)


def test_people_see_the_budgets_that_their_work_counts_for(
    manager: Client, bob: User, charlie: User, alice: User
) -> None:
    rfp = make_rfp(alice)
    Budget.objects.create(name="Everybody's", limit=5)
    Budget.objects.create(name="Bob's", limit=5, user=bob)
    Budget.objects.create(name="Alice's tender", limit=5, subject=f"rfp:{rfp.pk}")
    Budget.objects.create(name="Sleeping", limit=5, is_active=False)
    shown = {user.username: signed_in(user).get(LIST).text for user in (bob, charlie, alice)}
    assert "Everybody" in shown["charlie"] and "Bob&#x27;s" not in shown["charlie"]
    assert "Bob&#x27;s" in shown["bob"] and "tender" not in shown["bob"]
    assert all(b.name.replace("'", "&#x27;") in shown["alice"] for b in Budget.objects.all())


def test_a_limit_that_is_changed_while_a_budget_is_switched_off_stays(manager: Client) -> None:
    budget = Budget.objects.create(name="All", limit=5)

    def change(**_: Any) -> None:
        Budget.objects.filter(pk=budget.pk).update(limit=7)

    pre_save.connect(change, sender=Budget)
    try:
        manager.post(url_of("budget_switch", budget))
    finally:
        pre_save.disconnect(change, sender=Budget)
    budget.refresh_from_db()
    assert (budget.is_active, budget.limit) == (False, 7)


def test_switching_off_and_on_again(manager: Client) -> None:
    budget = Budget.objects.create(name="All", limit=5)
    manager.post(url_of("budget_switch", budget))
    assert not Budget.objects.get().is_active and "Switched off" in manager.get(LIST).text
    manager.post(url_of("budget_switch", budget), {"active": "on"})
    assert Budget.objects.get().is_active


def test_the_bar_tells_what_is_spent_and_held(manager: Client) -> None:
    api = LLMApi.objects.create(name="Gateway", kind="openai")
    model = LLMModel.objects.create(api=api, model_id="small-chat", kind="chat")
    LLMUsage.objects.create(model=model, purpose="answer", cost=Decimal("2.50"))
    Budget.objects.create(name="All", limit=10)
    ledger.enter(model.pk, Booking("answer"), 9, Decimal(1), zone="UTC")
    shown = manager.get(LIST).text
    assert "$2.50" in shown and "Held for calls under way" in shown and "$6.50" in shown


def test_what_a_budget_stopped_is_named_to_those_who_may_see_it(
    manager: Client, alice: User, bob: User
) -> None:
    budget = Budget.objects.create(name="All", limit=1)
    for user, title in ((alice, "Alice's draft"), (bob, "Bob's draft")):
        job = Job.objects.create(
            started_by=user, task_name="x", title=title, status=Status.FAILED,
            completed_at="2026-01-01T00:00Z",
        )  # fmt: skip
        BudgetStop.objects.create(job=job, budget=budget)
    shown = manager.get(LIST).text
    assert "Alice&#x27;s draft" in shown and "Bob&#x27;s draft" not in shown
    assert "Work of somebody else" in shown


def test_many_budgets_take_the_same_few_queries(
    manager: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    rfp = make_rfp(alice)
    for n in range(20):
        Budget.objects.create(name=f"B{n}", limit=n, user=alice, subject=f"rfp:{rfp.pk}")
    with django_assert_max_num_queries(13):
        assert manager.get(LIST).status_code == 200
