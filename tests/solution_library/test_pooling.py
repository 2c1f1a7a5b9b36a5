"""Documents that are read at the same time share the model's calls, and nothing else."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from jobs.errors import JobError
from jobs.working import working_for
from llm_manager.calling import access_to
from llm_manager.control.ledger import Booking
from llm_manager.models import LLMModel
from solution_library.indexing.passages import GROUP
from solution_library.indexing.pooling import PassagePool
from tests.llm_manager.fake_llm import FakeLLM, Handler, status
from tests.solution_library.index_world import llm, reply, small, words_as_vector  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
BOOKING = Booking("embedding")


class Gate:
    """Holds the server's first answer back until it is opened, so that others queue up."""

    def __init__(self, fake: FakeLLM, then: Callable[[Handler], None] = reply) -> None:
        self.open = threading.Event()
        self.first = threading.Event()
        self.then = then
        fake.always = self

    def __call__(self, handler: Handler) -> None:
        if not self.first.is_set():
            self.first.set()
            self.open.wait(10)
            reply(handler)
        else:
            self.then(handler)


@pytest.fixture
def one_call_at_once(small: LLMModel) -> LLMModel:
    small.api.max_concurrency = 2  # one place is left to people who search
    small.api.save()
    return small


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(12) as pool:
        yield pool


def asked(fake: FakeLLM) -> list[list[str]]:
    return [body["input"] for path, _, body in fake.requests if path.endswith("/embeddings")]


def send(
    threads: ThreadPoolExecutor, pool: PassagePool, model: LLMModel, documents: list[list[str]]
) -> list[Future[Any]]:
    access = access_to(model)
    return [threads.submit(pool, access, texts, BOOKING) for texts in documents]


def start_all(
    threads: ThreadPoolExecutor,
    gate: Gate,
    model: LLMModel,
    documents: list[list[str]],
) -> list[Future[Any]]:
    """The first document is at the server while all the others wait."""
    pool = PassagePool()
    first = send(threads, pool, model, documents[:1])
    assert gate.first.wait(5)
    others = send(threads, pool, model, documents[1:])
    for _ in range(100):
        if sum(map(len, pool._queues.values())) == sum(map(len, documents[1:])):
            break
        threading.Event().wait(0.02)
    gate.open.set()
    return first + others


def test_small_documents_share_a_call_and_each_gets_its_own_vectors(
    llm: FakeLLM, one_call_at_once: LLMModel, threads: ThreadPoolExecutor
) -> None:
    documents = [[f"document {d} says {n}" for n in range(3)] for d in range(9)]
    replies = start_all(threads, Gate(llm), one_call_at_once, documents)
    for texts, future in zip(documents, replies, strict=True):
        wanted = np.array([words_as_vector(text, 384) for text in texts])
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
        np.testing.assert_allclose(future.result(10).vectors, wanted, atol=1e-6)
    assert [len(texts) for texts in asked(llm)] == [3, 24]


def test_a_long_document_is_embedded_in_groups(
    llm: FakeLLM, one_call_at_once: LLMModel, threads: ThreadPoolExecutor
) -> None:
    texts = [f"passage {n}" for n in range(GROUP + 6)]
    [future] = send(threads, PassagePool(), one_call_at_once, [texts])
    assert future.result(10).vectors.shape == (GROUP + 6, 384)
    assert sum(len(each) for each in asked(llm)) == GROUP + 6


def test_a_passage_that_is_refused_fails_its_own_document_only(
    llm: FakeLLM, one_call_at_once: LLMModel, threads: ThreadPoolExecutor
) -> None:
    def refuse_one(handler: Handler) -> None:
        bad = any("poison" in text for text in handler.asked["input"])
        (status(400) if bad else reply)(handler)

    documents = [["first"], ["good 1", "good 2"], ["poison"], ["good 3"]]
    replies = start_all(threads, Gate(llm, refuse_one), one_call_at_once, documents)
    results = [future.exception(10) for future in replies]
    assert [error is None for error in results] == [True, True, False, True]
    assert isinstance(results[2], JobError)


def test_a_wrong_key_stops_all_without_a_call_for_each(
    llm: FakeLLM, one_call_at_once: LLMModel, threads: ThreadPoolExecutor
) -> None:
    documents = [["first"], *([f"document {n}"] for n in range(6))]
    replies = start_all(threads, Gate(llm, status(401)), one_call_at_once, documents)
    assert [future.exception(10) is None for future in replies] == [True, *[False] * 6]
    assert len(asked(llm)) == 2


def test_whoever_waits_for_a_batch_that_is_over_ends_without_a_call(
    llm: FakeLLM, one_call_at_once: LLMModel, threads: ThreadPoolExecutor
) -> None:
    gate, pool, over = Gate(llm), PassagePool(), threading.Event()
    access = access_to(one_call_at_once)
    send(threads, pool, one_call_at_once, [["first"]])
    assert gate.first.wait(5)

    def abandoned_call() -> Any:
        with working_for(over):
            return pool(access, ["second"], BOOKING)

    waiting = threads.submit(abandoned_call)
    over.set()
    with pytest.raises(JobError, match="Nobody waits"):
        waiting.result(10)
    gate.open.set()
    assert asked(llm) == [["first"]]


def test_what_is_about_as_long_is_embedded_together_and_the_oldest_is_never_left_behind(
    llm: FakeLLM, one_call_at_once: LLMModel, threads: ThreadPoolExecutor
) -> None:
    long, short = "a long passage " * 20, "short"
    shorts, longs = ([f"{words} {n}" for n in range(70)] for words in (short, long))
    documents = [["first"], [f"{long} the oldest"], shorts, longs]
    for future in start_all(threads, Gate(llm), one_call_at_once, documents):
        future.result(10)
    sent = [text for texts in asked(llm)[1:] for text in texts]
    assert f"{long} the oldest" in sent[:GROUP] and len(sent) == len(set(sent)) == 141
    assert all(text.startswith(long) for text in sent[:GROUP])
