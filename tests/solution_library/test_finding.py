"""What a search returns: each passage once, its surroundings, and ranked once more where a model
for that is set."""

from collections.abc import Iterator
from typing import Any

import pytest

from llm_manager.control.ledger import Booking
from llm_manager.models import LLMApi, LLMModel, LLMUsage
from solution_library.hits import Hit
from solution_library.loading import matched_words
from solution_library.models import Chunk, Collection, Document, DocumentVersion
from solution_library.neighbours import in_runs, neighbours
from solution_library.search import search
from tests.llm_manager.fake_llm import FakeLLM, status
from tests.solution_library.passages import keyword_passage

pytestmark = pytest.mark.django_db
BACKUPS = "Backups of the database are encrypted and kept for 35 days."


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        yield fake


@pytest.fixture
def ranker(llm: FakeLLM) -> LLMModel:
    api = LLMApi.objects.create(name="Ranks", kind="openai", base_url=llm.base_url("openai"))
    model = LLMModel.objects.create(api=api, model_id="rerank-1", kind="rerank")
    model.make_default()
    return model


def titles(hits: list[Hit]) -> list[str]:
    return [hit.document for hit in hits]


# -- each passage once ---------------------------------------------------------------------
def test_the_same_passage_in_several_documents_takes_one_place_and_names_the_others() -> None:
    for name in ("a.md", "b.md", "c.md"):
        keyword_passage(name, BACKUPS if name != "b.md" else BACKUPS.replace(" ", "\n"))
    keyword_passage("other.md", "A database of customers.")
    hits = search("database backups", limit=2)
    assert len(hits) == 2 and hits[1].document == "other.md"
    assert sorted([hits[0].document, *(copy.document for copy in hits[0].copies)]) == [
        "a.md", "b.md", "c.md",
    ]  # fmt: skip


def test_many_copies_of_the_best_passage_leave_room_for_the_others() -> None:
    for number in range(45):
        keyword_passage(f"copy {number}.md", BACKUPS)
    for number in range(3):
        keyword_passage(f"other {number}.md", f"Backups number {number} of another system.")
    assert len(search("encrypted database backups", limit=4)) == 4


def test_copies_that_a_person_may_not_read_are_not_named(bob: Any) -> None:
    keyword_passage("open.md", BACKUPS)
    secret = Collection.objects.create(name="Board", is_restricted=True)
    keyword_passage("secret.md", BACKUPS).collections.add(secret)
    (hit,) = search("database backups", user=bob)
    assert hit.document == "open.md" and hit.copies == ()


def test_a_search_for_nothing_finds_nothing() -> None:
    keyword_passage("a.md", BACKUPS)
    assert search("") == [] and search("\x00 ") == [] and search("backups", limit=0) == []


# -- why -----------------------------------------------------------------------------------
def test_a_hit_says_what_each_way_of_searching_added() -> None:
    keyword_passage("a.md", BACKUPS)
    hits = search("encrypted backups")
    assert hits[0].why == "words: no. 1"
    assert hits[0].keyword_part == hits[0].score > 0 == hits[0].dense_part
    assert hits.balance.sentence == "Only the words of the question found passages."


def test_the_words_that_a_passage_holds_are_named_as_they_were_typed() -> None:
    keyword_passage("a.md", BACKUPS)
    query = "Is the Database backup encrypted in Zürich?"
    hits = search(query)
    assert matched_words(query, hits) == {hits[0].chunk_id: ["Database", "backup", "encrypted"]}
    assert matched_words("", hits) == {hits[0].chunk_id: []}


# -- surroundings --------------------------------------------------------------------------
def passages_of(title: str, number: int) -> list[Chunk]:
    document = keyword_passage(title, f"{title} passage 0")
    version = DocumentVersion.objects.get(document=document)
    for ordinal in range(1, number):
        Chunk.objects.create(
            version=version, ordinal=ordinal, text=f"{title} passage {ordinal}", content_hash="x"
        )
    return list(Chunk.objects.filter(version=version).order_by("ordinal"))


def test_the_neighbours_of_a_passage_are_those_beside_it_in_its_own_document() -> None:
    first, second = passages_of("a.md", 5), passages_of("b.md", 2)
    found = neighbours([first[2].pk, second[0].pk], before=1, after=2)
    around = found[first[2].pk]
    assert [c.ordinal for c in around.before] == [1]
    assert [c.ordinal for c in around.after] == [3, 4]
    assert found[second[0].pk].before == ()
    assert found[second[0].pk].after == (second[1],)


def test_hidden_text_is_nobodys_neighbour() -> None:
    chunks = passages_of("a.md", 3)
    Chunk.objects.filter(pk=chunks[1].pk).update(is_hidden=True)
    assert neighbours([chunks[0].pk, chunks[1].pk])[chunks[0].pk].after == ()
    assert chunks[1].pk not in neighbours([chunks[1].pk])


def test_neighbours_keep_to_what_a_person_may_read(alice: Any, bob: Any) -> None:
    chunks = passages_of("secret.md", 2)
    secret = Collection.objects.create(name="Board", is_restricted=True)
    secret.members.add(alice)
    Document.objects.get(title="secret.md").collections.add(secret)
    assert neighbours([chunks[0].pk], user=bob) == {}
    assert neighbours([chunks[0].pk], user=alice)[chunks[0].pk].after == (chunks[1],)


def test_a_passage_that_is_gone_has_no_neighbours() -> None:
    assert neighbours([123456789]) == {} and neighbours([]) == {}


def hit(version_id: int, ordinal: int) -> Hit:
    return Hit(
        chunk_id=version_id * 100 + ordinal, document_id=version_id, document="", path="",
        heading_path="", page=None, text="", document_sha256="", score=0.0, keyword_rank=None,
        dense_rank=None, keyword_score=0.0, dense_score=0.0, version_id=version_id,
        ordinal=ordinal,
    )  # fmt: skip


def test_hits_that_follow_each_other_in_a_document_form_a_run_at_the_place_of_the_best() -> None:
    hits = [hit(1, 4), hit(2, 0), hit(1, 9), hit(1, 3), hit(2, 2), hit(1, 5)]
    runs = [[(h.version_id, h.ordinal) for h in run] for run in in_runs(hits)]
    assert runs == [[(1, 3), (1, 4), (1, 5)], [(2, 0)], [(1, 9)], [(2, 2)]]
    assert in_runs([]) == []


# -- ranked once more ----------------------------------------------------------------------
def passages_to_rank() -> None:
    keyword_passage("long.md", "Backups backups backups, and backups. Nothing is said of keys.")
    keyword_passage("right.md", "Are backups encrypted at rest? Yes, all backups are encrypted.")


def test_the_default_model_that_ranks_puts_the_best_in_order(ranker: LLMModel) -> None:
    passages_to_rank()
    hits = search("are backups encrypted at rest", rerank=True, limit=1)
    assert titles(hits) == ["right.md"] and hits.reranked_by == str(ranker)
    assert hits[0].rerank_rank == 1 and "reranked: no. 1" in hits[0].why
    usage = LLMUsage.objects.get()
    assert (usage.purpose, usage.outcome) == ("search", "ok")


def test_a_call_is_booked_on_whoever_searches(ranker: LLMModel, alice: Any) -> None:
    passages_to_rank()
    search("backups", rerank=True, booking=Booking("answer", user_id=alice.pk, subject="rfp:7"))
    usage = LLMUsage.objects.get()
    assert (usage.user_id, usage.subject) == (alice.pk, "rfp:7")


def test_without_being_asked_for_no_model_ranks(ranker: LLMModel, llm: FakeLLM) -> None:
    passages_to_rank()
    assert search("backups").reranked_by == "" and llm.requests == []


def test_without_a_model_that_ranks_the_order_stays_and_nothing_is_said() -> None:
    passages_to_rank()
    hits = search("backups", rerank=True)
    assert titles(hits) == titles(search("backups")) and hits.warning == ""


@pytest.mark.parametrize("code", [404, 500, 401])
def test_a_model_in_trouble_leaves_the_order_as_it_was_and_the_hits_say_so(
    ranker: LLMModel, llm: FakeLLM, code: int
) -> None:
    passages_to_rank()
    llm.always = status(code)
    hits = search("backups", rerank=True)
    assert titles(hits) == titles(search("backups"))
    assert hits.warning.startswith("The passages were not ranked once more: ")
    assert hits.trouble is None


def test_a_ranking_model_that_was_switched_off_is_not_asked(ranker: LLMModel, llm: FakeLLM) -> None:
    passages_to_rank()
    LLMApi.objects.update(is_active=False)
    assert search("backups", rerank=True).warning == "" and llm.requests == []
