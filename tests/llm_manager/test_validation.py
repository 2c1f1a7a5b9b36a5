"""A check of an API says what is wrong in a sentence, and keeps the list of models in step."""

from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import Fernet

from llm_manager.models import ApiCheck, LLMApi, LLMModel, LLMUsage, PriceSource
from llm_manager.providers.base import ModelInfo
from llm_manager.validation import validate
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, body, properly, status

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
    assert api.last_validation_message.startswith("3 models. “")
    assert api.last_validation_message.endswith("” answers.")
    assert api.last_validated_at


def test_a_second_check_changes_nothing(api: LLMApi) -> None:
    validate(api.pk)
    before = list(api.models.order_by("pk").values())
    validate(api.pk)
    assert list(api.models.order_by("pk").values()) == before


def test_gone_models_are_marked_and_come_back(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.extend([listing("a", "b"), properly, listing("b"), properly, listing("a", "b")])
    validate(api.pk)
    assert validate(api.pk, user_id=None).changes.gone == ["a"]
    assert ids(api, is_available=True) == ["b"]
    assert ids(api) == ["a", "b"]
    assert api.models.get(model_id="a").gone_at
    assert validate(api.pk).changes.new == ["a"]
    assert ids(api, is_available=True, gone_at=None) == ["a", "b"]


def test_what_people_set_on_a_model_stays(api: LLMApi, llm: FakeLLM) -> None:
    LLMModel.objects.create(
        api=api, model_id="small-chat", kind="rerank", input_price=3, name="Ours"
    )
    validate(api.pk)
    model = api.models.get(model_id="small-chat")
    assert (model.kind, model.input_price, model.name) == ("rerank", 3, "Ours")


def test_an_empty_list_switches_no_model_off(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.extend([listing("a"), properly, listing()])
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
        (status(404), "lists no models"),
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
    assert said == ["Asking Gateway for its models", "Trying a call at Gateway"]


# -- the call that is tried --------------------------------------------------------------
def chats(llm: FakeLLM) -> list[str]:
    """The models of which an answer was asked."""
    return [asked["model"] for _, _, asked in llm.requests if "model" in asked]


def in_use(api: LLMApi, model_id: str, kind: str = "chat") -> LLMModel:
    LLMModel.objects.filter(kind=kind).update(is_system_default=False)
    return LLMModel.objects.create(
        api=api, model_id=model_id, kind=kind, is_system_default=True, input_price=1, output_price=2
    )


def test_a_list_alone_does_not_make_it_green(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.append(properly)
    llm.always = status(401)
    outcome = validate(api.pk)
    assert not outcome.ok
    assert "refused the key" in outcome.message
    assert ids(api) == sorted(fake_llm.MODELS), "what it lists is kept all the same"


def test_the_models_in_use_are_the_ones_that_are_tried(
    api: LLMApi, llm: FakeLLM, alice: Any
) -> None:
    in_use(api, "small-chat")
    assert validate(api.pk, user_id=None).ok
    assert chats(llm) == ["small-chat"]
    assert validate(api.pk).ok
    assert chats(llm) == ["small-chat"], "an answer of a moment ago will do for the clock's check"
    llm.script.extend([properly, status(404)])
    outcome = validate(api.pk, user_id=alice.pk)
    assert not outcome.ok
    assert "the default for chat, does not answer" in outcome.message


def test_an_embedding_model_in_use_is_tried_as_such(llm: FakeLLM) -> None:
    api = LLMApi.objects.create(name="V", kind="openai", base_url=llm.base_url("openai"))
    in_use(api, "text-embed-small", "embedding")
    assert validate(api.pk).ok
    assert [path for path, _, _ in llm.requests][1:] == ["/v1/embeddings"]


def test_a_default_that_is_gone_is_said(api: LLMApi, llm: FakeLLM) -> None:
    model = in_use(api, "a")
    model.listed = {}
    model.save()
    llm.script.append(listing("b", "c"))
    outcome = validate(api.pk)
    assert not outcome.ok and "“a”, the default for chat, is gone" in outcome.message


def test_a_model_that_only_draws_is_passed_over(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.extend([listing("draws-1", "draws-2", "writes"), status(404), status(400)])
    assert validate(api.pk).ok
    assert chats(llm)[-1] == "writes" and len(chats(llm)) == 3


def test_at_most_three_models_are_tried(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.append(listing(*"abcdef"))
    llm.always = status(404)
    assert not validate(api.pk).ok
    assert len(chats(llm)) == 3


def test_a_rate_limit_or_an_answer_cut_off_is_a_sign_of_life(api: LLMApi, llm: FakeLLM) -> None:
    in_use(api, "small-chat")
    llm.script.extend([properly, status(429, retry_after="0")])
    outcome = validate(api.pk)
    assert outcome.ok and "rate limit" in outcome.message


@pytest.mark.parametrize("fault", [status(500), status(529), fake_llm.hang_up])
def test_an_api_that_lists_and_then_fails_is_red_after_one_try(
    api: LLMApi, llm: FakeLLM, fault: fake_llm.Reply
) -> None:
    llm.script.extend([listing("a", "b", "c"), fault])
    assert not validate(api.pk).ok
    assert len(chats(llm)) == 1


def test_the_trial_is_in_the_books_of_the_person_who_asked(api: LLMApi, alice: Any) -> None:
    in_use(api, "small-chat")
    validate(api.pk, user_id=alice.pk)
    booked = LLMUsage.objects.get()
    assert (booked.purpose, booked.user, booked.outcome) == ("validation", alice, "ok")
    assert booked.cost > 0


def test_a_wanted_key_that_is_not_stored_is_said(llm: FakeLLM) -> None:
    api = LLMApi.objects.create(name="G", kind="openai", base_url=llm.base_url("openai"))
    llm.script.append(status(401))
    assert validate(api.pk).message == "The API wants a key, and none is stored. Enter one."


def test_models_entered_by_hand_serve_an_api_without_lists(llm: FakeLLM) -> None:
    api = LLMApi.objects.create(name="G", kind="openai", base_url=llm.base_url("openai"))
    llm.script.append(status(404))
    assert "/v1), or enter a model by hand" in validate(api.pk).message
    LLMModel.objects.create(api=api, model_id="our-deployment", kind="chat")
    llm.script.append(status(404))
    outcome = validate(api.pk)
    assert outcome.ok and "“our-deployment” answers" in outcome.message


def test_a_model_entered_by_hand_is_never_gone(api: LLMApi, llm: FakeLLM) -> None:
    LLMModel.objects.create(api=api, model_id="our-deployment", kind="chat")
    llm.script.append(listing("a"))
    validate(api.pk)
    assert ids(api, is_available=True) == ["a", "our-deployment"]


# -- what is kept ------------------------------------------------------------------------
def test_every_check_leaves_a_row_of_what_it_found(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.extend([listing("a", "b"), properly, listing("b", "c"), properly, status(401)])
    for _ in range(3):
        validate(api.pk)
    third, second, first = ApiCheck.objects.filter(api=api)
    assert (first.models_new, first.models_gone) == (["a", "b"], [])
    assert (second.models_new, second.models_gone, second.models_listed) == (["c"], ["a"], 2)
    assert (first.ok, second.ok, third.ok) == (True, True, False)
    api.refresh_from_db()
    assert third.message == api.last_validation_message


def test_only_the_newest_checks_are_kept(api: LLMApi, llm: FakeLLM, monkeypatch: Any) -> None:
    monkeypatch.setattr("llm_manager.validation.CHECKS_KEPT", 3)
    llm.always = status(401)
    for _ in range(5):
        validate(api.pk)
    assert ApiCheck.objects.filter(api=api).count() == 3


def listed_with(monkeypatch: Any, *infos: ModelInfo) -> None:
    monkeypatch.setattr("llm_manager.validation._ask", lambda api: list(infos))


def test_a_changed_context_window_is_taken_over_and_said(api: LLMApi, monkeypatch: Any) -> None:
    listed_with(monkeypatch, ModelInfo("a", "A", "chat", None, 8192))
    validate(api.pk)
    listed_with(monkeypatch, ModelInfo("a", "A", "chat", None, 32768))
    assert validate(api.pk).changes.changed == ["a: tokens 8192 → 32768"]
    assert api.models.get().context_window == 32768


def test_a_person_word_stays_when_the_api_changes_its_own(api: LLMApi, monkeypatch: Any) -> None:
    listed_with(monkeypatch, ModelInfo("a", "A", "chat", None, 8192))
    validate(api.pk)
    api.models.update(context_window=4000, name="Ours")
    listed_with(monkeypatch, ModelInfo("a", "B", "chat", None, 32768))
    assert validate(api.pk).changes.changed == []
    assert (api.models.get().context_window, api.models.get().name) == (4000, "Ours")


def test_known_prices_are_filled_in_until_a_person_enters_others(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.extend([listing("gpt-4o-mini", "nobody-knows"), properly])
    validate(api.pk)
    model = api.models.get(model_id="gpt-4o-mini")
    assert (model.input_price, model.output_price) == (Decimal("0.15"), Decimal("0.60"))
    assert (model.price_source, model.context_window) == (PriceSource.LISTED, 128_000)
    assert api.models.get(model_id="nobody-knows").price_source == PriceSource.UNKNOWN
    api.models.update(input_price=9, output_price=9, price_source=PriceSource.ENTERED)
    llm.script.append(listing("gpt-4o-mini", "nobody-knows"))
    validate(api.pk)
    model.refresh_from_db()
    assert (model.input_price, model.output_price) == (9, 9)
