"""Administrators look after APIs without ever seeing a key."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from jobs.models import Status
from llm_manager.models import (
    ApiCheck,
    Budget,
    LLMApi,
    LLMModel,
    LLMUsage,
    PriceSource,
    ValidationJob,
)
from tests.llm_manager.fake_llm import FakeLLM

pytestmark = pytest.mark.django_db
KEY = "sk-CANARY-0123456789abcdef"
LIST = "/admin/llm_manager/llmapi/"


@pytest.fixture
def api(llm: FakeLLM) -> LLMApi:
    return LLMApi.objects.create(
        name="Gateway", kind="openai", base_url=llm.base_url("openai"), api_key=KEY
    )


def page(api: LLMApi) -> str:
    return f"{LIST}{api.pk}/change/"


def form(api: LLMApi | None = None, **values: Any) -> dict[str, Any]:
    filled = {
        "name": "Gateway",
        "kind": "openai",
        "is_active": "on",
        "max_concurrency": 8,
        "timeout_seconds": 60,
        "base_url": api.base_url if api else "",
        "new_key": "",
    }
    return filled | values


def key_of(api: LLMApi) -> str:
    return LLMApi.objects.get(pk=api.pk).api_key.reveal()


def errors(response: Any) -> str:
    assert response.status_code == 200, "the form was saved"
    return str(response.context["errors"])


def test_a_key_is_entered_as_a_password_and_stored(admin_client: Client, llm: FakeLLM) -> None:
    response = admin_client.post(f"{LIST}add/", form(name="New", new_key=f" {KEY} "))
    assert response.status_code == 302
    assert key_of(LLMApi.objects.get(name="New")) == KEY
    assert 'type="password"' in admin_client.get(f"{LIST}add/").content.decode()


def test_no_page_shows_more_of_a_key_than_its_last_four(admin_client: Client, api: LLMApi) -> None:
    admin_client.post(page(api), form(api, timeout_seconds=61))
    pages = [LIST, f"{LIST}?q=Gateway", page(api), f"{LIST}{api.pk}/history/",
             f"{LIST}{api.pk}/delete/", "/models/", "/admin/"]  # fmt: skip
    for url in pages:
        response = admin_client.get(url)
        assert response.status_code == 200
        assert "CANARY" not in response.content.decode(), url
    assert "…cdef" in admin_client.get(page(api)).content.decode()
    assert "CANARY" not in str(list(LogEntry.objects.values()))


def test_an_empty_key_keeps_the_stored_one(admin_client: Client, api: LLMApi) -> None:
    assert admin_client.post(page(api), form(api, timeout_seconds=61)).status_code == 302
    api.refresh_from_db()
    assert (api.timeout_seconds, api.api_key.reveal()) == (61, KEY)


def test_a_key_is_replaced_or_deleted_on_request(admin_client: Client, api: LLMApi) -> None:
    admin_client.post(page(api), form(api, new_key="sk-another-key"))
    assert key_of(api) == "sk-another-key"
    admin_client.post(page(api), form(api, forget_key="on"))
    assert key_of(api) == ""


def test_a_refused_form_does_not_give_the_typed_key_back(admin_client: Client, api: LLMApi) -> None:
    response = admin_client.post(page(api), form(api, new_key="sk-typed-0123456", name=""))
    assert errors(response)
    assert "sk-typed" not in response.content.decode()


def test_a_key_of_characters_that_no_header_takes_is_refused(
    admin_client: Client, api: LLMApi
) -> None:
    for key in ("two words", "sk-€uro", "sk-a\x7fb"):
        assert "plain letters" in errors(admin_client.post(page(api), form(api, new_key=key)))
    assert key_of(api) == KEY


def test_a_key_does_not_follow_an_api_to_another_address(admin_client: Client, api: LLMApi) -> None:
    moved = form(api, base_url="https://thief.example/v1")
    assert "another address" in errors(admin_client.post(page(api), moved))
    assert admin_client.post(page(api), moved | {"new_key": KEY}).status_code == 302
    api.refresh_from_db()
    assert api.base_url == "https://thief.example/v1"


def test_another_path_on_the_same_host_keeps_the_key(admin_client: Client, api: LLMApi) -> None:
    response = admin_client.post(page(api), form(api, base_url=api.base_url + "/deployment"))
    assert response.status_code == 302
    assert key_of(api) == KEY


@pytest.mark.parametrize("address", ["ftp://host/v1", "https://me:pw@host/v1", "nothing at all"])
def test_an_address_that_is_none_is_refused(
    admin_client: Client, api: LLMApi, address: str
) -> None:
    changed = form(api, base_url=address, new_key=KEY)
    assert errors(admin_client.post(page(api), changed))


def test_a_key_that_cannot_be_decrypted_is_entered_anew(
    admin_client: Client, api: LLMApi, settings: Any
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert admin_client.get(LIST).status_code == 200
    assert "cannot be read" in admin_client.get(page(api)).content.decode()
    assert admin_client.get("/admin/llm_manager/llmmodel/add/").status_code == 200
    assert admin_client.post(page(api), form(api, timeout_seconds=61)).status_code == 302
    assert admin_client.post(page(api), form(api, new_key="sk-new-0123456")).status_code == 302
    assert key_of(api) == "sk-new-0123456"


def run(client: Client, url: str, action: str, *objects: Any) -> str:
    chosen = {"action": action, "_selected_action": [o.pk for o in objects]}
    response = client.post(url, chosen, follow=True)
    return " ".join(str(m) for m in response.context["messages"])


@pytest.mark.contract("A4")
def test_selected_apis_are_checked_each_by_a_job(
    admin_client: Client, admin_user: Any, api: LLMApi, django_capture_on_commit_callbacks: Any
) -> None:
    other = LLMApi.objects.create(name="Other", kind="openai", base_url="http://127.0.0.1:9/v1")
    with django_capture_on_commit_callbacks(execute=True):
        said = run(admin_client, LIST, "validate_selected", api, other)
    assert "2 jobs started" in said
    ended = {job.api_id: job for job in ValidationJob.objects.all()}
    assert ended[api.pk].status == Status.COMPLETED
    assert ended[other.pk].status == Status.FAILED
    assert {job.started_by for job in ended.values()} == {admin_user}
    assert {job.task_name for job in ended.values()} == {"llm_manager.validate_single_api"}


def test_an_api_that_is_being_checked_is_said(admin_client: Client, api: LLMApi) -> None:
    run(admin_client, LIST, "validate_selected", api)
    assert "already running" in run(admin_client, LIST, "validate_selected", api)


def test_who_may_only_look_may_not_check(client: Client, alice: Any, api: LLMApi) -> None:
    from django.contrib.auth.models import Permission

    alice.is_staff = True
    alice.save()
    alice.user_permissions.add(Permission.objects.get(codename="view_llmapi"))
    client.force_login(alice)
    run(client, LIST, "validate_selected", api)
    assert not ValidationJob.objects.exists()


def test_a_default_is_chosen_by_an_action_one_of_a_kind(admin_client: Client, api: LLMApi) -> None:
    url = "/admin/llm_manager/llmmodel/"
    LLMModel.objects.update(is_system_default=False)
    a, b = [LLMModel.objects.create(api=api, model_id=i, kind="chat") for i in "ab"]
    assert "one model of a kind" in run(admin_client, url, "make_default", a, b)
    run(admin_client, url, "make_default", a)
    said = run(admin_client, url, "make_default", b)
    assert "evaluation" in said and reverse("llm_manager:model_default", args=[b.pk]) in said
    assert [m.pk for m in LLMModel.objects.filter(kind="chat", is_system_default=True)] == [a.pk]


def test_a_price_that_is_entered_is_a_persons_from_then_on(
    admin_client: Client, api: LLMApi
) -> None:
    model = LLMModel.objects.create(api=api, model_id="a", kind="chat", price_source="listed")
    url = f"/admin/llm_manager/llmmodel/{model.pk}/change/"
    values = {"api": api.pk, "model_id": "a", "kind": "chat", "input_price": "3",
              "output_price": "0", "is_available": "on"}  # fmt: skip
    assert admin_client.post(url, values).status_code == 302
    model.refresh_from_db()
    assert (model.input_price, model.price_source) == (3, PriceSource.ENTERED)


def test_checks_are_looked_at_and_never_changed(admin_client: Client, api: LLMApi) -> None:
    check = ApiCheck.objects.create(api=api, ok=False, message="The API refused the key.")
    url = "/admin/llm_manager/apicheck/"
    assert "refused the key" in admin_client.get(url).content.decode()
    assert admin_client.post(f"{url}{check.pk}/change/", {"ok": "on"}).status_code == 403


def test_a_key_does_not_follow_an_api_to_another_provider(
    admin_client: Client, llm: FakeLLM
) -> None:
    api = LLMApi.objects.create(name="Gateway", kind="openai", api_key=KEY)
    moved = form(api, kind="anthropic")
    assert "another address" in errors(admin_client.post(page(api), moved))


def test_usage_is_looked_at_and_never_changed(admin_client: Client, api: LLMApi) -> None:
    model = LLMModel.objects.create(api=api, model_id="a", kind="chat")
    usage = LLMUsage.objects.create(model=model, purpose="answer", cost="0.5")
    url = "/admin/llm_manager/llmusage/"
    assert "answer" in admin_client.get(url).content.decode()
    assert admin_client.get(f"{url}{usage.pk}/change/").status_code == 200
    for forbidden in ("add/", f"{usage.pk}/delete/"):
        assert admin_client.get(url + forbidden).status_code == 403
    assert admin_client.post(f"{url}{usage.pk}/change/", {"purpose": "x"}).status_code == 403


def test_a_budget_shows_what_this_month_has_cost(admin_client: Client, api: LLMApi) -> None:
    model = LLMModel.objects.create(api=api, model_id="a", kind="chat")
    LLMUsage.objects.create(model=model, purpose="answer", cost="12.345")
    Budget.objects.create(name="All", limit=100)
    text = admin_client.get(reverse("admin:llm_manager_budget_changelist")).content.decode()
    assert "$12.3" in text
