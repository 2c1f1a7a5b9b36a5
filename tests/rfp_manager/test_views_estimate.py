"""What costs money is shown before it is started; afterwards, what it came to."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from llm_manager.models import Budget, Estimate, LLMModel
from rfp_manager.models import RFP, RFPBatchJob
from tests.llm_manager.fake_llm import FakeLLM
from tests.rfp_manager.answer_world import Commit
from tests.rfp_manager.view_world import make_answer, question

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def paid(llm: FakeLLM) -> LLMModel:
    LLMModel.objects.filter(model_id="small-chat").update(input_price=1000, output_price=1000)
    return LLMModel.objects.get(model_id="small-chat")


def url_of(name: str, rfp: RFP) -> str:
    return reverse(f"rfp_manager:{name}", args=[rfp.pk])


def counted_url(text: str) -> str:
    """Where the estimate is asked for that a page does not have yet."""
    found = re.search(r'hx-get="([^"]+)" hx-trigger="load"', text)
    assert found
    return unescape(found[1])


def test_a_form_is_sent_to_the_estimate_and_starts_from_there(
    client: Client, rfp: RFP, paid: LLMModel
) -> None:
    answer = client.post(url_of("start_responder", rfp), {"model": paid.pk})
    assert answer.status_code == 303 and not RFPBatchJob.objects.exists()
    page = client.get(answer["Location"])
    shown = page.context["shown"]
    assert "Draft answers to 3 questions with" in page.text and shown.cost in page.text
    again = client.post(url_of("start_responder", rfp), {"model": paid.pk, "estimate": shown.value})
    assert again["Location"].endswith("#work")
    estimate = Estimate.objects.get(job=RFPBatchJob.objects.get())
    assert estimate.cost == shown.forecast.cost.quantize(Decimal("0.000001"))


def test_htmx_gets_the_estimate_in_place_as_soon_as_it_is_counted(
    client: Client, rfp: RFP, paid: LLMModel
) -> None:
    answer = client.post(url_of("start_responder", rfp), {"everything": "on"}, headers=HTMX)
    assert answer.status_code == 200 and answer["HX-Retarget"] == "#work-note"
    assert "Counting what it takes" in answer.text and "<html" not in answer.text
    counted = client.get(counted_url(answer.text), headers=HTMX).text
    assert 'name="estimate"' in counted and "<html" not in counted
    assert 'name="everything" value="on"' in counted and 'aria-busy="true"' not in counted
    assert not RFPBatchJob.objects.exists()


def test_the_page_comes_before_anything_is_searched_and_works_without_scripts(
    client: Client, rfp: RFP, paid: LLMModel, django_assert_max_num_queries: Any
) -> None:
    """The number of questions does not matter to it; each search takes five queries."""
    with django_assert_max_num_queries(8):
        page = client.get(url_of("draft_estimate", rfp)).text
    assert "Draft answers to 3 questions with" in page and 'name="estimate"' not in page
    assert f'href="{counted_url(page)}">Count what it takes' in page
    assert 'name="estimate"' in client.get(counted_url(page)).text


def test_a_model_that_went_is_told_before_anything_is_counted(client: Client, rfp: RFP) -> None:
    gone = client.get(url_of("draft_estimate", rfp), {"model": 999_999})
    assert gone.status_code == 422 and "Choose another" in gone.text


def test_programs_start_at_once_and_their_estimate_is_made_quickly(
    client: Client, rfp: RFP, paid: LLMModel
) -> None:
    answer = client.post(url_of("start_responder", rfp), headers={"Accept": "application/json"})
    assert answer.status_code == 202 and Estimate.objects.get().calls == 3


def test_what_costs_nothing_starts_at_once(client: Client, rfp: RFP) -> None:
    assert client.post(url_of("start_responder", rfp))["Location"].endswith("#work")
    assert RFPBatchJob.objects.exists()


def test_a_review_is_shown_first_too(client: Client, rfp: RFP, paid: LLMModel) -> None:
    make_answer(question(rfp, 1))
    answer = client.post(url_of("start_reviewer", rfp))
    page = client.get(answer["Location"])
    assert "Review 1 answer with" in page.text
    value = page.context["shown"].value
    client.post(url_of("start_reviewer", rfp), {"estimate": value})
    assert Estimate.objects.get().calls == 1


def test_a_budget_that_will_not_suffice_is_told_before_the_start(
    client: Client, rfp: RFP, paid: LLMModel
) -> None:
    Budget.objects.create(name="Tenders", limit=1000)
    counted = {"counted": "1"}
    page = client.get(url_of("draft_estimate", rfp), counted)
    assert "will stop" not in page.text and "$1,000.00 left" in page.text
    Budget.objects.update(limit=page.context["shown"].forecast.cost / 2)
    short = client.get(url_of("draft_estimate", rfp), counted).text
    assert "It will stop after about 1 of 3 questions" in short
    Budget.objects.update(limit=0)
    none = client.get(url_of("draft_estimate", rfp), counted).text
    assert "It will stop before the first question" in none


def test_what_could_not_be_estimated_can_be_started_all_the_same(
    client: Client, rfp: RFP, paid: LLMModel
) -> None:
    answer = client.post(url_of("start_responder", rfp), {"anyway": "on"})
    assert answer["Location"].endswith("#work") and RFPBatchJob.objects.exists()


def test_an_estimate_is_not_for_strangers(rfp: RFP, charlie: User) -> None:
    stranger = Client()
    stranger.force_login(charlie)
    for name in ("draft_estimate", "review_estimate"):
        assert stranger.get(url_of(name, rfp)).status_code == 404


def test_a_job_tells_what_it_was_expected_to_take_and_what_it_took(
    client: Client, rfp: RFP, paid: LLMModel, commit: Commit
) -> None:
    with commit():
        client.post(url_of("start_responder", rfp), headers={"Accept": "application/json"})
    job = RFPBatchJob.objects.get()
    page = client.get(job.get_absolute_url()).text
    assert "Estimate and outcome" in page and "$3.30" in page and "3,300" in page
    on_rfp = client.get(rfp.get_absolute_url()).text
    assert "$3.30" in on_rfp


def test_a_job_that_a_budget_stopped_says_so_and_then_where_it_went_on(
    client: Client, rfp: RFP, paid: LLMModel, commit: Commit
) -> None:
    budget = Budget.objects.create(name="Tenders", limit=0)
    with commit():
        client.post(url_of("start_responder", rfp), headers={"Accept": "application/json"})
    job = RFPBatchJob.objects.get()
    page = client.get(job.get_absolute_url()).text
    assert "Stopped by the budget “Tenders”" in page and "goes on by itself" in page
    with commit():
        budget.limit = Decimal(100)
        budget.save()
    page = client.get(job.get_absolute_url()).text
    assert f'went on as <a class="link" href="/jobs/{RFPBatchJob.objects.latest("pk").pk}/' in page
