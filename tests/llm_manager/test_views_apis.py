"""Pages of an API and its models: everybody may look, those who manage may change."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llm_manager.models import (
    ApiCheck,
    ApiGate,
    LLMApi,
    LLMModel,
    LLMUsage,
    PriceSource,
    ValidationJob,
)
from llm_manager.presets import PRESETS

pytestmark = pytest.mark.django_db
KEY = "sk-CANARY-0123456789abcdef"


@pytest.fixture
def api() -> LLMApi:
    return LLMApi.objects.create(
        name="Gateway", kind="openai", base_url="http://127.0.0.1:9/v1", api_key=KEY
    )


@pytest.fixture
def model(api: LLMApi) -> LLMModel:
    return LLMModel.objects.create(api=api, model_id="small-1", kind="chat", listed={})


@pytest.fixture
def as_alice(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def boss(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"llm_manager:{name}", args=args)


def text(response: Any) -> str:
    return str(response.content.decode())


def form(**values: Any) -> dict[str, Any]:
    filled = {"name": "New", "kind": "openai", "base_url": "http://127.0.0.1:9/v1", "new_key": "",
              "max_concurrency": 4, "timeout_seconds": 60}  # fmt: skip
    return filled | values


def prices(model: LLMModel, **values: Any) -> dict[str, Any]:
    filled = {"name": model.name, "kind": model.kind, "input_price": model.input_price,
              "output_price": model.output_price, "cached_price": ""}  # fmt: skip
    return filled | values


# -- who may do what ---------------------------------------------------------------------
def test_everybody_may_look_at_an_api_and_sees_no_key(
    api: LLMApi, model: LLMModel, as_alice: Client
) -> None:
    page = text(as_alice.get(url("api", api.pk)))
    assert "small-1" in page and "Calls today" in page
    assert "CANARY" not in page and "cdef" not in page
    assert url("api_edit", api.pk) not in page and url("api_delete", api.pk) not in page


@pytest.mark.parametrize("name", ["api_edit", "api_switch", "api_delete", "test_api", "model_new"])
def test_who_does_not_manage_apis_is_refused(api: LLMApi, as_alice: Client, name: str) -> None:
    assert as_alice.post(url(name, api.pk)).status_code == 403
    assert as_alice.post(url(name, 999_999)).status_code == 404
    assert as_alice.post(url("api_new"), form()).status_code == 403
    assert LLMApi.objects.get(pk=api.pk).is_active


@pytest.mark.parametrize("name", ["model_edit", "model_listed_price", "model_default"])
def test_who_does_not_manage_apis_changes_no_model(
    model: LLMModel, as_alice: Client, name: str
) -> None:
    assert as_alice.post(url(name, model.pk), {"input_price": 5}).status_code == 403
    model.refresh_from_db()
    assert model.input_price == 0 and not model.is_system_default


def test_a_stranger_is_asked_to_sign_in(api: LLMApi, client: Client) -> None:
    for address in (url("api", api.pk), url("api_new"), url("api_edit", api.pk)):
        assert client.get(address).status_code == 302


@pytest.mark.parametrize("name", ["api_switch", "api_delete", "test_api"])
def test_nothing_happens_by_a_look(api: LLMApi, boss: Client, name: str) -> None:
    assert boss.get(url(name, api.pk)).status_code == 405


# -- adding and changing -----------------------------------------------------------------
def test_an_api_is_added_its_key_stored_and_it_is_tested(boss: Client, admin_user: User) -> None:
    answer = boss.post(url("api_new"), form(new_key=KEY))
    added = LLMApi.objects.get(name="New")
    assert (answer.status_code, answer["Location"]) == (303, url("api", added.pk))
    assert added.api_key.reveal() == KEY
    assert ValidationJob.objects.get(api=added).started_by == admin_user


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.slug)
def test_every_preset_fills_the_form_with_something_that_can_be_saved(
    boss: Client, preset: Any
) -> None:
    page = boss.get(url("api_new"), {"preset": preset.slug})
    assert preset.hint in unescape(text(page))
    initial = page.context["form"].initial
    saved = form(**initial) | {"name": "P", "base_url": initial["base_url"].rstrip("/") + "/x"}
    if not initial["base_url"] or preset.slug == "other":
        saved["base_url"] = ""
    assert boss.post(url("api_new"), saved).status_code == 303


def test_the_built_in_ones_cannot_be_added_a_second_time(boss: Client) -> None:
    assert boss.post(url("api_new"), form(kind="builtin")).status_code == 422


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "required"), ("name", "Gateway", "already exists"),
        ("base_url", "ftp://host", "valid URL"), ("new_key", "two words", "plain letters"),
        ("max_concurrency", "0", "greater than or equal to 1"), ("timeout_seconds", "x", "whole"),
        ("first_byte_seconds", "61", "longer than the whole call"), ("kind", "nobody", "valid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_the_key_not_given_back(
    api: LLMApi, boss: Client, field: str, value: str, words: str
) -> None:
    answer = boss.post(url("api_new"), form(**{"new_key": KEY, field: value}))
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[field])
    assert "CANARY" not in text(answer)


def test_settings_are_changed_and_an_empty_key_keeps_the_stored_one(
    api: LLMApi, boss: Client
) -> None:
    page = text(boss.get(url("api_edit", api.pk)))
    assert "…cdef" in page and "CANARY" not in page
    changed = form(name="Renamed", is_active="on", requests_per_minute=90)
    assert boss.post(url("api_edit", api.pk), changed).status_code == 303
    api.refresh_from_db()
    assert (api.name, api.requests_per_minute, api.api_key.reveal()) == ("Renamed", 90, KEY)


def test_a_key_does_not_follow_an_api_elsewhere(api: LLMApi, boss: Client) -> None:
    moved = form(name="Gateway", base_url="https://thief.example/v1", is_active="on")
    answer = boss.post(url("api_edit", api.pk), moved)
    assert answer.status_code == 422 and "another address" in text(answer)
    assert "Settings of Gateway" in text(answer)


def test_a_kind_stays_as_it_was_chosen(api: LLMApi, boss: Client) -> None:
    boss.post(url("api_edit", api.pk), form(name="Gateway", kind="anthropic", is_active="on"))
    assert LLMApi.objects.get(pk=api.pk).kind == "openai"


def test_saving_does_not_undo_what_a_check_has_written_meanwhile(api: LLMApi, boss: Client) -> None:
    from llm_manager.forms import ApiPageForm

    stale = LLMApi.objects.get(pk=api.pk)
    LLMApi.objects.filter(pk=api.pk).update(last_validation_ok=True)
    filled = ApiPageForm(form(name="Gateway", is_active="on", timeout_seconds=7), instance=stale)
    assert filled.is_valid(), filled.errors
    filled.save()
    api.refresh_from_db()
    assert (api.timeout_seconds, api.last_validation_ok) == (7, True)


def test_the_built_in_apis_page_has_neither_key_nor_address(boss: Client) -> None:
    builtin = LLMApi.objects.get(kind="builtin")
    shown = boss.get(url("api_edit", builtin.pk))
    assert not {"new_key", "base_url"}.intersection(shown.context["form"].fields)
    values = {"name": "Built in", "max_concurrency": 3, "is_active": "on"}
    assert boss.post(url("api_edit", builtin.pk), values).status_code == 303
    builtin.refresh_from_db()
    assert builtin.max_concurrency == 3


def test_a_key_that_cannot_be_read_is_said_and_entered_anew(
    api: LLMApi, boss: Client, settings: Any
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert "enter it again" in text(boss.get(url("api", api.pk)))
    values = form(name="Gateway", new_key="sk-new-0123456", is_active="on")
    assert boss.post(url("api_edit", api.pk), values).status_code == 303
    assert LLMApi.objects.get(pk=api.pk).api_key.reveal() == "sk-new-0123456"


# -- switching off and deleting ----------------------------------------------------------
def test_an_api_is_switched_off_and_on_again(api: LLMApi, boss: Client) -> None:
    for wanted in ("0", "0", "1"):
        assert boss.post(url("api_switch", api.pk), {"active": wanted}).status_code == 303
        assert LLMApi.objects.get(pk=api.pk).is_active is (wanted == "1")


def test_an_api_that_nobody_used_is_deleted_with_its_models(
    api: LLMApi, model: LLMModel, boss: Client
) -> None:
    ApiCheck.objects.create(api=api, ok=True, message="1 model.")
    assert boss.post(url("api_delete", api.pk))["Location"] == url("models")
    assert not LLMApi.objects.filter(pk=api.pk).exists()


def test_an_api_with_calls_in_the_books_stays_and_switching_off_is_offered(
    api: LLMApi, model: LLMModel, boss: Client
) -> None:
    LLMUsage.objects.create(model=model, purpose="answer")
    assert "1 call is booked" in text(boss.get(url("api", api.pk)))
    answer = boss.post(url("api_delete", api.pk), follow=True)
    assert "Switch it off instead" in text(answer)
    assert LLMModel.objects.filter(pk=model.pk).exists()


def test_an_api_with_a_default_or_of_the_installation_stays(
    api: LLMApi, model: LLMModel, boss: Client
) -> None:
    model.make_default()
    assert "Choose another default" in text(boss.post(url("api_delete", api.pk), follow=True))
    builtin = LLMApi.objects.get(kind="builtin")
    assert "installation" in text(boss.post(url("api_delete", builtin.pk), follow=True))
    assert LLMApi.objects.filter(pk__in=[api.pk, builtin.pk]).count() == 2


# -- what the page shows -----------------------------------------------------------------
def test_the_last_checks_are_shown_with_what_they_found(api: LLMApi, as_alice: Client) -> None:
    ApiCheck.objects.create(
        api=api, ok=True, message="2 models.", models_new=["<b>new</b>"], models_gone=["old-1"],
        models_changed=["a: tokens 8192 → 32768"],
    )  # fmt: skip
    page = text(as_alice.get(url("api", api.pk)))
    assert "1 new, 1 gone, 1 changed" in page
    assert "old-1" in page and "8192 → 32768" in page
    assert "<b>new</b>" not in page


def test_older_checks_are_on_further_pages(api: LLMApi, as_alice: Client) -> None:
    checks = [ApiCheck(api=api, ok=True, message=f"Check {n}.") for n in range(25)]
    ApiCheck.objects.bulk_create(checks)
    page = text(as_alice.get(url("api", api.pk), {"checks": "3"}))
    assert "Check 0." in page and "Check 24." not in page


def test_what_holds_calls_back_is_said(api: LLMApi, as_alice: Client) -> None:
    gate = ApiGate.objects.create(api_id=api.pk, limit_now=2.5)
    assert "lowered from 8" in text(as_alice.get(url("api", api.pk)))
    soon = timezone.now() + timedelta(minutes=2)
    ApiGate.objects.filter(pk=gate.pk).update(paused_until=soon)
    assert "asked for patience until" in text(as_alice.get(url("api", api.pk)))
    ApiGate.objects.filter(pk=gate.pk).update(open_until=soon, failures=5)
    assert "left alone until" in text(as_alice.get(url("api", api.pk)))
    past = timezone.now() - timedelta(seconds=1)
    ApiGate.objects.update(open_until=past, paused_until=past)
    assert "left alone" not in text(as_alice.get(url("api", api.pk)))


def test_todays_calls_are_counted(api: LLMApi, model: LLMModel, as_alice: Client) -> None:
    for outcome in ("ok", "ok", "rate_limited"):
        LLMUsage.objects.create(model=model, purpose="answer", outcome=outcome, cost="0.25")
    page = text(as_alice.get(url("api", api.pk)))
    assert "1 without an answer" in page and "$0.75" in page


def test_new_gone_and_entered_models_are_marked(api: LLMApi, as_alice: Client) -> None:
    long_ago = timezone.now() - timedelta(days=60)
    LLMModel.objects.create(
        api=api, model_id="old", kind="chat", listed={}, first_seen_at=long_ago, is_available=False,
        gone_at=timezone.now(),
    )  # fmt: skip
    LLMModel.objects.create(api=api, model_id="fresh", kind="chat", listed={})
    LLMModel.objects.create(api=api, model_id="ours", kind="chat", first_seen_at=long_ago)
    page = text(as_alice.get(url("api", api.pk)))
    for words in ("Gone", "not listed since", "New", "Entered by hand", "not known"):
        assert words in page


def test_models_are_found_by_a_part_of_their_id(api: LLMApi, as_alice: Client) -> None:
    for number in range(60):
        LLMModel.objects.create(api=api, model_id=f"model-{number:02}", kind="chat")
    page = text(as_alice.get(url("api", api.pk), {"q": "l-07"}))
    assert "model-07" in page and "model-08" not in page
    assert "holds “zzz”" in text(as_alice.get(url("api", api.pk), {"q": "zzz"}))


def test_more_models_and_checks_ask_no_more_queries(
    api: LLMApi, as_alice: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        LLMModel.objects.create(api=api, model_id=f"m{number}", kind="chat")
        ApiCheck.objects.create(api=api, ok=True, message="x")
    with django_assert_max_num_queries(20):
        as_alice.get(url("api", api.pk))


# -- one model ---------------------------------------------------------------------------
def test_an_entered_price_is_a_persons_and_the_listed_one_can_be_taken_again(
    api: LLMApi, boss: Client
) -> None:
    model = LLMModel.objects.create(
        api=api, model_id="gpt-4o-mini", kind="chat", input_price="0.15", output_price="0.6",
        price_source=PriceSource.LISTED,
    )  # fmt: skip
    assert "check your contract" in text(boss.get(url("model_edit", model.pk)))
    answer = boss.post(url("model_edit", model.pk), prices(model, input_price="0.1"))
    assert answer.status_code == 303
    model.refresh_from_db()
    assert (str(model.input_price), model.price_source) == ("0.1000", PriceSource.ENTERED)
    assert "Take these prices" in text(boss.get(url("model_edit", model.pk)))
    boss.post(url("model_listed_price", model.pk))
    model.refresh_from_db()
    assert (str(model.input_price), model.price_source) == ("0.1500", PriceSource.LISTED)


def test_a_model_can_be_said_to_cost_nothing(model: LLMModel, boss: Client) -> None:
    assert "no budget holds them" in text(boss.get(url("model_edit", model.pk)))
    boss.post(url("model_edit", model.pk), prices(model, is_free="on"))
    model.refresh_from_db()
    assert (model.price_source, model.input_price) == (PriceSource.ENTERED, 0)
    assert "free" in text(boss.get(url("api", model.api_id)))


def test_another_name_alone_says_nothing_of_the_price(model: LLMModel, boss: Client) -> None:
    boss.post(url("model_edit", model.pk), prices(model, name="Ours", context_window=4096))
    model.refresh_from_db()
    assert (model.name, model.context_window) == ("Ours", 4096)
    assert model.price_source == PriceSource.UNKNOWN


def test_a_negative_price_is_refused(model: LLMModel, boss: Client) -> None:
    answer = boss.post(url("model_edit", model.pk), prices(model, input_price="-1"))
    assert answer.status_code == 422
    model.refresh_from_db()
    assert model.input_price == 0


def test_a_stand_in_is_another_usable_model_that_writes(
    api: LLMApi, model: LLMModel, boss: Client
) -> None:
    other = LLMModel.objects.create(api=api, model_id="other", kind="chat")
    vectors = LLMModel.objects.create(api=api, model_id="v", kind="embedding")
    for refused in (model, vectors):
        answer = boss.post(url("model_edit", model.pk), prices(model, fallback=refused.pk))
        assert answer.status_code == 422
    boss.post(url("model_edit", model.pk), prices(model, fallback=other.pk))
    model.refresh_from_db()
    assert model.fallback == other


def test_a_model_that_is_not_listed_is_entered_by_hand(api: LLMApi, boss: Client) -> None:
    values = {"model_id": "our-deployment", "kind": "chat", "name": "", "input_price": "2",
              "output_price": "8"}  # fmt: skip
    assert boss.post(url("model_new", api.pk), values).status_code == 303
    entered = LLMModel.objects.get(api=api)
    assert (entered.listed, entered.price_source) == (None, PriceSource.ENTERED)
    again = boss.post(url("model_new", api.pk), values)
    assert again.status_code == 422 and "already" in text(again)


def test_an_entered_model_that_is_well_known_gets_its_known_price(
    api: LLMApi, boss: Client
) -> None:
    values = {"model_id": "gpt-4o", "kind": "chat", "input_price": "0", "output_price": "0"}
    boss.post(url("model_new", api.pk), values)
    entered = LLMModel.objects.get(api=api)
    assert (str(entered.input_price), entered.price_source) == ("2.5000", PriceSource.LISTED)


def test_a_default_that_was_not_compared_needs_a_reason(
    model: LLMModel, boss: Client, admin_user: User
) -> None:
    page = text(boss.get(url("model_default", model.pk)))
    assert "has not been compared" in page
    refused = boss.post(url("model_default", model.pk), {"reason": "no"})
    assert refused.status_code == 422
    model.refresh_from_db()
    assert not model.is_system_default
    answer = boss.post(url("model_default", model.pk), {"reason": "The old API is gone."})
    assert answer.status_code == 303
    model.refresh_from_db()
    assert model.is_system_default
