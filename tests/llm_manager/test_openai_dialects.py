"""Servers that speak OpenAI's API a little differently are understood all the same."""

from dataclasses import replace
from typing import Any

import pytest

from llm_manager import errors
from llm_manager.prompts import ANSWER_SCHEMA
from llm_manager.providers.anthropic import dialect as anthropic_dialect
from llm_manager.providers.openai import dialect
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, body, completion, status
from tests.llm_manager.provider_world import REQUEST, error_of, provider


def picky(*, unknown: tuple[str, ...]) -> fake_llm.Reply:
    """A server that refuses requests with these parameters, as reasoning models do."""

    def reply(handler: fake_llm.Handler) -> None:
        for name in unknown:
            if name in handler.asked or name == _format_of(handler.asked):
                error = {"message": f"Unsupported parameter: '{name}'", "param": name}
                return handler.send_json({"error": error}, 400)
        return fake_llm.properly(handler)

    return reply


def format_asked(llm: FakeLLM) -> dict[str, Any]:
    asked: dict[str, Any] = llm.requests[-1][2].get("response_format", {})
    return asked


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


def test_a_schema_is_asked_for_strictly_with_all_of_its_fields_and_no_others(llm: FakeLLM) -> None:
    provider(llm, "openai").chat(replace(REQUEST, json_schema=ANSWER_SCHEMA))
    named = format_asked(llm)["json_schema"]
    assert named["strict"] is True
    for part in (named["schema"], named["schema"]["properties"]["citations"]["items"]):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


def test_a_server_that_is_not_strict_is_asked_for_the_same_schema_loosely(llm: FakeLLM) -> None:
    llm.script.append(status(400, {"message": "Unknown name 'strict' in response_format"}))
    assert provider(llm, "openai").chat(replace(REQUEST, json_schema=ANSWER_SCHEMA)).data
    assert format_asked(llm)["json_schema"] == {"name": "reply", "schema": ANSWER_SCHEMA}
    assert len(llm.requests) == 2


def test_a_refusal_in_a_list_of_details_is_read_too(llm: FakeLLM) -> None:
    """As servers made with FastAPI refuse."""
    details = {"detail": [{"loc": ["body", "temperature"], "msg": "Extra inputs"}]}
    llm.script.append(lambda handler: handler.send_json(details, 422))
    assert provider(llm, "openai").chat(REQUEST).data
    assert "temperature" not in llm.requests[-1][2]


def test_a_model_of_one_width_is_not_asked_for_it_again(llm: FakeLLM) -> None:
    """What it gives is looked at all the same."""
    refusal = {"message": "This model does not support specifying dimensions"}
    llm.script.append(status(400, refusal))
    embed = provider(llm, "openai").embed
    width = fake_llm.DIMENSIONS
    for _ in range(2):
        reply = embed(["a"], model_id="one-width", role="query", dimensions=width)
        assert reply.vectors.shape == (1, width)
    assert ["dimensions" in asked for _, _, asked in llm.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 429, "message": "Rate limited upstream"}, errors.RateLimited),
        ({"code": 502, "message": "Provider returned error"}, errors.Overloaded),
        ({"code": 402, "message": "Insufficient credits"}, errors.OutOfCredit),
        ({"code": 404, "message": "No endpoints found"}, errors.UnknownModel),
    ],
)
def test_a_gateway_may_say_200_and_mean_something_else(
    llm: FakeLLM, error: dict[str, Any], expected: type[errors.LLMError]
) -> None:
    llm.script.append(body({"error": error}))
    assert type(error_of(lambda: provider(llm, "openai").chat(REQUEST))) is expected


def test_a_provider_behind_a_gateway_that_fails_is_overloaded(llm: FakeLLM) -> None:
    llm.script.append(body(completion(None, finish="error")))
    error = error_of(lambda: provider(llm, "openai").chat(REQUEST))
    assert isinstance(error, errors.Overloaded)


@pytest.mark.parametrize(
    "stated",
    [
        {"max_model_len": 32768},  # vLLM
        {"context_length": 32768},  # OpenRouter, Together
        {"max_context_length": 32768},  # LM Studio, Mistral
        {"context_window": 32768},  # Groq
        {"meta": {"n_ctx_train": 32768}},  # llama.cpp
    ],
)
def test_how_much_a_model_reads_is_taken_from_where_its_server_says_it(
    llm: FakeLLM, stated: dict[str, Any]
) -> None:
    llm.script.append(body({"data": [{"id": "m"} | stated]}))
    assert [m.context_window for m in provider(llm, "openai").list_models()] == [32768]


def test_what_does_not_write_or_embed_text_is_left_out(llm: FakeLLM) -> None:
    arts = ["whisper-1", "tts-1-hd", "dall-e-3", "omni-moderation-latest", "gpt-image-1", "sora-2",
            "gpt-4o-transcribe", "gpt-4o-audio-preview", "gpt-realtime"]  # fmt: skip
    text = ["gpt-5", "ministral-8b", "llama3.2:latest", "text-embedding-3-small"]
    llm.script.append(body({"data": [{"id": name} for name in arts + text]}))
    assert [m.model_id for m in provider(llm, "openai").list_models()] == text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("https://x.openai.azure.com/openai/v1/", {"api-key": "k"}),
        ("https://x.services.ai.azure.com/openai/v1", {"api-key": "k"}),
        ("https://api.openai.com/v1", {"authorization": "Bearer k"}),
        ("https://openai.azure.com.example.com/v1", {"authorization": "Bearer k"}),
        ("http://localhost:11434/v1", {"authorization": "Bearer k"}),
    ],
)
def test_azure_is_told_the_key_in_its_own_header(address: str, headers: dict[str, str]) -> None:
    assert dialect.credentials(address, "k") == headers


@pytest.mark.parametrize(
    ("address", "key", "names"),
    [
        ("https://api.anthropic.com", "sk-ant-api03-x", {"x-api-key"}),
        ("https://api.anthropic.com", "sk-ant-oat01-x", {"authorization"}),
        ("https://gateway.example.com", "sk-x", {"authorization", "x-api-key"}),
    ],
)
def test_anthropic_is_told_a_key_and_a_sign_in_in_different_headers(
    address: str, key: str, names: set[str]
) -> None:
    assert set(anthropic_dialect.credentials(address, key)) == names
