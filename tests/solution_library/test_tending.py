"""The graph that search goes through: made where it pays, made anew where most of it is gone."""

from pathlib import Path
from typing import Any

import pytest

from jobs.models import Job
from solution_library import tasks
from solution_library.indexing import graphs, tending
from solution_library.indexing.indexes import active_index
from solution_library.models import ChunkVector, EmbeddingIndex
from solution_library.search import search
from tests.solution_library.index_world import add, library, llm, small  # noqa: F401

pytestmark = pytest.mark.django_db


def in_use() -> EmbeddingIndex:
    index = active_index()
    assert index is not None
    return index


def nearest() -> list[str]:
    return [hit.document for hit in search("Where do master keys live?") if hit.dense_rank]


def waiting() -> int:
    return Job.objects.filter(task_name=tending.TEND).count()


def test_a_few_vectors_are_searched_without_a_graph_and_none_is_asked_for(
    library: Path,  # noqa: F811
) -> None:
    assert not graphs.is_whole(in_use().pk) and not tending.is_lacking(in_use().pk)
    assert nearest()[0] == "Keys" and waiting() == 0


def test_the_vector_that_makes_a_graph_pay_queues_its_making_once(
    library: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    monkeypatch.setattr(tending, "ENOUGH", 3)
    with django_capture_on_commit_callbacks(execute=True):
        add(library, "walruses.md", "# Walruses\n\nWalruses eat clams.\n")
        add(library, "herons.md", "# Herons\n\nHerons eat frogs.\n")
    assert waiting() == 1 and nearest()[0] == "Keys"


def test_the_job_makes_the_graph_and_search_finds_the_same(
    library: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = nearest()
    monkeypatch.setattr(tending, "ENOUGH", 2)
    tasks.tend_graphs.apply()
    assert graphs.is_whole(in_use().pk) and not tending.is_lacking(in_use().pk)
    assert nearest() == before


def test_a_graph_that_is_mostly_holes_is_made_anew_and_a_full_one_is_left_alone(
    library: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = in_use()
    graphs.ensure(index.pk, 384)
    assert not tending.is_worn(index)
    # As if its vectors had once filled many pages.
    monkeypatch.setattr(tending, "WORN", 0.0)
    assert tending.is_worn(index)
    result = tasks.tend_graphs.apply().result
    assert result["graphs_renewed"] == [index.pk] and graphs.is_whole(index.pk)
    assert ChunkVector.objects.filter(index=index).count() == 2


@pytest.mark.parametrize(
    ("rows", "dimensions", "pages"), [(0, 384, 0), (600, 384, 100), (9, 2000, 9)]
)
def test_what_a_new_graph_takes_is_known(rows: int, dimensions: int, pages: int) -> None:
    assert tending.pages_for(rows, dimensions) == pages
