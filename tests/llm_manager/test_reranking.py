"""Texts are ranked by a model where its API offers it: in its turn, and in the books."""

from decimal import Decimal

import pytest

from llm_manager import calling, errors
from llm_manager.control.ledger import Booking
from llm_manager.models import LLMApi, LLMModel, LLMUsage
from tests.llm_manager.fake_llm import FakeLLM, cut, status

pytestmark = pytest.mark.django_db
TEXTS = ["It rains.", "Backups are encrypted."]


@pytest.fixture
def ranker(llm: FakeLLM) -> LLMModel:
    api = LLMApi.objects.create(name="Ranks", kind="openai", base_url=llm.base_url("openai"))
    return LLMModel.objects.create(
        api=api, model_id="rerank-1", kind="rerank", input_price=Decimal(1000)
    )


def test_scores_come_in_the_order_of_the_texts_and_are_booked(ranker: LLMModel) -> None:
    reply = calling.rerank(calling.access_to(ranker), "are backups encrypted", TEXTS)
    assert reply.scores[1] > reply.scores[0]
    usage = LLMUsage.objects.get()
    assert (usage.purpose, usage.outcome, usage.input_tokens) == ("search", "ok", 11)
    assert usage.cost == Decimal("0.011")


def test_an_api_that_does_not_rank_says_so_and_costs_nothing(
    ranker: LLMModel, llm: FakeLLM
) -> None:
    llm.script.append(status(404))
    with pytest.raises(errors.UnknownModel):
        calling.rerank(calling.access_to(ranker), "q", TEXTS, Booking("search"))
    usage = LLMUsage.objects.get()
    assert (usage.outcome, usage.cost) == ("unknown_model", 0)


def test_a_connection_that_breaks_after_the_question_is_booked_as_if_it_had_been_answered(
    ranker: LLMModel, llm: FakeLLM
) -> None:
    llm.script.append(cut)
    with pytest.raises(errors.CutOff):
        calling.rerank(calling.access_to(ranker), "q", TEXTS, Booking("search"))
    usage = LLMUsage.objects.get()
    assert usage.outcome == "cut_off" and usage.cost > 0


def test_vectors_of_the_width_in_the_models_row_are_asked_for(llm: FakeLLM) -> None:
    api = LLMApi.objects.create(name="Vectors", kind="openai", base_url=llm.base_url("openai"))
    model = LLMModel.objects.create(
        api=api, model_id="text-embed-small", kind="embedding", dimensions=64
    )
    reply = calling.embed(calling.access_to(model), ["a"], "passage")
    assert reply.vectors.shape == (1, 64)
    assert llm.requests[-1][2]["dimensions"] == 64
