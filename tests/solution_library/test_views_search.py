"""The search page, and what it says when nothing can be found."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from llm_manager.models import LLMApi, LLMModel
from solution_library.search import Hit
from solution_library.views.search import Found, passage_url
from tests.solution_library.index_world import add, llm, small  # noqa: F401

pytestmark = pytest.mark.django_db
SEARCH = "/library/search/"


@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def a_hit(**fields: Any) -> Hit:
    facts = {
        "chunk_id": 5, "document_id": 7, "document": "Paper", "path": "p.md", "heading_path": "",
        "page": None, "text": "Keys", "document_sha256": "", "score": 0.03, "keyword_rank": 1,
        "dense_rank": 3, "keyword_score": 1.0, "dense_score": 0.5,
    }  # fmt: skip
    return Hit(**(facts | fields))


def test_an_empty_library_is_told_from_an_empty_result(pages: Client) -> None:
    assert "Nothing can be searched yet" in text(pages.get(SEARCH))


def test_while_the_embedding_model_cannot_be_used_the_page_says_so(
    pages: Client, small: LLMModel, tmp_path: Path
) -> None:
    add(tmp_path, "keys.md", "# Keys\n\nMaster keys live in hardware modules.\n")
    LLMApi.objects.update(is_active=False)
    answer = pages.get(f"{SEARCH}?q=master+keys")
    assert "Searched by words only" in text(answer) and "hardware modules" in text(answer)


@pytest.mark.parametrize(
    "query", ["q=" + "x" * 2000, "q=%00", "collection=x&q=", "limit=-1", "q=+"]
)
def test_odd_questions_never_break_the_page(query: str, pages: Client) -> None:
    assert pages.get(f"{SEARCH}?{query}").status_code == 200


def test_a_hit_links_to_its_passage_and_says_why_it_was_found() -> None:
    url = passage_url(a_hit())
    assert url == reverse("solution_library:document", args=[7]) + "?chunk=5#chunk-5"
    assert Found(a_hit(), [], "").why == "words: no. 1, meaning: no. 3"
    assert Found(a_hit(keyword_rank=None), [], "").why == "meaning: no. 3"
