"""What an API does to us ends in our named error, without its address, our headers or the key."""

import logging
import signal
import traceback

import pytest

from llm_manager import errors
from llm_manager.providers.base import ApiAccess
from llm_manager.providers.registry import connect
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, body, status
from tests.llm_manager.provider_world import (
    CALLS,
    KEY,
    KINDS,
    REQUEST,
    error_of,
    provider,
)

# -- faults --------------------------------------------------------------------------------
NOT_FOUND = {"type": "not_found_error", "message": "model: small-chat"}
BLOCKED = {"code": "content_filter", "message": "The response was filtered"}
TOO_LONG = {"type": "invalid_request_error", "message": "prompt is too long: 200001 tokens"}
NO_QUOTA = {"code": "insufficient_quota", "message": "You exceeded your current quota"}
PER_MINUTE = {"code": "429", "message": "You exceeded your current quota, check your billing"}
LOW_BALANCE = {"type": "invalid_request_error", "message": "Your credit balance is too low"}
BAD_KEY = {"code": 400, "message": "API key not valid. Please pass a valid API key."}
MODERATED = {"code": "403", "message": "This input was flagged by moderation"}
ABROAD = {"code": "400", "message": "User location is not supported for the API use."}


def garbled(handler: fake_llm.Handler) -> None:
    handler.send(200, b"not packed at all", {"content-encoding": "gzip"})


FAULTS: list[tuple[str, fake_llm.Reply, type[errors.LLMError]]] = [
    ("400", status(400), errors.LLMError),
    ("400 filter", status(400, BLOCKED), errors.RefusedByFilter),
    ("400 context", status(400, TOO_LONG), errors.ContextTooLong),
    ("400 balance", status(400, LOW_BALANCE), errors.OutOfCredit),
    ("400 key", status(400, BAD_KEY), errors.AuthFailed),
    ("400 region", status(400, ABROAD), errors.AuthFailed),
    ("401", status(401), errors.AuthFailed),
    ("402", status(402), errors.OutOfCredit),
    ("403", status(403), errors.AuthFailed),
    ("403 filter", status(403, MODERATED), errors.RefusedByFilter),
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
    ("garbled", garbled, errors.BadResponse),
    ("10 MB", fake_llm.ten_megabytes, errors.BadResponse),
    ("packed", fake_llm.packed_bomb, errors.BadResponse),
    ("cut", fake_llm.cut, errors.CutOff),
    ("hang up", fake_llm.hang_up, errors.CutOff),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fault", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_fault_of_a_chat_has_its_name(
    llm: FakeLLM, kind: str, fault: fake_llm.Reply, expected: type[errors.LLMError]
) -> None:
    llm.script.append(fault)
    assert type(error_of(lambda: CALLS["chat"](provider(llm, kind)))) is expected
    assert len(llm.requests) == 1


OTHER_CALLS = [("openai", "models"), ("openai", "embed"), ("openai", "rerank"),
               ("anthropic", "models"), ("gemini", "models"), ("gemini", "embed")]  # fmt: skip


@pytest.mark.parametrize(("kind", "call"), OTHER_CALLS)
@pytest.mark.parametrize(("fault", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_fault_of_the_other_calls_has_its_name(
    llm: FakeLLM, kind: str, call: str, fault: fake_llm.Reply, expected: type[errors.LLMError]
) -> None:
    llm.script.append(fault)
    assert type(error_of(lambda: CALLS[call](provider(llm, kind)))) is expected
    assert len(llm.requests) == 1


#: What the provider has counted, and wants to be paid, for an answer that is none.
PAID_FAULTS = [
    ("filter", fake_llm.ending("filter", None), errors.RefusedByFilter),
    ("cut off", fake_llm.ending("length"), errors.BadResponse),
    ("empty", fake_llm.ending("stop", ""), errors.BadResponse),
    ("no JSON", fake_llm.ending("stop", "Certainly! Yes."), errors.BadResponse),
    ("half of it", fake_llm.ending("stop", '{"answer": "Yes", "citations": [{"n": 1}'),
     errors.BadResponse),
    ("a list", fake_llm.ending("stop", "[1]"), errors.BadResponse),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "expected"), [f[1:] for f in PAID_FAULTS], ids=[f[0] for f in PAID_FAULTS]
)
def test_an_answer_that_is_none_is_paid_for_all_the_same(
    llm: FakeLLM, kind: str, fault: fake_llm.Reply, expected: type[errors.LLMError]
) -> None:
    llm.script.append(fault)
    error = error_of(lambda: CALLS["chat"](provider(llm, kind)))
    assert type(error) is expected
    assert error.spent is not None
    assert (error.spent.input_tokens, error.spent.output_tokens) == (1000, 100)
    assert len(llm.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["429", "401", "truncated JSON", "cut stream"])
def test_what_nobody_has_counted_is_not_made_up(llm: FakeLLM, kind: str, name: str) -> None:
    llm.script.append(fake_llm.KNOWN_FAULTS[name])
    assert error_of(lambda: CALLS["chat"](provider(llm, kind))).spent is None


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


# -- the canary ------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["chat", "models", "embed", "rerank"])
def test_no_error_and_no_log_shows_the_key_a_header_or_the_address(
    llm: FakeLLM, kind: str, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"message": f"Incorrect API key provided: {KEY}", "code": KEY}
    faults = [f[1] for f in FAULTS] + [status(400, echo), status(401, echo), status(500, echo)]
    faults += [f[1] for f in PAID_FAULTS]
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
    for header in ("uthorization", "x-api-key", "x-goog-api-key"):
        assert header not in text.lower()


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
    class TimeLimit(Exception):
        pass

    def on_alarm(*_: object) -> None:
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, on_alarm)
    llm.script.append(fake_llm.silence)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(TimeLimit) as caught:
            provider(llm, kind).chat(REQUEST)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # Whoever reports it prints no key, even with all the variables on the way.
    kept = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    kept.stack[:] = [frame for frame in kept.stack if "/tests/" not in frame.filename]
    assert KEY not in "".join(kept.format())
