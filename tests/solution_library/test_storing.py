"""Documents that come home together are stored together, and are what each would be alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.errors import JobError
from jobs.working import working_for
from solution_library.embedding import store, store_all
from solution_library.models import Chunk, ChunkVector, Document, DocumentVersion
from solution_library.search import search
from solution_library.text_room import TextRoom
from tests.solution_library.index_world import begin, library, llm, small  # noqa: F401

TEXTS = {
    "walruses.md": "# Walruses\n\nWalruses eat clams and sleep on ice.\n",
    "reiher.md": "# Reiher\n\nDie Reiher fressen Frösche, und sie schlafen auf den Bäumen.\n",
    "codes.md": "# Codes\n\nKeys are AES-256, and rotated by ISO 27001 rules.\n",
}


def rows_of(name: str) -> Any:
    version = DocumentVersion.objects.get(document__source_key=name, document__kind="file")
    fields = ("ordinal", "text", "heading_path", "language", "length", "lexemes")
    facts = (version.is_complete, version.text_hash, version.signature, version.bands.count())
    vectors = ChunkVector.objects.filter(version=version).count()
    return list(version.chunks.order_by("ordinal").values_list(*fields)), facts, vectors


@pytest.mark.django_db
def test_each_is_stored_as_it_would_be_alone(library: Path) -> None:  # noqa: F811
    read = [begin(library, name, text) for name, text in TEXTS.items()]
    facts = store_all(read)
    together = [rows_of(name) for name in TEXTS]
    assert [fact["chunks_created"] for fact in facts] == [len(rows) for rows, *_ in together]
    for each in read:
        store(each)
    assert [rows_of(name) for name in TEXTS] == together
    assert {rows[0][3] for rows, *_ in together} == {"english", "german"}
    assert search("AES 256")[0].document == "Codes"


@pytest.mark.django_db
def test_one_that_was_deleted_meanwhile_keeps_all_of_them_out(library: Path) -> None:  # noqa: F811
    read = [begin(library, name, text) for name, text in TEXTS.items()]
    Document.objects.get(source_key="codes.md").delete()
    before = Chunk.objects.count()
    with pytest.raises(DocumentVersion.DoesNotExist):
        store_all(read)
    assert Chunk.objects.count() == before


@pytest.mark.django_db
def test_many_cost_few_statements_more_than_one(library: Path) -> None:  # noqa: F811
    read = [begin(library, name, text) for name, text in TEXTS.items()]
    with CaptureQueriesContext(connection) as alone:
        store(read[0])
    with CaptureQueriesContext(connection) as together:
        store_all(read[1:])
    assert len(together) <= len(alone) + 2


# -- room for what was read ----------------------------------------------------------------
def test_who_has_read_much_waits_until_others_have_stored_theirs() -> None:
    room, there = TextRoom(10), threading.Event()
    room.take(1, 8)

    def enter() -> None:
        room.take(2, 5)
        there.set()

    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(enter)
        assert not there.wait(0.02)
        room.give_back(1)
        second.result(5)
    assert there.is_set()


def test_a_document_larger_than_the_room_has_it_for_itself() -> None:
    room = TextRoom(10)
    room.take(1, 1_000)
    room.give_back(1)
    room.give_back(1)
    room.take(2, 10)


def test_whoever_waits_for_room_in_a_batch_that_is_over_ends() -> None:
    room, over = TextRoom(10), threading.Event()
    room.take(1, 10)
    over.set()
    with working_for(over), pytest.raises(JobError, match="Nobody waits"):
        room.take(2, 1)
