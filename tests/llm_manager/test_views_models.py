"""The page of models: everybody may look, administrators may test, no key is ever shown."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from jobs.models import Status
from llm_manager.models import LLMApi, LLMModel, ValidationJob

pytestmark = pytest.mark.django_db
MODELS = "/models/"


@pytest.fixture
def api() -> LLMApi:
    LLMApi.objects.all().delete()
    api = LLMApi.objects.create(
        name="Our gateway", kind="openai", base_url="http://127.0.0.1:9/v1", api_key="sk-secret"
    )
    LLMModel.objects.create(
        api=api, model_id="small-1", kind="chat", input_price="0.15", is_system_default=True
    )
    return api


@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def as_admin(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_everybody_sees_the_models_nobody_the_key(api: LLMApi, pages: Client) -> None:
    page = text(pages.get(MODELS))
    for words in ("Our gateway", "small-1", "Never checked", "$0.15"):
        assert words in page
    assert "sk-secret" not in page


def test_a_missing_or_unusable_default_is_said(api: LLMApi, pages: Client) -> None:
    assert "nothing can be read or searched" in text(pages.get(MODELS))
    LLMModel.objects.update(is_available=False)
    assert "no longer lists this model" in text(pages.get(MODELS))
    LLMApi.objects.update(is_active=False)
    assert "Its API is switched off" in text(pages.get(MODELS))


def test_only_administrators_may_test_an_api(api: LLMApi, pages: Client) -> None:
    url = reverse("llm_manager:test_api", args=[api.pk])
    assert url not in text(pages.get(MODELS))
    assert pages.post(url).status_code == 403
    assert pages.post(reverse("llm_manager:test_api", args=[999])).status_code == 404


def test_a_test_is_a_job_of_the_person_who_asked_for_it(
    api: LLMApi, as_admin: Client, admin_user: User
) -> None:
    answer = as_admin.post(reverse("llm_manager:test_api", args=[api.pk]))
    assert (answer.status_code, answer["Location"]) == (303, MODELS)
    assert ValidationJob.objects.get().started_by == admin_user


def test_a_test_that_is_running_is_not_started_again(
    api: LLMApi, as_admin: Client, admin_user: User
) -> None:
    ValidationJob.objects.create(
        api=api, task_name="x.y", title="Check", started_by=admin_user, status=Status.PENDING,
        dedup_key=f"api:{api.pk}",
    )  # fmt: skip
    page = text(as_admin.get(MODELS))
    assert 'hx-trigger="every' in page
    answer = as_admin.post(reverse("llm_manager:test_api", args=[api.pk]))
    assert answer.status_code == 400
    assert "already running" in text(answer)


def test_more_apis_ask_no_more_queries(
    api: LLMApi, pages: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        more = LLMApi.objects.create(name=f"api {number}", kind="openai")
        LLMModel.objects.create(api=more, model_id="m", kind="chat")
    with django_assert_max_num_queries(14):
        pages.get(MODELS)


def test_a_long_list_of_models_is_cut_and_leads_to_all(api: LLMApi, pages: Client) -> None:
    for number in range(20):
        LLMModel.objects.create(api=api, model_id=f"more-{number:02}", kind="chat")
    page = text(pages.get(MODELS))
    assert "All 21 models" in page and reverse("llm_manager:api", args=[api.pk]) in page
    assert "small-1" in page and "more-19" not in page


def test_those_who_manage_are_led_to_settings_and_a_new_api(
    api: LLMApi, as_admin: Client, pages: Client
) -> None:
    for name, arguments in (("api_edit", [api.pk]), ("api_new", [])):
        url = reverse(f"llm_manager:{name}", args=arguments)
        assert url in text(as_admin.get(MODELS)) and url not in text(pages.get(MODELS))
