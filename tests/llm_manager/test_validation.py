"""A check of an API says what is wrong in a sentence, and keeps the list of models in step."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from llm_manager.models import LLMApi, LLMModel
from llm_manager.validation import validate
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, body, status

pytestmark = pytest.mark.django_db
KEY = "sk-CANARY-0123456789abcdef"


@pytest.fixture(params=["openai", "anthropic"])
def api(request: Any, llm: FakeLLM) -> LLMApi:
    return LLMApi.objects.create(
        name="Gateway", kind=request.param, base_url=llm.base_url(request.param), api_key=KEY
    )


def ids(api: LLMApi, **narrower: Any) -> list[str]:
    return sorted(api.models.filter(**narrower).values_list("model_id", flat=True))


def listing(*model_ids: str) -> fake_llm.Reply:
    data = fake_llm.model_list()
    data["data"] = [data["data"][0] | {"id": model_id} for model_id in model_ids]
    return body(data)


def test_a_working_api_has_its_models_listed(api: LLMApi) -> None:
    outcome = validate(api.pk)
    assert (outcome.ok, outcome.models) == (True, 3)
    assert ids(api) == sorted(fake_llm.MODELS)
    api.refresh_from_db()
    assert api.last_validation_ok
    assert api.last_validation_message == "3 models"
    assert api.last_validated_at


def test_a_second_check_changes_nothing(api: LLMApi) -> None:
    validate(api.pk)
    before = list(api.models.order_by("pk").values())
    validate(api.pk)
    assert list(api.models.order_by("pk").values()) == before


def test_gone_models_are_marked_and_come_back(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.extend([listing("a", "b"), listing("b"), listing("a", "b")])
    validate(api.pk)
    validate(api.pk)
    assert ids(api, is_available=True) == ["b"]
    assert ids(api) == ["a", "b"]
    validate(api.pk)
    assert ids(api, is_available=True) == ["a", "b"]


def test_what_people_set_on_a_model_stays(api: LLMApi, llm: FakeLLM) -> None:
    LLMModel.objects.create(
        api=api, model_id="small-chat", kind="rerank", input_price=3, name="Ours"
    )
    validate(api.pk)
    model = api.models.get(model_id="small-chat")
    assert (model.kind, model.input_price, model.name) == ("rerank", 3, "Ours")


def test_an_empty_list_switches_no_model_off(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.extend([listing("a"), listing()])
    validate(api.pk)
    outcome = validate(api.pk)
    assert not outcome.ok
    assert "no models" in outcome.message
    assert ids(api, is_available=True) == ["a"]


def test_hostile_lists_of_models_are_stored_as_far_as_they_can_be(
    api: LLMApi, llm: FakeLLM
) -> None:
    llm.script.append(listing("a", "a", "b\x00c", "x" * 201, "\ud800", "", "<script>"))
    assert validate(api.pk).ok
    assert ids(api) == ["<script>", "a"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(401), "key"),
        (status(403), "key"),
        (status(404), "does not know"),
        (status(429), "rate limit"),
        (status(500), "500"),
        (status(529), "529"),
        (fake_llm.redirect, "moved"),
        (fake_llm.html_page, "cannot be understood"),
        (fake_llm.ten_megabytes, "longer"),
        (fake_llm.cut, "cannot be reached"),
        (fake_llm.hang_up, "cannot be reached"),
    ],
)
def test_what_is_wrong_is_recorded_in_a_sentence_without_address_or_key(
    api: LLMApi, llm: FakeLLM, fault: fake_llm.Reply, words: str
) -> None:
    llm.script.append(fault)
    outcome = validate(api.pk)
    api.refresh_from_db()
    assert not outcome.ok and api.last_validation_ok is False
    assert words in api.last_validation_message
    assert "127.0.0.1" not in api.last_validation_message
    assert "CANARY" not in api.last_validation_message


def test_a_silent_api_fails_at_its_timeout(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.append(fake_llm.silence)
    LLMApi.objects.filter(pk=api.pk).update(timeout_seconds=1)
    assert "in time" in validate(api.pk).message


def test_a_key_that_cannot_be_decrypted_is_said(api: LLMApi, settings: Any) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert "Enter the key again" in validate(api.pk).message
    api = LLMApi.objects.defer("api_key").get(pk=api.pk)
    assert api.last_validation_ok is False


def test_a_check_says_what_it_is_doing(api: LLMApi) -> None:
    said: list[str] = []
    validate(api.pk, said.append)
    assert said == ["Asking Gateway for its models"]
