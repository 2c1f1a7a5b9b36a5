"""Whatever many workers do at once, an API sees no more than it allows."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from jobs.errors import TryLater
from jobs.working import working_for
from llm_manager import errors
from llm_manager.calling import access_to, write
from llm_manager.control import gate
from llm_manager.control.gate import Limits, Refusal
from llm_manager.control.ledger import Booking
from llm_manager.control.session import Session
from llm_manager.control.slots import Slots
from llm_manager.control.turns import turn
from llm_manager.models import ApiGate, LLMApi, LLMModel
from llm_manager.providers.base import AnswerInputs, Passage
from tests.llm_manager.fake_llm import FakeLLM

pytestmark = pytest.mark.django_db(transaction=True)
_ids = count(700_000)


def limits(most: int = 4, **allowed: int) -> Limits:
    found = Limits(next(_ids), most, **allowed)
    gate.prepare(found)
    return found


def state(of: Limits) -> ApiGate:
    return ApiGate.objects.get(pk=of.api_id)


# -- slots ---------------------------------------------------------------------------------
@pytest.fixture
def workers() -> Iterator[list[Slots]]:
    """Two processes, as far as the database can tell."""
    sessions = [Session(), Session()]
    yield [Slots(lambda own=own: own) for own in sessions]
    for own in sessions:
        own.close()


@pytest.mark.contract("D9")
def test_two_workers_together_get_no_more_places_than_there_are(workers: list[Slots]) -> None:
    api = next(_ids)
    taken = [workers[n % 2].take(api, 3) for n in range(6)]
    assert sorted(slot for slot in taken if slot) == [1, 2, 3]


def test_a_place_that_is_given_back_is_free_for_the_other_worker(workers: list[Slots]) -> None:
    one, other = workers
    api = next(_ids)
    slot = one.take(api, 1)
    assert other.take(api, 1) is None
    one.give_back(api, slot)
    assert other.take(api, 1) == 1


def test_a_worker_that_gave_all_its_places_back_holds_none(workers: list[Slots]) -> None:
    one, other = workers
    api = next(_ids)
    for _ in range(3):  # after some times PostgreSQL plans a prepared statement anew
        taken = [one.take(api, 8) for _ in range(8)]
        for slot in reversed(taken):
            one.give_back(api, slot)
    assert [other.take(api, 8) for _ in range(8)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_worker_that_dies_leaves_its_places_free(workers: list[Slots]) -> None:
    one, other = workers
    api = next(_ids)
    assert [one.take(api, 2), one.take(api, 2)] == [1, 2]
    one._session().close()
    assert other.take(api, 2) == 1


def test_after_a_lost_session_a_worker_no_longer_believes_in_its_places(
    workers: list[Slots],
) -> None:
    one, other = workers
    api = next(_ids)
    one.take(api, 1)
    one._session().close()
    assert other.take(api, 1) == 1
    assert one.take(api, 1) is None


def test_apis_do_not_share_places(workers: list[Slots]) -> None:
    assert workers[0].take(next(_ids), 1) == workers[1].take(next(_ids), 1) == 1


# -- the gate ------------------------------------------------------------------------------
def test_a_minutes_allowance_is_spread_and_a_small_burst_let_through() -> None:
    api = limits(requests_per_minute=60)
    answers = [gate.enter(api, 0) for _ in range(12)]
    let_in = [a for a in answers if not isinstance(a, Refusal)]
    refused = [a for a in answers if isinstance(a, Refusal)]
    assert 6 <= len(let_in) <= 8
    assert all(0 < r.seconds <= 2 and not r.is_open for r in refused)


def test_many_tokens_wait_longer_than_few() -> None:
    api = limits(tokens_per_minute=6000)
    assert gate.enter(api, 1500) is False
    answer = gate.enter(api, 10)
    assert isinstance(answer, Refusal) and 5 < answer.seconds < 16


def test_what_a_call_really_used_is_booked_afterwards() -> None:
    api = limits(tokens_per_minute=6000)
    gate.enter(api, 100)
    gate.correct_tokens(api, 2900)
    answer = gate.enter(api, 1)
    assert isinstance(answer, Refusal) and answer.seconds > 15


def test_an_api_that_asks_for_patience_is_left_alone_by_all_and_asked_less_at_once() -> None:
    api = limits(16)
    for _ in range(5):
        gate.asked_for_patience(api, 30.0)
    answer = gate.enter(api, 0)
    assert isinstance(answer, Refusal) and 25 < answer.seconds <= 30
    assert gate.limit_now(api) == 8, "one burst of refusals halves it once"


def test_good_answers_bring_the_limit_back_step_by_step() -> None:
    api = limits(4)
    gate.asked_for_patience(api, 0.0)
    assert gate.limit_now(api) == 2
    for _ in range(40):
        gate.went_well(api)
    assert gate.limit_now(api) == 4 and state(api).limit_now is None


def test_after_failures_in_a_row_the_circuit_opens() -> None:
    api = limits()
    for _ in range(gate.FAILURES_TO_OPEN):
        assert not isinstance(gate.enter(api, 0), Refusal)
        gate.failed(api)
    answer = gate.enter(api, 0)
    assert isinstance(answer, Refusal) and answer.is_open


def test_then_one_call_alone_may_try_and_a_good_one_closes_it() -> None:
    api = limits()
    ApiGate.objects.filter(pk=api.api_id).update(
        failures=gate.FAILURES_TO_OPEN, open_until="2020-01-01T00:00Z"
    )
    assert gate.enter(api, 0) is True
    assert isinstance(gate.enter(api, 0), Refusal), "the others wait for how it goes"
    gate.went_well(api)
    assert gate.enter(api, 0) is False and state(api).failures == 0


# -- turns ---------------------------------------------------------------------------------
def test_a_refusal_by_the_api_is_told_to_all() -> None:
    api = limits(8)
    with pytest.raises(errors.RateLimited), turn(api):
        raise errors.RateLimited("no", retry_after=60)
    assert isinstance(gate.enter(api, 0), Refusal) and gate.limit_now(api) == 4


def test_a_wrong_key_says_nothing_about_how_busy_an_api_is() -> None:
    api = limits()
    with pytest.raises(errors.AuthFailed), turn(api):
        raise errors.AuthFailed("no")
    assert (state(api).failures, state(api).paused_until) == (0, None)


def test_who_would_wait_too_long_gives_up_and_says_when_to_come_again() -> None:
    api = limits()
    gate.asked_for_patience(api, 600.0)
    with pytest.raises(TryLater) as refused, turn(api):
        pass
    assert refused.value.retry_after and refused.value.retry_after > 500


def test_nobody_starts_a_call_for_a_batch_that_is_over() -> None:
    over = threading.Event()
    over.set()
    with working_for(over), pytest.raises(TryLater), turn(limits()):
        raise AssertionError("started")


def test_a_place_is_given_back_however_a_call_ends() -> None:
    api = limits(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="odd"), turn(api):
            raise ValueError("odd")
    with turn(api):
        pass


# -- through the real client ---------------------------------------------------------------
@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        yield fake


def model_of(llm: FakeLLM, **limits: Any) -> LLMModel:
    api = LLMApi.objects.create(
        name=f"api {next(_ids)}", kind="openai", base_url=llm.base_url("openai"),
        api_key="sk-x", **limits,
    )  # fmt: skip
    return LLMModel.objects.create(api=api, model_id="small-chat", kind="chat")


def question() -> AnswerInputs:
    passage = Passage(1, "Backups are kept for 35 days.")
    return AnswerInputs("How long?", "", (), (passage,), None, None, None)


@pytest.mark.slow
@pytest.mark.contract("D9")
def test_the_api_never_sees_more_calls_at_once_than_it_allows(llm: FakeLLM) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def answer(prompt: str) -> dict[str, Any]:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        return {"outcome": "no_evidence", "answer": ""}

    llm.answer = answer
    access = access_to(model_of(llm, max_concurrency=3))
    with ThreadPoolExecutor(12) as pool:
        calls = list(pool.map(lambda _: write(access, question(), Booking("test")), range(30)))
    assert len(calls) == 30
    assert most[0] == 3
