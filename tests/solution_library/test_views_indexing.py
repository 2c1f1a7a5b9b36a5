"""The page of search indexes: who may do what, what a build takes, and what it says afterwards."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from llm_manager.models import LLMApi, LLMModel
from solution_library import tasks  # noqa: F401 - registers what is queued by name
from solution_library.indexing.indexes import active_index
from solution_library.models import ChunkVector, EmbeddingIndex, ReindexJob
from tests.llm_manager.fake_llm import FakeLLM
from tests.solution_library.index_world import library, llm, model, small  # noqa: F401

pytestmark = pytest.mark.django_db
PAGE = "/library/indexes/"


@pytest.fixture
def manager(alice: User, client: Client) -> Client:
    """Alice looks after the LLM APIs."""
    alice.user_permissions.add(Permission.objects.get(codename="change_llmapi"))
    client.force_login(alice)
    return client


@pytest.fixture
def colleague(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def text(response: Any) -> str:
    return " ".join(str(response.content.decode()).split())


def test_an_empty_library_has_no_index_yet(manager: Client) -> None:
    assert "No index yet" in text(manager.get(PAGE))


def test_the_index_in_use_is_shown_with_its_counts(manager: Client, library: Path) -> None:
    page = text(manager.get(PAGE))
    assert "embed-small" in page and "In use" in page and ">384<" in page


def test_passages_without_a_vector_are_said(manager: Client, library: Path) -> None:
    ChunkVector.objects.first().delete()
    assert "1 passages are found by their words only" in text(manager.get(PAGE))


def test_a_model_that_cannot_be_used_is_said(manager: Client, library: Path) -> None:
    LLMApi.objects.filter(name="Vectors").update(is_active=False)
    assert "only words are searched for" in text(manager.get(PAGE))


def test_before_a_build_one_is_told_what_it_takes(
    manager: Client, library: Path, llm: FakeLLM
) -> None:
    large = model(llm, "embed-large", input_price=10_000)
    page = text(manager.get(f"{PAGE}?model={large.pk}"))
    assert "Passages to embed" in page and "$0." in page
    assert "has not been compared" in page and "Why it may come into use" in page


def test_a_build_starts_once_and_comes_into_use_for_a_reason(
    manager: Client, library: Path, llm: FakeLLM, django_capture_on_commit_callbacks: Any
) -> None:
    large = model(llm, "embed-large")
    url = reverse("solution_library:indexing_build")
    asked = {"model": large.pk, "reason": "Better for German."}
    with django_capture_on_commit_callbacks() as queued:
        assert manager.post(url, asked).status_code == 303
    assert manager.post(url, asked).status_code == 400
    assert "Progress: Build the search index" in text(manager.get(PAGE))
    for run in queued:
        run()
    assert active_index().model == large  # type: ignore[union-attr]


def test_an_index_that_waits_can_be_used_and_the_one_before_dropped(
    manager: Client, library: Path, llm: FakeLLM, django_capture_on_commit_callbacks: Any
) -> None:
    before, large = active_index(), model(llm, "embed-large")
    build = {"model": large.pk, "wait": "1"}
    with django_capture_on_commit_callbacks(execute=True):
        manager.post(reverse("solution_library:indexing_build"), build)
    index = EmbeddingIndex.objects.get(model=large)
    use = reverse("solution_library:indexing_switch", args=[index.pk])
    refused = manager.post(use, follow=True)
    assert "has not been compared" in text(refused) and active_index() == before
    assert "Search uses" in text(manager.post(use, {"reason": "Better for German."}, follow=True))
    assert active_index() == index
    with django_capture_on_commit_callbacks(execute=True):
        manager.post(reverse("solution_library:indexing_drop", args=[before.pk]))  # type: ignore[union-attr]
    assert list(EmbeddingIndex.objects.all()) == [index]


def test_the_index_in_use_cannot_be_dropped(manager: Client, library: Path) -> None:
    url = reverse("solution_library:indexing_drop", args=[active_index().pk])  # type: ignore[union-attr]
    assert "Search uses this index" in text(manager.post(url, follow=True))


def test_others_see_the_page_and_change_nothing(
    colleague: Client, library: Path, small: LLMModel
) -> None:
    assert "Build an index" not in text(colleague.get(PAGE))
    index = active_index()
    assert index is not None
    for url, data in (
        (reverse("solution_library:indexing_build"), {"model": small.pk}),
        (reverse("solution_library:indexing_switch", args=[index.pk]), {}),
        (reverse("solution_library:indexing_drop", args=[index.pk]), {}),
    ):
        assert colleague.post(url, data).status_code == 403
    assert not ReindexJob.objects.exists()


@pytest.mark.parametrize("query", ["model=0", "model=x", "model=99999999999999999999", "anew=on"])
def test_odd_addresses_never_break_the_page(query: str, manager: Client, library: Path) -> None:
    assert manager.get(f"{PAGE}?{query}").status_code == 200


def test_the_list_takes_no_query_per_index_row_more_than_it_must(
    manager: Client, library: Path, llm: FakeLLM, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        manager.get(PAGE)
