"""Chats, vectors, ranks and lists of models through every kind of API, one request for each."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llm_manager import errors
from llm_manager.providers import registry
from llm_manager.providers.base import ApiAccess
from llm_manager.providers.registry import PROVIDERS, connect
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, body, completion, message, ranking_of, vectors_of
from tests.llm_manager.fake_wire import answer_with
from tests.llm_manager.provider_world import (
    CALLS,
    EMBEDDING,
    KEY,
    KINDS,
    REQUEST,
    error_of,
    provider,
)


# -- what works ----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_comes_back_as_its_object_with_its_tokens(llm: FakeLLM, kind: str) -> None:
    reply = provider(llm, kind).chat(REQUEST)
    assert reply.data == {"outcome": "answered", "answer": "Yes."}
    assert reply.spent.input_tokens == 1000
    assert reply.spent.output_tokens == 100
    assert reply.spent.cached_tokens == {"anthropic": 500}.get(kind, 600)
    assert not reply.spent.guessed


@pytest.mark.parametrize("kind", KINDS)
def test_the_models_of_an_api_are_listed(llm: FakeLLM, kind: str) -> None:
    listed = fake_llm.MODELS if kind != "gemini" else fake_llm.MODELS[:2]
    assert [m.model_id for m in provider(llm, kind).list_models()] == listed


def test_the_kind_of_an_openai_model_is_read_from_its_name(llm: FakeLLM) -> None:
    kinds = [m.kind for m in provider(llm, "openai").list_models()]
    assert kinds == ["chat", "embedding", "rerank"]


#: How each API knows a caller; a gateway that speaks Anthropic's format may want either.
HEADERS = {"openai": {"authorization": f"Bearer {KEY}"},
           "anthropic": {"authorization": f"Bearer {KEY}", "x-api-key": KEY},
           "gemini": {"x-goog-api-key": KEY}}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["chat", "models"])
def test_every_call_is_one_request_and_the_key_goes_only_into_its_headers(
    llm: FakeLLM, kind: str, call: str
) -> None:
    CALLS[call](provider(llm, kind))
    [(path, headers, asked)] = llm.requests
    lowered = {name.lower(): value for name, value in headers.items()}
    for name, value in HEADERS[kind].items():
        assert lowered.pop(name) == value
    assert KEY not in path + str(asked) + str(lowered)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sdks_tell_nothing_of_this_machine(llm: FakeLLM, kind: str) -> None:
    CALLS["chat"](provider(llm, kind))
    [(_, headers, _)] = llm.requests
    assert not [
        name for name in headers if name.lower().startswith(("x-stainless", "x-goog-api-cl"))
    ]


def test_the_environment_of_the_process_reroutes_nothing(
    llm: FakeLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_API_KEY",
                 "ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT",
                 "GOOGLE_CLOUD_LOCATION", "GOOGLE_GENAI_API_VERSION"):  # fmt: skip
        monkeypatch.setenv(name, "from-the-environment")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    for name in ("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"):
        monkeypatch.setenv(
            name, "x-evil: from-the-environment\nauthorization: from-the-environment"
        )
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GENAI_CLIENT_MODE", "replay")
    for kind in KINDS:
        provider(llm, kind).chat(REQUEST)
    assert len(llm.requests) == len(KINDS)
    assert "from-the-environment" not in str(llm.requests)


def test_a_local_server_needs_no_key_but_the_others_do(llm: FakeLLM) -> None:
    assert provider(llm, "openai", key="").chat(REQUEST).data
    assert "authorization" not in str(llm.requests).lower()
    for kind in ("anthropic", "gemini"):
        error = error_of(lambda kind=kind: provider(llm, kind, key="").chat(REQUEST))
        assert isinstance(error, errors.AuthFailed)
    assert len(llm.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_api_that_does_not_count_is_not_taken_to_be_free(llm: FakeLLM, kind: str) -> None:
    def uncounted(handler: fake_llm.Handler) -> None:
        data = answer_with(handler.format, {"answer": "x" * 400})
        handler.send_json({name: part for name, part in data.items() if "sage" not in name})

    llm.script.append(uncounted)
    request = replace(REQUEST, prompt="x" * 4000)
    spent = provider(llm, kind).chat(request).spent
    assert spent.guessed
    assert 900 < spent.input_tokens < 1100 and 90 < spent.output_tokens < 120


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_may_end_in_the_apis_version_or_a_slash(llm: FakeLLM, kind: str) -> None:
    ending = {"openai": "/v1/", "anthropic": "/v1/", "gemini": "/v1beta/"}[kind]
    made = connect(kind, ApiAccess(llm.host + ending, lambda: KEY, 5))
    assert made.chat(REQUEST).data["answer"] == "Yes."


# -- vectors -------------------------------------------------------------------------------
def embed(llm: FakeLLM, texts: list[str], kind: str = "openai", width: int | None = None) -> Any:
    made = provider(llm, kind)
    return made.embed(texts, model_id="text-embed-small", role="passage", dimensions=width)


@pytest.mark.parametrize("kind", EMBEDDING)
def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(
    llm: FakeLLM, kind: str
) -> None:
    reply = embed(llm, ["one two", "three", "one four"], kind)
    assert reply.vectors.shape == (3, fake_llm.DIMENSIONS)
    assert reply.vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(reply.vectors, axis=1), 1, atol=1e-5)
    near, far = reply.vectors[0] @ reply.vectors[2], reply.vectors[0] @ reply.vectors[1]
    assert near > 0.4 > far
    assert reply.spent.input_tokens == {"openai": 21, "gemini": 6}[kind]


@pytest.mark.parametrize("kind", EMBEDDING)
def test_many_texts_go_in_requests_that_common_servers_take(llm: FakeLLM, kind: str) -> None:
    texts = [f"text number {n}" for n in range(70)]
    reply = embed(llm, texts, kind)
    assert reply.vectors.shape[0] == 70
    asked = [asked.get("input") or asked["requests"] for _, _, asked in llm.requests]
    assert [len(one) for one in asked] == [32, 32, 6]


@pytest.mark.parametrize("kind", EMBEDDING)
def test_no_texts_need_no_request(llm: FakeLLM, kind: str) -> None:
    assert len(embed(llm, [], kind).vectors) == 0
    assert not llm.requests


@pytest.mark.parametrize("kind", EMBEDDING)
def test_vectors_of_another_width_are_asked_for(llm: FakeLLM, kind: str) -> None:
    assert embed(llm, ["a", "b"], kind, 64).vectors.shape == (2, 64)


@pytest.mark.parametrize("kind", EMBEDDING)
def test_a_model_that_gives_another_width_than_asked_for_is_no_use(llm: FakeLLM, kind: str) -> None:
    rows = [[1.0, 2.0], [2.0, 1.0]]
    in_form = {"openai": vectors_of(["a", "b"], rows),
               "gemini": {"embeddings": [{"values": row} for row in rows]}}  # fmt: skip
    llm.script.append(body(in_form[kind]))
    error = error_of(lambda: embed(llm, ["a", "b"], kind, 64))
    assert isinstance(error, errors.UnknownModel)
    assert "vectors of 2 numbers" in str(error)


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


# -- ranks -----------------------------------------------------------------------------------
def rerank(llm: FakeLLM, kind: str = "openai") -> Any:
    texts = ["It rains.", "Backups are encrypted.", "Encrypted they are."]
    return provider(llm, kind).rerank("are backups encrypted", texts, model_id="rerank-1")


def test_scores_come_in_the_order_of_the_texts(llm: FakeLLM) -> None:
    reply = rerank(llm)
    assert reply.scores.argsort()[::-1].tolist() == [1, 2, 0]
    assert reply.spent.input_tokens == 11
    [(path, _, asked)] = llm.requests
    assert path == "/v1/rerank" and asked["top_n"] == 3


TEXTS = ["b a", "a c", "d"]
SHAPES = {
    "relevance_score": ranking_of("a b", TEXTS),
    "score": ranking_of("a b", TEXTS, "score"),
    "a bare list": ranking_of("a b", TEXTS)["results"],
    "with its texts": {"results": [{"index": n, "relevance_score": s, "document": {"text": "x"}}
                                   for n, s in ((0, 1.0), (2, 0), (1, 0.5))],
                       "meta": {"billed_units": {"search_units": 1}}},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_servers_form_of_ranks_is_read(llm: FakeLLM, shape: Any) -> None:
    llm.script.append(body(shape))
    reply = rerank(llm)
    assert reply.scores.tolist() == [1.0, 0.5, 0.0]
    assert reply.spent.input_tokens > 0


@pytest.mark.parametrize(
    "rows",
    [
        [{"index": 0, "score": 1}],
        [{"index": n, "score": float("nan")} for n in range(3)],
        [{"index": 0, "score": n} for n in range(3)],
        [{"index": n} for n in range(3)],
        [{"index": n, "score": "high"} for n in range(3)],
        "none",
    ],
)
def test_ranks_that_cannot_be_used_are_refused(llm: FakeLLM, rows: Any) -> None:
    llm.script.append(body({"results": rows}))
    assert isinstance(error_of(lambda: rerank(llm)), errors.BadResponse)


@pytest.mark.parametrize("kind", ["anthropic", "gemini", "builtin"])
def test_who_does_not_rank_says_so(llm: FakeLLM, kind: str) -> None:
    error = error_of(lambda: rerank(llm, kind))
    assert isinstance(error, errors.UnknownModel)
    assert "rank" in str(error)


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


def test_every_provider_in_the_registry_offers_the_four_calls() -> None:
    for kind in PROVIDERS:
        made = connect(kind, ApiAccess("http://127.0.0.1:9/v1", lambda: KEY, 1))
        for call in ("chat", "embed", "rerank", "list_models"):
            assert callable(getattr(made, call))


def test_every_remote_provider_has_the_same_files() -> None:
    folder = Path(registry.__file__).parent
    names = {kind: {file.name for file in (folder / kind).glob("*.py")} for kind in KINDS}
    assert set(map(frozenset, names.values())) == {
        frozenset({"__init__.py", "provider.py", "dialect.py", "replies.py"})
    }
