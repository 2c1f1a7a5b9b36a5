"""The usage page: everybody's calls for staff, one's own for others; sums, calls, a file."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from llm_manager.models import LLMApi, LLMModel, LLMUsage
from tests.rfp_manager.view_world import make_rfp

pytestmark = pytest.mark.django_db
PAGE, FILE = "llm_manager:usage", "llm_manager:usage_csv"


@pytest.fixture
def model() -> LLMModel:
    api = LLMApi.objects.create(name="Gateway", kind="openai")
    return LLMModel.objects.create(api=api, model_id="small-chat", kind="chat")


@pytest.fixture
def staff(alice: User) -> Client:
    alice.is_staff = True
    alice.save()
    return signed_in(alice)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def call(model: LLMModel, days_ago: float = 0, **values: Any) -> LLMUsage:
    usual = {"purpose": "answer", "input_tokens": 1000, "output_tokens": 100, "latency_ms": 900}
    made = LLMUsage.objects.create(model=model, **(usual | {"cost": Decimal("0.25")} | values))
    LLMUsage.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return made


def page(client: Client, **query: Any) -> str:
    answer = client.get(reverse(PAGE), query)
    assert answer.status_code == 200
    return str(answer.text)


def rows(client: Client, **query: Any) -> list[dict[str, str]]:
    answer = client.get(reverse(FILE), query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_before_the_first_call_the_page_says_what_will_be_here(staff: Client) -> None:
    assert "No calls yet" in page(staff)


def test_totals_are_those_of_the_period(staff: Client, model: LLMModel, alice: User) -> None:
    call(model, user=alice)
    call(model, 3, cached_tokens=500, cost=Decimal("1.50"))
    call(model, 200, cost=Decimal(77))
    shown = page(staff, period="7")
    assert "$1.75" in shown and "2,000" in shown and "25&nbsp;%" in shown and "77" not in shown
    assert "$78.75" in page(staff, period="365")


def test_people_see_the_calls_made_for_them_and_staff_see_all(
    staff: Client, model: LLMModel, bob: User, charlie: User
) -> None:
    job = Job.objects.create(started_by=bob, task_name="x")
    call(model, user=bob, purpose="answer")
    call(model, job=job, purpose="review")
    call(model, purpose="summary")
    assert {row["purpose"] for row in rows(signed_in(bob))} == {"answer", "review"}
    assert rows(signed_in(charlie)) == [] and "No calls yet" in page(signed_in(charlie))
    assert len(rows(staff)) == 3
    assert 'name="person"' in page(staff) and 'name="person"' not in page(signed_in(bob))


def test_the_anonymous_are_sent_to_sign_in() -> None:
    for name in (PAGE, FILE):
        assert Client().get(reverse(name)).status_code == 302


def test_each_filter_narrows_page_and_file(staff: Client, model: LLMModel, bob: User) -> None:
    rfp = make_rfp(bob, name="Wexmoor tender")
    other = LLMModel.objects.create(api=model.api, model_id="large-chat", kind="chat")
    call(model, user=bob, subject=f"rfp:{rfp.pk}", purpose="answer")
    call(other, outcome="rate_limited", purpose="review", cost=0)
    for query in ({"model": model.pk}, {"person": bob.pk}, {"subject": f"rfp:{rfp.pk}"},
                  {"purpose": "answer"}, {"outcome": "ok"}):  # fmt: skip
        [row] = rows(staff, **query)
        assert (row["model"], row["for"], row["person"]) == ("small-chat", "Wexmoor tender", "bob")
    [row] = rows(staff, outcome="failed")
    assert row["outcome"] == "rate_limited"
    assert "Rate limited" in page(staff, outcome="failed")


@pytest.mark.parametrize(
    "query", [{"model": "x"}, {"period": "?"}, {"first": "2026-13-99"}, {"before": "9" * 30},
              {"person": "-1"}, {"subject": "rfp:x"}, {"show": "<b>"}]
)  # fmt: skip
def test_filters_that_make_no_sense_break_nothing(
    staff: Client, model: LLMModel, query: dict[str, str]
) -> None:
    call(model)
    page(staff, **query)


def test_the_charts_name_models_rfps_and_people(staff: Client, model: LLMModel, bob: User) -> None:
    rfp = make_rfp(bob, name="Wexmoor <tender>")
    call(model, user=bob, subject=f"rfp:{rfp.pk}")
    shown = page(staff)
    assert shown.count("<rect") > 4 and "Wexmoor &lt;tender&gt;" in shown and "bob" in shown
    assert "style=" not in shown.partition("<main")[2]


def test_the_name_of_an_rfp_that_a_person_may_not_see_is_kept(
    model: LLMModel, alice: User, bob: User
) -> None:
    rfp = make_rfp(alice, name="Secret tender")
    call(model, user=bob, subject=f"rfp:{rfp.pk}")
    shown = page(signed_in(bob))
    assert "Secret tender" not in shown and f"RFP {rfp.pk}" in shown
    assert [row["for"] for row in rows(signed_in(bob))] == [f"RFP {rfp.pk}"]


def test_older_calls_are_leafed_through_without_gap_or_doubling(
    staff: Client, model: LLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm_manager.reporting.CALLS_PER_PAGE", 3)
    made = [call(model).pk for _ in range(7)]
    LLMUsage.objects.update(created_at=timezone.now())
    seen: list[int] = []
    before = ""
    for _ in range(4):
        listed = staff.get(reverse(PAGE), {"before": before}).context["listed"]
        seen += [each.pk for each in listed.calls]
        before = str(listed.older or "")
        if not before:
            break
    assert seen == made[::-1]


def test_a_cell_of_the_file_is_never_a_formula(staff: Client, bob: User, model: LLMModel) -> None:
    rfp = make_rfp(bob, name="=HYPERLINK(1)")
    call(model, subject=f"rfp:{rfp.pk}")
    [row] = rows(staff)
    assert row["for"] == "'=HYPERLINK(1)"


def test_the_page_takes_the_same_few_queries_for_many_calls(
    staff: Client, model: LLMModel, bob: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        call(model, n % 20, user=bob, subject=f"rfp:{n}", job=Job.objects.create(task_name="x"))
    with django_assert_max_num_queries(16):
        page(staff)


def test_a_period_of_more_than_three_months_is_shown_by_month(
    staff: Client, model: LLMModel
) -> None:
    call(model, 200)
    call(model)
    assert "By month" in page(staff, period="365") and "By day" in page(staff, period="90")
