"""A real model behind llama.cpp's server is spoken to as OpenAI's API is.

Its shape and wire are tested, not what it says: at this size that means little.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from llm_manager import calling, errors
from llm_manager.control.ledger import Booking
from llm_manager.models import LLMApi, LLMModel, LLMUsage
from llm_manager.prompts import build_request
from llm_manager.providers.base import AnswerInputs, ApiAccess, ChatRequest, Passage, Provider
from llm_manager.providers.registry import connect
from tests.llm_manager import real_llm
from tests.llm_manager.provider_world import error_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (os.environ.get("SPELUNKER_LLM_URL") or real_llm.is_ready()),
        reason="no model: `make test-llm` fetches one, SPELUNKER_LLM_URL names another server's",
    ),
]
ours = pytest.mark.skipif(
    "SPELUNKER_LLM_URL" in os.environ, reason="about the server that `make test-llm` starts"
)
PASSAGES = (
    Passage(1, "All backups are encrypted with AES-256 before they leave the data centre."),
    Passage(2, "Support is available from Monday to Friday, 9 to 17 o'clock."),
)
INPUTS = AnswerInputs("Are backups encrypted?", "Security", (), PASSAGES, 300, "en", None)
PATIENCE = 300.0


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    given = os.environ.get("SPELUNKER_LLM_URL")
    if given:
        yield given
        return
    with real_llm.running() as base_url:
        yield base_url


@pytest.fixture(scope="module")
def key() -> str:
    return os.environ.get("SPELUNKER_LLM_KEY", real_llm.KEY)


@pytest.fixture(scope="module")
def there(address: str, key: str) -> Provider:
    return connect("openai", ApiAccess(address, lambda: key, PATIENCE))


@pytest.fixture(scope="module")
def model_id(there: Provider) -> str:
    return os.environ.get("SPELUNKER_LLM_MODEL") or there.list_models()[0].model_id


@pytest.fixture(scope="module")
def request_(model_id: str) -> ChatRequest:
    return replace(build_request(model_id, INPUTS), max_output_tokens=400)


@ours
def test_its_model_is_listed_with_how_much_it_reads(there: Provider) -> None:
    [model] = there.list_models()
    assert (model.model_id, model.kind) == ("qwen", "chat")
    assert model.context_window and model.context_window >= 4096


def test_its_answer_has_the_shape_that_was_asked_for(
    there: Provider, request_: ChatRequest
) -> None:
    reply = there.chat(request_)
    assert set(reply.data) == {"outcome", "answer", "choice", "citations", "explanation"}
    assert reply.data["outcome"] in ("answered", "partly", "no_evidence")
    assert all(set(citation) == {"passage", "quote"} for citation in reply.data["citations"])
    assert not reply.spent.guessed and reply.spent.output_tokens > 0
    characters = len(request_.system) + len(request_.prompt)
    assert characters / 8 < reply.spent.input_tokens < characters


@pytest.mark.django_db
def test_a_call_of_it_is_in_the_books(address: str, key: str, model_id: str) -> None:
    api = LLMApi.objects.create(
        name="Here", kind="openai", base_url=address, api_key=key, timeout_seconds=PATIENCE
    )
    model = LLMModel.objects.create(api=api, model_id=model_id, kind="chat", input_price=Decimal(1))
    call = calling.write(calling.access_to(model), INPUTS, Booking("answer"))
    assert call.data["outcome"]
    usage = LLMUsage.objects.get()
    assert (usage.outcome, usage.input_tokens) == ("ok", call.spent.input_tokens)
    assert usage.cost > 0


def test_an_answer_that_is_cut_off_is_paid_for(there: Provider, request_: ChatRequest) -> None:
    error = error_of(lambda: there.chat(replace(request_, max_output_tokens=5)))
    assert type(error) is errors.BadResponse
    assert error.spent is not None and 0 < error.spent.output_tokens <= 5


@ours
def test_a_prompt_that_it_cannot_hold_is_said(there: Provider, request_: ChatRequest) -> None:
    endless = replace(request_, prompt="One more line of a very long document.\n" * 2000)
    assert type(error_of(lambda: there.chat(endless))) is errors.ContextTooLong


@ours
def test_a_wrong_key_is_refused(address: str, request_: ChatRequest) -> None:
    stranger = connect("openai", ApiAccess(address, lambda: "another", PATIENCE))
    assert type(error_of(lambda: stranger.chat(request_))) is errors.AuthFailed


def test_it_goes_on_after_somebody_has_lost_patience(
    there: Provider, address: str, key: str, request_: ChatRequest
) -> None:
    hasty = connect("openai", ApiAccess(address, lambda: key, PATIENCE, 0.05))
    assert type(error_of(lambda: hasty.chat(request_))) is errors.TimedOut
    started = time.monotonic()
    assert there.chat(request_).data
    assert time.monotonic() - started < PATIENCE
