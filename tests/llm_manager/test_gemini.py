"""Gemini's own ways: its part of JSON schema, its filters, its way to ask for patience."""

from dataclasses import replace
from typing import Any

import pytest

from llm_manager import errors
from llm_manager.prompts import ANSWER_SCHEMA, REVIEW_SCHEMA, SUMMARY_SCHEMA
from llm_manager.providers.base import ModelInfo
from llm_manager.providers.gemini.dialect import gemini_schema
from tests.llm_manager.fake_llm import FakeLLM, blocked, body, generated, status
from tests.llm_manager.provider_world import REQUEST, error_of, provider


def asked_with(llm: FakeLLM, schema: dict[str, Any]) -> dict[str, Any]:
    provider(llm, "gemini").chat(replace(REQUEST, json_schema=schema))
    asked: dict[str, Any] = llm.requests[-1][2]
    return asked


# -- what is asked -------------------------------------------------------------------------
def test_an_answer_is_asked_for_in_geminis_words_for_its_schema(llm: FakeLLM) -> None:
    config = asked_with(llm, ANSWER_SCHEMA)["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    schema = config["responseSchema"]
    assert schema["type"] == "OBJECT"
    assert schema["required"] == list(schema["properties"]) == list(ANSWER_SCHEMA["properties"])
    fields = schema["properties"]
    assert fields["choice"] == {"type": "STRING", "nullable": True}
    assert fields["outcome"]["enum"] == ["answered", "partly", "no_evidence"]
    assert fields["citations"]["items"]["properties"]["passage"] == {"type": "INTEGER"}


@pytest.mark.parametrize("schema", [ANSWER_SCHEMA, SUMMARY_SCHEMA, REVIEW_SCHEMA])
def test_every_schema_of_ours_has_only_words_that_gemini_knows(schema: dict[str, Any]) -> None:
    made = gemini_schema(schema)
    assert made is not None
    text = made.model_dump_json(exclude_none=True)
    for word in ("additional_properties", "defs", "ref", "default"):
        assert f'"{word}"' not in text


@pytest.mark.parametrize(
    ("part", "made"),
    [
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["string", "number"]}, {"anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]}),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]},
         {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        ({"const": "yes"}, {"type": "STRING", "format": "enum", "enum": ["yes"]}),
        ({"enum": ["a", None], "type": ["string", "null"]},
         {"type": "STRING", "format": "enum", "enum": ["a"], "nullable": True}),
        ({"type": "string", "format": "uri", "default": "x", "$comment": "x"}, {"type": "STRING"}),
        ({"type": "array"}, {"type": "ARRAY", "items": {"type": "STRING"}}),
        ({"type": "array", "items": {"type": "number", "minimum": 0}, "maxItems": 3},
         {"type": "ARRAY", "maxItems": 3, "items": {"type": "NUMBER", "minimum": 0}}),
    ],
)  # fmt: skip
def test_json_schema_is_said_in_geminis_words(part: dict[str, Any], made: dict[str, Any]) -> None:
    schema = gemini_schema({"type": "object", "properties": {"a": part}})
    assert schema is not None
    said = schema.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert said["properties"]["a"] == made


def test_an_object_without_fields_has_no_schema_to_be_asked_for(llm: FakeLLM) -> None:
    config = asked_with(llm, {"type": "object"})["generationConfig"]
    assert "responseSchema" not in config


def test_the_models_thoughts_do_not_cut_its_answer_off(llm: FakeLLM) -> None:
    config = asked_with(llm, {})["generationConfig"]
    assert config["maxOutputTokens"] > REQUEST.max_output_tokens + 1000


@pytest.mark.parametrize(("role", "task"), [("query", "RETRIEVAL_QUERY"),
                                            ("passage", "RETRIEVAL_DOCUMENT")])  # fmt: skip
def test_vectors_are_asked_for_by_what_they_are_for(llm: FakeLLM, role: Any, task: str) -> None:
    provider(llm, "gemini").embed(["a", "b"], model_id="m", role=role, dimensions=8)
    [(path, _, asked)] = llm.requests
    assert path == "/v1beta/models/m:batchEmbedContents"
    assert [(r["taskType"], r["outputDimensionality"]) for r in asked["requests"]] == [
        (task, 8)
    ] * 2


# -- what is answered ----------------------------------------------------------------------
def test_models_are_listed_by_what_can_be_asked_of_them(llm: FakeLLM) -> None:
    assert provider(llm, "gemini").list_models() == [
        ModelInfo("small-chat", "Small-Chat", "chat", context_window=32768),
        ModelInfo("text-embed-small", "Text-Embed-Small", "embedding", context_window=32768),
    ]


def test_thoughts_are_paid_for_and_no_part_of_the_answer(llm: FakeLLM) -> None:
    reply = generated(None)
    thought = {"text": '{"answer": "No."}', "thought": True}
    parts = [thought, {"text": '{"answer":'}, {"text": ' "Yes."}'}]
    reply["candidates"][0]["content"] = {"role": "model", "parts": parts}
    llm.script.append(body(reply))
    answer = provider(llm, "gemini").chat(REQUEST)
    assert answer.data == {"answer": "Yes."}
    assert answer.spent.output_tokens == 80 + 20
    assert answer.spent.cached_tokens == 600


FILTERED, BAD = errors.RefusedByFilter, errors.BadResponse
ENDINGS = [
    ("SAFETY", FILTERED), ("RECITATION", FILTERED), ("BLOCKLIST", FILTERED), ("SPII", FILTERED),
    ("PROHIBITED_CONTENT", FILTERED), ("MAX_TOKENS", BAD), ("CONTINUATION", BAD), ("OTHER", BAD),
    ("MALFORMED_RESPONSE", BAD), ("A_REASON_OF_NEXT_YEAR", BAD),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.* is not a valid")
@pytest.mark.parametrize(("finish", "expected"), ENDINGS, ids=[e[0] for e in ENDINGS])
def test_an_answer_that_ended_otherwise_has_its_name_and_its_price(
    llm: FakeLLM, finish: str, expected: type[errors.LLMError]
) -> None:
    llm.script.append(body(generated('{"answer": "Y', finish=finish)))
    error = error_of(lambda: provider(llm, "gemini").chat(REQUEST))
    assert type(error) is expected
    assert error.spent is not None and error.spent.input_tokens == 1000
    assert len(llm.requests) == 1


@pytest.mark.filterwarnings("ignore:.* is not a valid")
@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", "SOMETHING_NEW"])
def test_a_prompt_that_the_filter_stops_was_read_and_is_paid_for(llm: FakeLLM, reason: str) -> None:
    llm.script.append(body(blocked(reason)))
    error = error_of(lambda: provider(llm, "gemini").chat(REQUEST))
    assert type(error) is errors.RefusedByFilter
    assert error.spent is not None and error.spent.input_tokens == 1000


# -- what is refused -----------------------------------------------------------------------
BY_REASON = {"message": "Bad", "details": [{"reason": "API_KEY_INVALID"}]}
A_DAY = {"message": "Quota", "details": [
    {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
     "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}  # fmt: skip
TOO_LONG = "The input token count (40000) exceeds the maximum number of tokens allowed (32768)."


@pytest.mark.parametrize(
    ("code", "error", "expected"),
    [
        (400, BY_REASON, errors.AuthFailed),
        (400, {"message": TOO_LONG}, errors.ContextTooLong),
        (403, {"message": "Permission denied", "code": "PERMISSION_DENIED"}, errors.AuthFailed),
        (404, {"message": "models/x is not found for API version v1beta"}, errors.UnknownModel),
        (429, {"message": "Resource has been exhausted"}, errors.RateLimited),
        (429, A_DAY, errors.OutOfCredit),
        (503, {"message": "The model is overloaded."}, errors.Overloaded),
    ],
)
def test_what_gemini_says_is_understood(
    llm: FakeLLM, code: int, error: Any, expected: type[errors.LLMError]
) -> None:
    llm.script.append(status(code, error))
    assert type(error_of(lambda: provider(llm, "gemini").chat(REQUEST))) is expected


@pytest.mark.parametrize("details", ["x", [1, "x"], [{"retryDelay": None}], [{"violations": [3]}]])
def test_details_of_another_shape_do_no_harm(llm: FakeLLM, details: Any) -> None:
    said = {"error": {"code": 429, "message": "Slow down", "details": details}}
    llm.script.append(lambda handler: handler.send_json(said, 429))
    assert isinstance(error_of(lambda: provider(llm, "gemini").chat(REQUEST)), errors.LLMError)
