"""What an API does to us ends in our named error, without its address, our headers or the key."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from llm_manager import errors
from llm_manager.providers.base import AnswerInputs, ApiAccess, ChatRequest, Passage, Provider
from llm_manager.providers.registry import PROVIDERS, connect
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, body, completion, message, status, vectors_of

KEY = "sk-CANARY-0123456789abcdef"
KINDS = ("openai", "anthropic")
INPUTS = AnswerInputs(
    question="Are backups encrypted?",
    section="Backups",
    allowed_choices=(),
    passages=(Passage(1, "All backups are encrypted."),),
    max_characters=None,
    language=None,
    evidence=None,
)
REQUEST = ChatRequest("small-chat", "Answer.", "Question: ?", {"type": "object"}, INPUTS)


def provider(fake: FakeLLM, kind: str, *, key: str = KEY, timeout: float = 5.0) -> Provider:
    return connect(kind, ApiAccess(fake.base_url(kind), lambda: key, timeout))


def error_of(call: Callable[[], Any]) -> errors.LLMError:
    with pytest.raises(errors.LLMError) as caught:
        call()
    return caught.value


# -- what works ----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_comes_back_as_its_object_with_its_tokens(llm: FakeLLM, kind: str) -> None:
    reply = provider(llm, kind).chat(REQUEST)
    assert reply.data == {"outcome": "answered", "answer": "Yes."}
    assert reply.spent.input_tokens == 1000
    assert reply.spent.output_tokens == 100
    assert reply.spent.cached_tokens == {"openai": 600, "anthropic": 500}[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_the_models_of_an_api_are_listed(llm: FakeLLM, kind: str) -> None:
    assert [m.model_id for m in provider(llm, kind).list_models()] == fake_llm.MODELS


def test_the_kind_of_an_openai_model_is_read_from_its_name(llm: FakeLLM) -> None:
    kinds = [m.kind for m in provider(llm, "openai").list_models()]
    assert kinds == ["chat", "embedding", "rerank"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_is_one_request_and_the_key_goes_only_into_its_header(
    llm: FakeLLM, kind: str
) -> None:
    provider(llm, kind).chat(REQUEST)
    [(path, headers, asked)] = llm.requests
    lowered = {name.lower(): value for name, value in headers.items()}
    assert lowered.pop("authorization") == f"Bearer {KEY}"
    assert KEY not in path + str(asked) + str(lowered)


def test_the_environment_of_the_process_reroutes_nothing(
    llm: FakeLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_API_KEY",
                 "ANTHROPIC_AUTH_TOKEN"):  # fmt: skip
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9/")
    for kind in KINDS:
        provider(llm, kind).chat(REQUEST)
    assert "from-the-environment" not in str(llm.requests)


def test_a_local_server_needs_no_key_but_anthropic_does(llm: FakeLLM) -> None:
    assert provider(llm, "openai", key="").chat(REQUEST).data
    assert isinstance(
        error_of(lambda: provider(llm, "anthropic", key="").chat(REQUEST)), errors.AuthFailed
    )
    assert len(llm.requests) == 1


# -- vectors -------------------------------------------------------------------------------
def embed(llm: FakeLLM, texts: list[str]) -> Any:
    return provider(llm, "openai").embed(texts, model_id="text-embed-small", role="passage")


def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(llm: FakeLLM) -> None:
    reply = embed(llm, ["one two", "three", "one four"])
    assert reply.vectors.shape == (3, fake_llm.DIMENSIONS)
    assert reply.vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(reply.vectors, axis=1), 1, atol=1e-5)
    near, far = reply.vectors[0] @ reply.vectors[2], reply.vectors[0] @ reply.vectors[1]
    assert near > 0.4 > far
    assert reply.spent.input_tokens == 21


def test_many_texts_go_in_requests_that_common_servers_take(llm: FakeLLM) -> None:
    texts = [f"text number {n}" for n in range(70)]
    reply = embed(llm, texts)
    assert reply.vectors.shape[0] == 70
    assert [len(asked["input"]) for _, _, asked in llm.requests] == [32, 32, 6]


def test_no_texts_need_no_request(llm: FakeLLM) -> None:
    assert len(embed(llm, []).vectors) == 0
    assert not llm.requests


@pytest.mark.parametrize(
    "rows",
    [
        [[float("nan"), 1.0], [1.0, 1.0]],
        [[1e300, 1.0], [1.0, 1.0]],
        [[0.0, 0.0], [1.0, 1.0]],
        [[1.0, 1.0]],
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
        [[1.0, 1.0], [1.0]],
        [[], []],
    ],
    ids=["NaN", "infinite", "zero", "too few", "too many", "ragged", "empty"],
)
def test_vectors_that_cannot_be_used_are_refused(llm: FakeLLM, rows: list[list[float]]) -> None:
    llm.script.append(body(vectors_of(["a", "b"], rows)))
    assert isinstance(error_of(lambda: embed(llm, ["a", "b"])), errors.BadResponse)


def test_vectors_with_the_same_place_twice_are_refused(llm: FakeLLM) -> None:
    data = vectors_of(["a", "b"])
    data["data"][0]["index"] = 0
    llm.script.append(body(data))
    assert isinstance(error_of(lambda: embed(llm, ["a", "b"])), errors.BadResponse)


def test_anthropic_says_that_it_has_no_embeddings(llm: FakeLLM) -> None:
    call = lambda: provider(llm, "anthropic").embed(["a"], model_id="x", role="query")  # noqa: E731
    assert "embedding" in str(error_of(call))


# -- faults --------------------------------------------------------------------------------
NOT_FOUND = {"type": "not_found_error", "message": "model: small-chat"}
BLOCKED = {"code": "content_filter", "message": "The response was filtered"}
TOO_LONG = {"type": "invalid_request_error", "message": "prompt is too long: 200001 tokens"}
NO_QUOTA = {"code": "insufficient_quota", "message": "You exceeded your current quota"}
PER_MINUTE = {"code": "429", "message": "You exceeded your current quota, check your billing"}
LOW_BALANCE = {"type": "invalid_request_error", "message": "Your credit balance is too low"}
BAD_KEY = {"code": 400, "message": "API key not valid. Please pass a valid API key."}
FAULTS: list[tuple[str, fake_llm.Reply, type[errors.LLMError]]] = [
    ("400", status(400), errors.LLMError),
    ("400 filter", status(400, BLOCKED), errors.RefusedByFilter),
    ("400 context", status(400, TOO_LONG), errors.ContextTooLong),
    ("400 balance", status(400, LOW_BALANCE), errors.OutOfCredit),
    ("400 key", status(400, BAD_KEY), errors.AuthFailed),
    ("401", status(401), errors.AuthFailed),
    ("402", status(402), errors.OutOfCredit),
    ("403", status(403), errors.AuthFailed),
    ("404", status(404, NOT_FOUND), errors.UnknownModel),
    ("405", status(405), errors.UnknownModel),
    ("408", status(408), errors.TimedOut),
    ("409", status(409), errors.LLMError),
    ("413", status(413), errors.ContextTooLong),
    ("422 text", status(422, "context length exceeded"), errors.ContextTooLong),
    ("429", status(429, retry_after="7"), errors.RateLimited),
    ("429 a minute", status(429, PER_MINUTE), errors.RateLimited),
    ("429 quota", status(429, NO_QUOTA), errors.OutOfCredit),
    ("500", status(500), errors.Overloaded),
    ("503", status(503, retry_after="2"), errors.Overloaded),
    ("504", status(504), errors.TimedOut),
    ("529", status(529), errors.Overloaded),
    ("redirect", fake_llm.redirect, errors.WrongAddress),
    ("html", fake_llm.html_page, errors.BadResponse),
    ("truncated", fake_llm.truncated, errors.BadResponse),
    ("nothing", body(b""), errors.BadResponse),
    ("null", body(None), errors.BadResponse),
    ("a list", body([1, 2]), errors.BadResponse),
    ("other shape", body({"choices": 5, "content": "x", "data": 7}), errors.BadResponse),
    ("error in 200", body({"error": {"message": "sorry"}}), errors.BadResponse),
    ("deep", body(b'{"a":' * 20_000 + b"1" + b"}" * 20_000), errors.BadResponse),
    ("10 MB", fake_llm.ten_megabytes, errors.BadResponse),
    ("packed", fake_llm.packed_bomb, errors.BadResponse),
    ("cut", fake_llm.cut, errors.Unreachable),
    ("hang up", fake_llm.hang_up, errors.Unreachable),
]
CALLS: dict[str, Callable[[Provider], Any]] = {
    "chat": lambda p: p.chat(REQUEST),
    "models": lambda p: p.list_models(),
    "embed": lambda p: p.embed(["a"], model_id="m", role="query"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fault", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_fault_of_a_chat_has_its_name(
    llm: FakeLLM, kind: str, fault: fake_llm.Reply, expected: type[errors.LLMError]
) -> None:
    llm.script.append(fault)
    assert type(error_of(lambda: CALLS["chat"](provider(llm, kind)))) is expected
    assert len(llm.requests) == 1


@pytest.mark.parametrize("call", ["models", "embed"])
@pytest.mark.parametrize(("fault", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_fault_of_the_other_calls_has_its_name(
    llm: FakeLLM, call: str, fault: fake_llm.Reply, expected: type[errors.LLMError]
) -> None:
    llm.script.append(fault)
    assert type(error_of(lambda: CALLS[call](provider(llm, "openai")))) is expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [fake_llm.silence, fake_llm.drip])
def test_no_call_outlives_its_timeout_even_if_bytes_drip_in(
    llm: FakeLLM, kind: str, fault: fake_llm.Reply
) -> None:
    llm.script.append(fault)
    error = error_of(lambda: provider(llm, kind, timeout=0.2).chat(REQUEST))
    assert type(error) is errors.TimedOut


@pytest.mark.parametrize("kind", KINDS)
def test_an_api_that_is_not_there_is_unreachable(kind: str) -> None:
    access = ApiAccess("http://127.0.0.1:9/v1", lambda: KEY, 5)
    assert type(error_of(lambda: connect(kind, access).chat(REQUEST))) is errors.Unreachable


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "address", ["ftp://host/v1", "no address", "http://", f"http://me:{KEY}@host/v1", "http://[x"]
)
def test_an_address_that_is_none_is_said_without_being_repeated(kind: str, address: str) -> None:
    error = error_of(lambda: connect(kind, ApiAccess(address, lambda: KEY, 5)).chat(REQUEST))
    assert type(error) is errors.WrongAddress
    assert KEY not in str(error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", ["sk-\u20accanary-0123456789", "sk-a\nX-Evil: 1", "two words"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(
    llm: FakeLLM, kind: str, key: str
) -> None:
    error = error_of(lambda: provider(llm, kind, key=key).chat(REQUEST))
    assert type(error) is errors.AuthFailed
    assert not llm.requests
    assert key not in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after_ms": "1500"}, 1.5),
        ({"retry_after": "-3"}, 0.0),
        ({"retry_after": "99999999"}, 3600.0),
        ({"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_wait_that_an_api_asks_for_is_a_number_of_seconds_or_none(
    llm: FakeLLM, kind: str, headers: dict[str, str], seconds: float | None
) -> None:
    llm.script.append(status(429, **headers))
    error = error_of(lambda: provider(llm, kind).chat(REQUEST))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == seconds


# -- replies that are refusals or cut off ---------------------------------------------------
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (completion(None, finish="content_filter"), errors.RefusedByFilter),
        (completion(None, refusal="I will not"), errors.RefusedByFilter),
        (completion('{"a": 1', finish="length"), errors.BadResponse),
        (completion("Certainly! Yes."), errors.BadResponse),
        (completion(""), errors.BadResponse),
        (completion(None), errors.BadResponse),
        (completion("[1]"), errors.BadResponse),
    ],
)
def test_openai_replies_without_an_answer_have_a_name(
    llm: FakeLLM, reply: Any, expected: type[errors.LLMError]
) -> None:
    llm.script.append(body(reply))
    assert type(error_of(lambda: provider(llm, "openai").chat(REQUEST))) is expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (message([], stop="refusal"), errors.RefusedByFilter),
        (message([], stop="max_tokens"), errors.BadResponse),
        (message([], stop="model_context_window_exceeded"), errors.ContextTooLong),
        (message([{"type": "text", "text": "Certainly!"}], stop="end_turn"), errors.BadResponse),
        (message([]), errors.BadResponse),
        (message([{"type": "tool_use", "id": "t", "name": "reply", "input": "x"}]),
         errors.BadResponse),
    ],
)  # fmt: skip
def test_anthropic_replies_without_an_answer_have_a_name(
    llm: FakeLLM, reply: Any, expected: type[errors.LLMError]
) -> None:
    llm.script.append(body(reply))
    assert type(error_of(lambda: provider(llm, "anthropic").chat(REQUEST))) is expected


def test_anthropic_may_answer_in_words_that_hold_the_object(llm: FakeLLM) -> None:
    text = 'Here it is:\n```json\n{"answer": "Yes."}\n```'
    llm.script.append(body(message([{"type": "text", "text": text}], stop="end_turn")))
    assert provider(llm, "anthropic").chat(REQUEST).data == {"answer": "Yes."}


def test_absurd_token_counts_are_not_believed(llm: FakeLLM) -> None:
    reply = completion('{"a": 1}')
    reply["usage"] = {"prompt_tokens": -5, "completion_tokens": 10**30, "total_tokens": "many"}
    llm.script.append(body(reply))
    spent = provider(llm, "openai").chat(REQUEST).spent
    assert 0 <= spent.input_tokens <= spent.output_tokens < 2**31


# -- the canary ------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["chat", "models"])
def test_no_error_and_no_log_shows_the_key_a_header_or_the_address(
    llm: FakeLLM, kind: str, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"message": f"Incorrect API key provided: {KEY}", "code": KEY}
    faults = [f[1] for f in FAULTS] + [status(400, echo), status(401, echo), status(500, echo)]
    shown = []
    for fault in faults:
        llm.script.append(fault)
        error = error_of(lambda: CALLS[call](provider(llm, kind)))
        shown += [str(error), repr(error), _everything_about(error)]
        assert error.__cause__ is None
        assert error.__context__ is None
    text = "\n".join([*shown, caplog.text])
    assert KEY not in text
    assert llm.host.removeprefix("http://") not in text
    assert "uthorization" not in text and "x-api-key" not in text


def _everything_about(error: Exception) -> str:
    """The traceback as the most talkative error reporter prints it: with local variables."""
    kept = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The test's own frames hold the canary on purpose.
    kept.stack[:] = [f for f in kept.stack if "llm_manager/providers" in f.filename]
    return "".join(kept.format())


def test_what_is_not_the_networks_passes_through_the_sdk_as_what_it_was(llm: FakeLLM) -> None:
    class TimeLimit(Exception):
        """As a worker's soft time limit, raised anywhere."""

    def key() -> str:
        raise TimeLimit

    for kind in KINDS:
        with pytest.raises(TimeLimit):
            connect(kind, ApiAccess(llm.base_url(kind), key, 5)).chat(REQUEST)


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_limit_inside_a_request_is_not_taken_for_a_lost_connection(
    llm: FakeLLM, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    class TimeLimit(Exception):
        pass

    def on_alarm(*_: object) -> None:
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, on_alarm)
    llm.script.append(fake_llm.silence)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(TimeLimit):
            provider(llm, kind).chat(REQUEST)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_every_provider_in_the_registry_offers_the_three_calls() -> None:
    for kind in PROVIDERS:
        made = connect(kind, ApiAccess("http://127.0.0.1:9/v1", lambda: KEY, 1))
        assert callable(made.chat) and callable(made.embed) and callable(made.list_models)
