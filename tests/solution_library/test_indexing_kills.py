"""A build of an index that is killed goes on where it was, in real processes."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.db import connection

from jobs.models import Job
from jobs.transitions import worker_lost
from solution_library.indexing import graphs, vectors
from solution_library.indexing.indexes import active_index
from solution_library.indexing.starting import start_build
from solution_library.models import Chunk, ChunkVector, Document, EmbeddingIndex, ReindexJob
from solution_library.search import search
from tests.llm_manager.fake_llm import FakeLLM, Handler
from tests.solution_library.index_world import (  # noqa: F401
    add,
    embedded_by,
    fresh,
    library,
    llm,
    model,
    reply,
    small,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PASSAGES = 600
ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import sys
import django
django.setup()
from solution_library.tasks import build_embedding_index
build_embedding_index.apply(
    kwargs={"index_id": int(sys.argv[3]), "job_id": int(sys.argv[1])}, task_id=sys.argv[2]
)
"""


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture
def many(library: Path) -> Document:
    """A document with passages for ten groups, all with a vector in the index in use."""
    document = Document.objects.get(source_key="keys.md")
    version = document.current_version
    Chunk.objects.bulk_create(
        Chunk(version=version, ordinal=n, text=f"Fact {n}.", content_hash=f"{n:064}", length=2)
        for n in range(10, 10 + PASSAGES)
    )
    index, like = active_index(), ChunkVector.objects.first()
    assert index is not None and like is not None
    missing = vectors.missing(index.pk)
    vectors.write(index.pk, "b", {pk: np.asarray(like.embedding) for pk in missing})
    return document


def worker(job: ReindexJob) -> "subprocess.Popen[bytes]":
    place = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {
        "DATABASE_URL": place._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DJANGO_SETTINGS_MODULE": "spelunker.settings",
        "CELERY_TASK_ALWAYS_EAGER": "0",
    }
    command = [
        sys.executable,
        "-c",
        WORKER,
        str(job.pk),
        str(job.celery_task_id),
        str(job.index_id),
    ]
    return subprocess.Popen(command, env=environment, cwd=ROOT)


@pytest.fixture
def slowly(llm: FakeLLM) -> Iterator[None]:
    def answer(handler: Handler) -> None:
        time.sleep(0.05)
        reply(handler)

    llm.always = answer
    yield


class HoldBack:
    """A server that answers for so many passages and then keeps every caller waiting."""

    def __init__(self, fake: FakeLLM, name: str, passages: int) -> None:
        self.name, self.left = name, passages
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        fake.always = self

    def __call__(self, handler: Handler) -> None:
        if handler.asked["model"] == self.name:
            with self.lock:
                self.left -= len(handler.asked["input"])
                waits = self.left < 0
            if waits:
                self.reached.set()
                self.go_on.wait(60)
        reply(handler)


def test_killed_half_way_it_goes_on_and_makes_nothing_twice(llm: FakeLLM, many: Document) -> None:
    large = model(llm, "embed-large")
    server = HoldBack(llm, "embed-large", PASSAGES // 2)
    job = start_build(large, None, reason="Better for German.")
    first = worker(job)
    assert server.reached.wait(60) and first.poll() is None
    first.kill()
    first.wait()
    assert ChunkVector.objects.filter(index__model=large).count() < PASSAGES
    found = search("Fact 17")
    assert any(hit.text.startswith("Fact") for hit in found) and not found.warning
    server.go_on.set()
    held = Job.objects.get(pk=job.pk).lease_token
    assert held is not None
    worker_lost(job.pk, held, reason="killed")
    second = worker(job)
    assert second.wait(timeout=90) == 0
    done, index = fresh(job), active_index()
    assert (done.status, done.last_error, done.failed_items) == ("completed", "", 0)
    assert index is not None and index.model == large and graphs.is_whole(index.pk)
    assert vectors.count_missing(index.pk) == 0
    asked = [text for text in embedded_by(llm, "embed-large") if "Fact" in text]
    # What was with the server when the worker died is asked again, and nothing else.
    assert len(asked) <= PASSAGES + 2 * 64


def test_a_graph_that_a_killed_build_left_behind_is_made_anew(library: Path) -> None:
    index = active_index()
    assert index is not None and index.dimensions
    graphs.ensure(index.pk, index.dimensions)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)",
            [graphs.name_of(index.pk)],
        )
    assert not graphs.is_whole(index.pk)
    graphs.ensure(index.pk, index.dimensions)
    assert graphs.is_whole(index.pk)


def test_documents_stored_while_the_switch_happens_are_found_afterwards(
    llm: FakeLLM, many: Document, tmp_path: Path, slowly: None
) -> None:
    """Two processes: one builds and switches, this one adds documents all the time."""
    large = model(llm, "embed-large")
    job = start_build(large, None, reason="Better for German.")
    building, count = worker(job), 0
    while building.poll() is None and count < 60:
        add_until_stored(tmp_path, f"new{count}.md", f"# New {count}\n\nAnimal{count}x grazes.\n")
        count += 1
        found = search("Where does animal0x graze?", limit=100)
        assert not found.warning and any("Animal0x" in hit.text for hit in found)
    assert building.wait(timeout=90) == 0
    assert (fresh(job).status, fresh(job).last_error) == ("completed", "")
    index = active_index()
    assert index is not None and index.model == large
    assert vectors.count_missing(index.pk) == 0 and count > 2
    assert EmbeddingIndex.objects.filter(state="retired").count() == 1


def add_until_stored(folder: Path, name: str, text: str) -> None:
    """As the jobs do: a document that was read for an index just replaced is read again."""
    from solution_library.indexing.errors import IndexChanged

    for _ in range(3):
        try:
            add(folder, name, text)
            return
        except IndexChanged:
            continue
    raise AssertionError("the index changed three times")
