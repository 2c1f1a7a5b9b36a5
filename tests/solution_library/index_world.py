"""A library, and a server that offers embedding models of several widths."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.models import Job
from llm_manager.models import LLMApi, LLMModel
from solution_library.chunking import chunk_document
from solution_library.embedding import prepare, store
from solution_library.ingest import receive
from solution_library.models import Document
from solution_library.parsing import ParsedDocument, reader
from solution_library.reading import ReadDocument, embed_drafts
from tests.llm_manager.fake_llm import FakeLLM, Handler, vectors_of

#: The models of the server by the width of their vectors.
WIDTHS = {"embed-small": 384, "embed-large": 768, "embed-huge": 3072, "embed-monster": 4096}

BACKUPS = "# Backups\n\nCopies of the database are kept for 35 days in another region.\n"
KEYS = "# Keys\n\nMaster keys live in hardware modules and are replaced once a year.\n"


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        serve(fake)
        yield fake


@pytest.fixture
def small(llm: FakeLLM) -> LLMModel:
    found = model(llm, "embed-small")
    found.make_default()
    return found


@pytest.fixture
def library(small: LLMModel, tmp_path: Path) -> Path:
    add(tmp_path, "backups.md", BACKUPS)
    add(tmp_path, "keys.md", KEYS)
    return tmp_path


def serve(fake: FakeLLM) -> None:
    """Be a server whose models differ in width. What it has embedded is in `fake.requests`."""
    fake.always = reply


def reply(handler: Handler) -> None:
    texts, width = handler.asked["input"], WIDTHS[handler.asked["model"]]
    handler.send_json(vectors_of(texts, [words_as_vector(text, width) for text in texts]))


def words_as_vector(text: str, width: int) -> list[float]:
    """Texts that share words are near; the models do not agree on which number is which word."""
    vector = np.full(width, 0.01)
    for word in re.findall(r"\w+", text.lower()):
        vector[(int.from_bytes(word.encode()[:8], "big") * width) % (width - 1)] += 3.0
    return [float(x) for x in vector]


def model(fake: FakeLLM, name: str, **values: Any) -> LLMModel:
    api, _ = LLMApi.objects.get_or_create(
        name="Vectors", kind="openai",
        defaults={"base_url": fake.base_url("openai"), "max_concurrency": 3},
    )  # fmt: skip
    found: LLMModel = LLMModel.objects.create(api=api, model_id=name, kind="embedding", **values)
    return found


def parsed(folder: Path, name: str, text: str) -> ParsedDocument:
    (folder / name).write_text(text)
    return ParsedDocument.from_dict(reader.read(folder / name, filename=name))


def begin(folder: Path, name: str, text: str) -> ReadDocument:
    """Receive a document and read it, up to the point where it would be stored."""
    outline = parsed(folder, name, text)
    document = receive(folder / name, filename=name, user=None, embed=False, key=name).document
    task = prepare(document.pk)
    drafts = chunk_document(outline)
    return ReadDocument(task.version_id, outline, drafts, embed_drafts(task, drafts))


def add(folder: Path, name: str, text: str) -> Document:
    """A document as an upload and its reading leave it."""
    store(begin(folder, name, text))
    return Document.objects.get(source_key=name)


def embedded_by(fake: FakeLLM, name: str) -> list[str]:
    """The texts that a model of the server was asked for."""
    asked = [body for path, _, body in fake.requests if path.endswith("/embeddings")]
    return [text for body in asked if body["model"] == name for text in body["input"]]


def fresh(job: Job) -> Any:
    return type(job).objects.get(pk=job.pk)
