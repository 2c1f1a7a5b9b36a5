"""A version that is read once more: citations still lead to what they quoted, and no passage of
the new reading is lost."""

import pytest
from django.contrib.auth.models import User

from rfp_manager.models import RFP
from solution_library.chunking import ChunkDraft
from solution_library.embedding import Storing, _replace_chunks
from solution_library.models import Chunk, ChunkVector, Document, DocumentVersion
from solution_library.parsing.types import ParsedDocument
from solution_library.reading import ReadDocument
from solution_library.search import search
from tests.solution_library.passages import keyword_passage
from tests.solution_library.test_versions import cite

pytestmark = pytest.mark.django_db


def drafts(*texts: str) -> list[ChunkDraft]:
    return [ChunkDraft(n, "", None, text, f"hash of {text}") for n, text in enumerate(texts)]


def read_as(version: DocumentVersion, *texts: str) -> dict[int, int]:
    parsed = ParsedDocument("Walruses", "text/plain", [])
    read = ReadDocument(version.pk, parsed, drafts(*texts), {})
    storing = Storing(version, read, is_first=not version.chunks.exists())
    return _replace_chunks([storing])[0]


@pytest.fixture
def cited(alice: User) -> Chunk:
    document = keyword_passage("Walruses", "Walruses eat clams.")
    version = document.versions.get()
    read_as(version, "Walruses eat clams.", "They sleep on ice.")
    cite(document, RFP.objects.create(name="Arctic", owner=alice), "What do walruses eat?")
    return Chunk.objects.get(version=version, text="Walruses eat clams.")


def texts_of(document: Document) -> list[str]:
    chunks = Chunk.objects.filter(version__document=document, is_hidden=False)
    return list(chunks.order_by("ordinal").values_list("text", flat=True))


def test_a_cited_passage_that_is_cut_the_same_takes_its_new_place(cited: Chunk) -> None:
    found = read_as(cited.version, "A new beginning.", "Walruses eat clams.", "They sleep on ice.")
    assert found[1] == cited.pk
    assert texts_of(cited.version.document) == [
        "A new beginning.", "Walruses eat clams.", "They sleep on ice.",
    ]  # fmt: skip


def test_a_cited_passage_that_is_cut_differently_is_kept_but_no_text_of_the_new_reading_is_lost(
    cited: Chunk,
) -> None:
    read_as(cited.version, "Walruses eat clams. They sleep", "on ice.")
    assert texts_of(cited.version.document) == ["Walruses eat clams. They sleep", "on ice."]
    cited.refresh_from_db()
    assert cited.text == "Walruses eat clams." and cited.citations.count() == 1
    assert {hit.text for hit in search("walruses")} == {"Walruses eat clams. They sleep"}
    assert not ChunkVector.objects.filter(chunk=cited).exists()


def test_a_passage_that_was_kept_aside_is_found_again_when_it_is_read_so_again(
    cited: Chunk,
) -> None:
    read_as(cited.version, "Walruses eat clams. They sleep", "on ice.")
    read_as(cited.version, "Walruses eat clams.", "They sleep on ice.")
    assert {hit.chunk_id for hit in search("walruses")} == {cited.pk}
    assert Chunk.objects.filter(version=cited.version).count() == 2
