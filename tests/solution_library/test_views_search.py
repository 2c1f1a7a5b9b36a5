"""The search page, and what it says when nothing can be found."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from llm_manager.models import LLMApi, LLMModel
from solution_library.models import Chunk, Collection, Document, Tag
from solution_library.search import Hit
from solution_library.views.search import Found, passage_url
from tests.solution_library.index_world import add, llm, small  # noqa: F401
from tests.solution_library.passages import keyword_passage

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
    assert "Only the words of the question" in text(answer) and "hardware modules" in text(answer)


@pytest.mark.parametrize(
    "query", ["q=" + "x" * 2000, "q=%00", "collection=x&q=", "limit=-1", "q=+"]
)
def test_odd_questions_never_break_the_page(query: str, pages: Client) -> None:
    assert pages.get(f"{SEARCH}?{query}").status_code == 200


def test_a_hit_links_to_its_passage_and_says_why_it_was_found() -> None:
    url = passage_url(a_hit())
    assert url == reverse("solution_library:document", args=[7]) + "?chunk=5#chunk-5"
    assert Found(a_hit(), [], "", []).why == "words: no. 1, meaning: no. 3"
    assert Found(a_hit(keyword_rank=None), [], "", []).why == "meaning: no. 3"


def test_a_hit_says_how_much_of_its_score_comes_from_words_and_how_much_from_meaning() -> None:
    found = Found(a_hit(keyword_part=0.3, dense_part=0.1), [], "", [])
    assert (found.words_percent, found.meaning_percent) == (75, 25)


# -- what may be found --------------------------------------------------------------------
def test_a_search_finds_nothing_that_the_person_may_not_open(pages: Client, alice: User) -> None:
    secret = Collection.objects.create(name="Board", is_restricted=True)
    keyword_passage("Vault", "Walruses are fed in the vault.").collections.add(secret)
    keyword_passage("Pier", "Walruses are fed at the pier.")
    answer = text(pages.get(f"{SEARCH}?q=walruses"))
    assert "at the pier" in answer and "vault" not in answer and "Board" not in answer
    secret.members.add(alice)
    assert "vault" in text(pages.get(f"{SEARCH}?q=walruses"))


def test_a_search_can_be_narrowed_to_a_product_and_to_what_is_approved(pages: Client) -> None:
    product = Tag.objects.create(kind="product", name="Pier")
    keyword_passage("One", "Walruses eat clams.").tags.add(product)
    keyword_passage("Two", "Walruses eat mussels.", review_status="approved")
    assert "mussels" not in text(pages.get(f"{SEARCH}?q=walruses&tag={product.pk}"))
    approved = text(pages.get(f"{SEARCH}?q=walruses&approved=on"))
    assert "mussels" in approved and "clams" not in approved


def test_the_same_passage_in_two_documents_is_shown_once_and_both_are_named(
    pages: Client,
) -> None:
    keyword_passage("Handbook", "Walruses eat clams.")
    keyword_passage("Handbook, old copy", "Walruses eat clams.")
    answer = text(pages.get(f"{SEARCH}?q=walruses"))
    assert "The same passage stands in" in answer and "One passage was found" in answer


# -- context ------------------------------------------------------------------------------
def test_what_stands_around_a_passage_can_be_read_in_place(pages: Client) -> None:
    document = keyword_passage("Pier", "The first.")
    version = document.current_version
    assert version is not None
    Chunk.objects.create(version=version, ordinal=1, text="The second.", content_hash="b")
    first = version.chunks.get(ordinal=0)
    fragment = pages.get(f"{SEARCH}context/{first.pk}/", headers={"HX-Request": "true"})
    assert "The second." in text(fragment) and "<html" not in text(fragment)
    assert "<html" in text(pages.get(f"{SEARCH}context/{first.pk}/"))


def test_the_surroundings_of_a_passage_that_may_not_be_read_do_not_exist(pages: Client) -> None:
    secret = Collection.objects.create(name="Board", is_restricted=True)
    document = keyword_passage("Vault", "Walruses are fed in the vault.")
    document.collections.add(secret)
    passage = Chunk.objects.get(version__document=document)
    assert pages.get(f"{SEARCH}context/{passage.pk}/").status_code == 404
    assert pages.get(f"{SEARCH}context/{2**62}/").status_code == 404


# -- test retrieval -----------------------------------------------------------------------
TRIAL = "/library/search/test/"


def test_a_trial_shows_what_words_find_and_where_the_expected_document_stands(
    pages: Client,
) -> None:
    keyword_passage("Pier", "Walruses are fed at the pier.")
    answer = text(pages.get(f"{TRIAL}?q=Where+are+walruses+fed&expected=pier"))
    assert "By words" in answer and "By meaning" in answer
    assert "<strong>no. 1</strong> of both lists" in answer


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"review_status": "archived"}, "It has been archived"),
        ({"review_status": "pending"}, "It has not been approved"),
    ],
)
def test_a_trial_says_why_a_document_is_not_found(
    columns: dict[str, str], reason: str, pages: Client
) -> None:
    keyword_passage("Pier", "Walruses are fed at the pier.", **columns)
    keyword_passage("Other", "Walruses sleep.", review_status="approved")
    answer = text(pages.get(f"{TRIAL}?q=walruses&approved=on&expected=Pier"))
    assert reason in answer


def test_a_trial_says_that_a_document_could_not_be_read(pages: Client) -> None:
    broken = Document(title="Broken", path="b.pdf", sha256="b", embedding_status="failed",
                      embedding_error="The PDF is damaged.")  # fmt: skip
    broken.skip_embedding = True  # type: ignore[attr-defined]
    broken.save()
    keyword_passage("Other", "Walruses sleep.")
    answer = text(pages.get(f"{TRIAL}?q=walruses&expected=Broken"))
    assert "It could not be read: The PDF is damaged." in answer


def test_a_trial_does_not_betray_documents_that_the_person_may_not_open(pages: Client) -> None:
    secret = Collection.objects.create(name="Board", is_restricted=True)
    keyword_passage("Vault", "Walruses are fed in the vault.").collections.add(secret)
    answer = text(pages.get(f"{TRIAL}?q=walruses&expected=Vault"))
    assert "No such document" in answer


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 2000, "expected=x", "q=a&expected=%00"])
def test_odd_trials_never_break_the_page(query: str, pages: Client) -> None:
    assert pages.get(f"{TRIAL}?{query}").status_code == 200


def test_the_search_page_asks_the_database_as_often_for_many_hits_as_for_few(
    pages: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        keyword_passage(f"Paper {n}", f"Walruses eat clams, {n} of them.")
    with django_assert_max_num_queries(30):
        pages.get(f"{SEARCH}?q=walruses+clams")
