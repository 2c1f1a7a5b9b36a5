"""Servers that speak OpenAI's API a little differently are understood all the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from llm_manager import errors
from llm_manager.providers.base import AnswerInputs, ApiAccess, ChatRequest, Passage, Provider
from llm_manager.providers.openai import dialect
from llm_manager.providers.registry import connect
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, status

KEY = "sk-CANARY-0123456789abcdef"
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


def picky(*, unknown: tuple[str, ...]) -> fake_llm.Reply:
    """A server that refuses requests with these parameters, as reasoning models do."""

    def reply(handler: fake_llm.Handler) -> None:
        for name in unknown:
            if name in handler.asked or name == _format_of(handler.asked):
                error = {"message": f"Unsupported parameter: '{name}'", "param": name}
                return handler.send_json({"error": error}, 400)
        return fake_llm.properly(handler)

    return reply


def _format_of(asked: dict[str, Any]) -> str:
    return str(asked.get("response_format", {}).get("type"))


@pytest.mark.parametrize(
    "unknown",
    [
        ("max_tokens",),
        ("temperature",),
        ("max_tokens", "temperature"),
        ("json_schema",),
        ("response_format",),
        ("response_format", "max_tokens", "temperature"),
    ],
)
def test_a_server_that_refuses_a_parameter_is_asked_without_it_and_remembered(
    llm: FakeLLM, unknown: tuple[str, ...]
) -> None:
    llm.always = picky(unknown=unknown)
    assert provider(llm, "openai").chat(REQUEST).data["answer"] == "Yes."
    asked_before = len(llm.requests)
    assert provider(llm, "openai").chat(REQUEST).data["answer"] == "Yes."
    assert len(llm.requests) == asked_before + 1


def test_a_server_that_refuses_everything_is_given_up(llm: FakeLLM) -> None:
    llm.always = status(400, {"message": "temperature and max_tokens and response_format"})
    error_of(lambda: provider(llm, "openai").chat(REQUEST))
    assert len(llm.requests) <= dialect.MOST_LESSONS


def test_the_shape_of_the_reply_is_said_in_words_too(llm: FakeLLM) -> None:
    request = replace(REQUEST, json_schema={"properties": {"answer": {}}})
    provider(llm, "openai").chat(request)
    assert '{"properties": {"answer": {}}}' in llm.requests[0][2]["messages"][0]["content"]
