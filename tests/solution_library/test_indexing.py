"""Another embedding model: its vectors are made beside the old ones, and search never goes dark."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from jobs.errors import AlreadyRunning, JobFailed
from jobs.models import JobItem, JobLog, Status
from llm_manager.defaults import DefaultRefused, change_default
from llm_manager.models import DefaultChange, LLMApi, LLMModel, LLMUsage
from solution_library import tasks  # noqa: F401 - registers what is queued by name
from solution_library.chunking import chunk_document
from solution_library.embedding import prepare, store
from solution_library.indexing import graphs, vectors
from solution_library.indexing.errors import IndexChanged, IndexRefused, WrongVectors
from solution_library.indexing.indexes import active_index
from solution_library.indexing.removing import drop, superfluous
from solution_library.indexing.starting import start_build
from solution_library.indexing.switching import switch_to
from solution_library.ingest import receive
from solution_library.models import Chunk, ChunkVector, Document, EmbeddingIndex, ReindexJob
from solution_library.reading import ReadDocument, embed_drafts
from solution_library.search import search
from tests.llm_manager.fake_llm import FakeLLM, Handler, status
from tests.solution_library.index_world import (  # noqa: F401
    BACKUPS,
    KEYS,
    add,
    begin,
    embedded_by,
    fresh,
    library,
    llm,
    model,
    parsed,
    reply,
    serve,
    small,
)

pytestmark = pytest.mark.django_db
Commit = Callable[..., AbstractContextManager[Any]]
REASON = "Better for German, says the vendor."


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Commit:
    """`with commit():` runs what was queued in it, as the relay and a worker would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def build(commit: Commit) -> Callable[..., Any]:
    def run(wanted: LLMModel, **options: Any) -> Any:
        with commit():
            job = start_build(wanted, None, **{"reason": REASON, **options})
        return fresh(job)

    return run


def widths() -> dict[str, set[int]]:
    """The widths of the vectors of each model's indexes."""
    found: dict[str, set[int]] = {}
    for vector in ChunkVector.objects.select_related("index__model"):
        found.setdefault(vector.index.model.model_id, set()).add(len(vector.embedding))
    return found


def meaning(question: str, **options: Any) -> list[str]:
    return [hit.document for hit in search(question, **options) if hit.dense_rank]


# -- the first index ---------------------------------------------------------------------
def test_the_first_document_makes_the_index_of_the_default_model(library: Path) -> None:
    index = active_index()
    assert index is not None and (index.model.model_id, index.dimensions) == ("embed-small", 384)
    assert meaning("Where do master keys live?")[0] == "Keys"


def test_an_empty_library_takes_another_default_at_once(
    llm: FakeLLM, small: LLMModel, tmp_path: Path
) -> None:
    begin(tmp_path, "keys.md", KEYS)  # an index without any vector
    large = model(llm, "embed-large")
    change_default(large, user=None, reason=REASON)
    add(tmp_path, "backups.md", BACKUPS)
    assert widths() == {"embed-large": {768}}
    assert EmbeddingIndex.objects.count() == 1


def test_a_document_read_again_pays_for_changed_passages_only(llm: FakeLLM, library: Path) -> None:
    llm.requests.clear()
    add(library, "backups.md", BACKUPS.replace("35", "90"))
    add(library, "backups.md", BACKUPS.replace("35", "90") + "\n")
    assert len(embedded_by(llm, "embed-small")) == 1
    assert vectors.count_missing(active_index().pk) == 0  # type: ignore[union-attr]


def test_vectors_of_replaced_versions_are_searched_no_more(library: Path) -> None:
    add(library, "backups.md", BACKUPS.replace("35", "90"))
    assert Chunk.objects.count() == 3 and ChunkVector.objects.count() == 2


# -- building and switching --------------------------------------------------------------
def test_another_model_is_built_beside_and_comes_into_use_complete(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    large = model(llm, "embed-large")
    job = build(large)
    assert (job.status, job.last_error) == (Status.COMPLETED, "")
    assert widths() == {"embed-small": {384}, "embed-large": {768}}
    index = active_index()
    assert index is not None and index.model == large
    assert LLMModel.objects.get(kind="embedding", is_system_default=True) == large
    assert DefaultChange.objects.get().reason == REASON
    assert meaning("Where do master keys live?")[0] == "Keys"
    assert embedded_by(llm, "embed-large")[-1] == "Where do master keys live?"


def test_search_finds_everything_at_every_moment_of_a_change(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    """Between any two calls of the new model documents are added and searched."""
    added, seen = [], []

    def meanwhile(handler: Handler) -> None:
        if handler.asked["model"] == "embed-large" and "Where do" not in handler.asked["input"][0]:
            calls.append(handler.asked)
        reply(handler)

    calls: list[Any] = []
    llm.always = meanwhile
    large = model(llm, "embed-large")
    original = vectors.write

    def between(index_id: int, *args: Any) -> int:
        found = search("Where do master keys live?")
        seen.append((found.warning, found[0].document, found[0].dense_rank))
        if len(added) < 2:
            added.append(f"more{len(added)}.md")
            add(library, added[-1], f"# More {len(added)}\n\nGiraffes number {len(added)} graze.\n")
        return original(index_id, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "write", between)
        job = build(large)
    assert job.status == Status.COMPLETED
    assert len(seen) >= 3 and set(seen) == {("", "Keys", 1)}
    assert vectors.count_missing(active_index().pk) == 0  # type: ignore[union-attr]
    assert "More 2" in meaning("Giraffes number 2")
    assert widths() == {"embed-small": {384}, "embed-large": {768}}


def test_without_an_evaluation_or_a_reason_a_complete_index_waits(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    large = model(llm, "embed-large")
    job = build(large, reason="")
    index = EmbeddingIndex.objects.get(model=large)
    assert job.status == Status.COMPLETED and index.is_ready
    assert "has not been compared" in JobLog.objects.filter(job=job).last().message
    assert active_index() != index
    change_default(large, user=None, reason=REASON)
    assert active_index() == index


def test_a_candidate_is_searched_without_being_in_use(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    build(model(llm, "embed-large"), switch=False)
    candidate = EmbeddingIndex.objects.get(model__model_id="embed-large")
    assert meaning("Where do master keys live?", index=candidate)[0] == "Keys"
    assert active_index() != candidate


def test_what_is_added_after_the_build_is_in_the_waiting_index_too(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    build(model(llm, "embed-large"), switch=False)
    candidate = EmbeddingIndex.objects.get(model__model_id="embed-large")
    add(library, "more.md", "# More\n\nGiraffes graze here.\n")
    assert "More" in meaning("Giraffes", index=candidate) and "More" in meaning("Giraffes")


def test_a_default_cannot_move_to_a_model_without_a_complete_index(
    llm: FakeLLM, library: Path
) -> None:
    large = model(llm, "embed-large")
    with pytest.raises(DefaultRefused, match="no complete index"):
        change_default(large, user=None, reason=REASON)
    half = EmbeddingIndex.objects.create(model=large)
    with pytest.raises(DefaultRefused, match="no complete index"):
        switch_to(half, user=None, reason=REASON)
    assert LLMModel.objects.get(kind="embedding", is_system_default=True).model_id == "embed-small"


def test_switching_back_makes_only_what_is_missing(
    llm: FakeLLM, library: Path, small: LLMModel, build: Any
) -> None:
    build(model(llm, "embed-large"))
    add(library, "more.md", "# More\n\nGiraffes graze here.\n")
    llm.requests.clear()
    assert build(small).status == Status.COMPLETED
    assert [text for text in embedded_by(llm, "embed-small") if "Giraffes" not in text] == []
    assert active_index().model == small  # type: ignore[union-attr]
    assert "More" in meaning("Giraffes")


def test_the_same_model_can_be_built_anew(
    llm: FakeLLM, library: Path, small: LLMModel, build: Any
) -> None:
    before = active_index()
    with pytest.raises(IndexRefused, match="every passage has its vector"):
        start_build(small, None)
    llm.requests.clear()
    build(small, anew=True)
    assert active_index() != before and len(embedded_by(llm, "embed-small")) == 2


def test_a_gap_in_the_index_in_use_is_filled(
    llm: FakeLLM, library: Path, small: LLMModel, build: Any
) -> None:
    ChunkVector.objects.filter(chunk__text__contains="Master").delete()
    llm.requests.clear()
    assert build(small).status == Status.COMPLETED
    assert len(embedded_by(llm, "embed-small")) == 1
    assert EmbeddingIndex.objects.count() == 1


def test_a_library_whose_index_was_lost_gets_one_again(
    llm: FakeLLM, library: Path, small: LLMModel, build: Any
) -> None:
    EmbeddingIndex.objects.all().delete()
    assert build(small).status == Status.COMPLETED
    assert meaning("Where do master keys live?")[0] == "Keys"
    assert EmbeddingIndex.objects.get().state == "active"


# -- what can go wrong -------------------------------------------------------------------
def test_a_build_that_fails_leaves_search_as_it_was_and_goes_on_later(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    large = model(llm, "embed-large")
    llm.always = lambda h: (status(401) if h.asked["model"] == "embed-large" else reply)(h)
    job = build(large)
    assert job.status == Status.FAILED and "key" in job.last_error
    assert EmbeddingIndex.objects.get(model=large).state == "retired"
    assert meaning("Where do master keys live?")[0] == "Keys"
    serve(llm)
    assert build(large).status == Status.COMPLETED
    assert active_index().model == large  # type: ignore[union-attr]


def test_a_candidate_whose_api_is_down_holds_up_no_document(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    large = model(llm, "embed-large")
    build(large, switch=False)
    llm.always = lambda h: (status(401) if h.asked["model"] == "embed-large" else reply)(h)
    add(library, "more.md", "# More\n\nGiraffes graze here.\n")
    assert "More" in meaning("Giraffes")
    with pytest.raises(DefaultRefused, match="no complete index"):
        change_default(large, user=None, reason=REASON)


def test_a_document_read_for_an_index_that_was_replaced_meanwhile_is_read_again(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    found = begin(library, "more.md", "# More\n\nGiraffes graze here.\n")
    build(model(llm, "embed-large"))
    with pytest.raises(IndexChanged):
        store(found)
    add(library, "more.md", "# More\n\nGiraffes graze here. Always.\n")
    assert "More" in meaning("Giraffes")


def test_vectors_of_another_width_are_refused_at_write(llm: FakeLLM, library: Path) -> None:
    llm.always = lambda h: h.asked.update(model="embed-large") or reply(h)
    with pytest.raises(WrongVectors, match="768 numbers now, its index holds 384"):
        add(library, "more.md", "# More\n\nGiraffes graze here.\n")
    assert search("Where do master keys live?")[0].document == "Keys"


def test_wide_vectors_are_indexed_in_half_precision_and_too_wide_ones_refused(
    llm: FakeLLM, library: Path, build: Any
) -> None:
    build(model(llm, "embed-huge"))
    assert active_index().dimensions == 3072  # type: ignore[union-attr]
    assert meaning("Where do master keys live?")[0] == "Keys"
    job = build(model(llm, "embed-monster"))
    assert job.status == Status.FAILED and "takes up to 4,000" in job.last_error
    with pytest.raises(IndexRefused, match="4,096"):
        start_build(model(llm, "embed-other", dimensions=4096), None)


def test_only_one_build_runs_at_a_time(llm: FakeLLM, library: Path) -> None:
    running = start_build(model(llm, "embed-large"), None)
    with pytest.raises(AlreadyRunning) as second:
        start_build(model(llm, "embed-huge"), None)
    assert second.value.existing == running


def test_a_build_needs_an_embedding_model_that_works_and_a_library(
    llm: FakeLLM, small: LLMModel
) -> None:
    with pytest.raises(IndexRefused, match="no passages yet"):
        start_build(small, None)
    chat = LLMModel.objects.create(api=small.api, model_id="c", kind="chat")
    with pytest.raises(IndexRefused, match="makes no vectors"):
        start_build(chat, None)
    LLMApi.objects.filter(pk=small.api_id).update(is_active=False)
    with pytest.raises(IndexRefused, match="switched off"):
        start_build(small, None)


def test_words_are_searched_while_the_model_cannot_be_used(library: Path) -> None:
    LLMApi.objects.update(is_active=False)
    found = search("Where do master keys live?")
    assert [hit.document for hit in found] == ["Keys"] and found[0].dense_rank is None
    assert "Only the words" in found.warning and "switched off" in found.warning


def test_search_uses_the_model_of_its_index_whatever_the_default_says(
    llm: FakeLLM, library: Path
) -> None:
    model(llm, "embed-large").make_default()
    llm.requests.clear()
    assert meaning("Where do master keys live?")[0] == "Keys"
    assert embedded_by(llm, "embed-large") == []


def test_calls_of_a_build_are_booked_to_it(llm: FakeLLM, library: Path, build: Any) -> None:
    job = build(model(llm, "embed-large"))
    index = EmbeddingIndex.objects.get(model__model_id="embed-large")
    booked = LLMUsage.objects.filter(job=job, purpose="embedding")
    assert {row.subject for row in booked} == {f"index:{index.pk}"}


# -- dropping ----------------------------------------------------------------------------
def test_one_generation_is_kept_and_older_ones_go(llm: FakeLLM, library: Path, build: Any) -> None:
    build(model(llm, "embed-large"))
    build(model(llm, "embed-huge"))
    assert superfluous() == []
    left = {i.model.model_id: i.state for i in EmbeddingIndex.objects.select_related("model")}
    assert left == {"embed-huge": "active", "embed-large": "retired"}
    assert set(widths()) == set(left)


def test_an_index_in_use_or_being_built_is_not_dropped(llm: FakeLLM, library: Path) -> None:
    with pytest.raises(IndexRefused, match="Search uses"):
        drop(active_index())  # type: ignore[arg-type]
    job = start_build(model(llm, "embed-large"), None)
    with pytest.raises(IndexRefused, match="being built"):
        drop(job.index)  # type: ignore[arg-type]


def test_a_dropped_index_leaves_nothing_behind(llm: FakeLLM, library: Path, build: Any) -> None:
    build(model(llm, "embed-large"), switch=False)
    index = EmbeddingIndex.objects.get(model__model_id="embed-large")
    assert drop(index) == 2
    assert set(widths()) == {"embed-small"} and not graphs.is_whole(index.pk)
    assert ReindexJob.objects.get().index is None


def test_a_kept_reply_of_a_build_is_the_same_vectors(llm: FakeLLM) -> None:
    import numpy as np

    from solution_library.indexing.building import Made, from_json, to_json

    made = Made({7: np.asarray([0.6, 0.8], np.float32), 9: np.asarray([1, 0], np.float32)}, "b")
    again = from_json(to_json(made))  # type: ignore[arg-type]
    assert again.build == "b" and list(again.vectors) == [7, 9]
    assert again.vectors[7].tolist() == made.vectors[7].tolist()
    assert to_json(Made({}, "")) is None


def test_items_of_a_build_name_spans_of_passages(llm: FakeLLM, library: Path, build: Any) -> None:
    job = build(model(llm, "embed-large"))
    first, last = Chunk.objects.order_by("pk").values_list("pk", flat=True)
    assert [i.key for i in JobItem.objects.filter(job=job)] == [f"1:{first}-{last}"]


def test_a_document_that_was_put_back_half_way_goes_on_where_it_was(
    llm: FakeLLM, library: Path
) -> None:
    text = "# Long\n\n" + "\n\n".join(f"## Part {n}\n\n{f'Fact {n}. ' * 90}" for n in range(130))
    outline = parsed(library, "long.md", text)
    receive(library / "long.md", filename="long.md", user=None, embed=False, key="long.md")
    document = Document.objects.get(source_key="long.md")
    drafts = chunk_document(outline)
    assert len(drafts) > 128
    llm.requests.clear()

    def stop(done: int, total: int, now: str) -> None:
        if done >= 128:
            raise JobFailed("The slice is over.")

    with pytest.raises(JobFailed):
        embed_drafts(prepare(document.pk), drafts, stop)
    task = prepare(document.pk)
    store(ReadDocument(task.version_id, outline, drafts, embed_drafts(task, drafts)))
    asked = embedded_by(llm, "embed-small")
    assert len(asked) == len(set(asked)) == len(drafts)
    assert vectors.count_missing(active_index().pk) == 0  # type: ignore[union-attr]
