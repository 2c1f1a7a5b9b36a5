"""Vectors of the built-in model."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from llm_manager.providers.builtin.embedding import (
    BATCH_TEXTS,
    BATCH_TOKENS,
    Embedder,
    _batches,
    get_embedder,
)

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return get_embedder()


def test_vectors_have_length_one_and_keep_the_order(embedder: Embedder) -> None:
    texts = [
        "Backups run nightly.",
        "x",
        "The data centre is in Bonn. " * 20,
        "Keys rotate yearly.",
    ]
    together = embedder.embed(texts, "passage")
    assert together.shape == (4, embedder.dims)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)
    alone = np.stack([embedder.embed([text], "passage")[0] for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.98


def test_the_passage_that_answers_is_nearest_also_across_languages(embedder: Embedder) -> None:
    if not embedder.model_id.startswith("multilingual"):
        pytest.skip("the English model")
    passages = embedder.embed(
        [
            "Passwords are hashed with bcrypt.",
            "The cafeteria opens at eight.",
            "Invoices are due in May.",
        ],
        "passage",
    )
    for question in ("How are passwords stored?", "Wie werden Passwörter gespeichert?"):
        assert int(np.argmax(passages @ embedder.embed([question], "query")[0])) == 0


@pytest.mark.parametrize("text", ["", " ", "\ud800 lone surrogate", "\x00\x07", "字" * 5000])
def test_hostile_texts_give_finite_vectors(embedder: Embedder, text: str) -> None:
    assert np.isfinite(embedder.embed([text], "passage")).all()


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([], "passage").shape == (0, embedder.dims)
    assert embedder.embed([], "query").shape == (0, embedder.dims)


def test_repeated_questions_are_remembered(embedder: Embedder) -> None:
    first = embedder.embed(["Is it on?", "Is it on?"], "query")
    assert (embedder.embed(["Is it on?"], "query")[0] == first[0]).all()
    assert (first[0] == first[1]).all()


def test_threads_share_one_model(embedder: Embedder) -> None:
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda n: embedder.embed([f"Server {n}"], "passage")[0], range(8)))
    alone = embedder.embed(["Server 3"], "passage")[0]
    assert float(rows[3] @ alone) > 0.999
    assert get_embedder() is embedder


@pytest.mark.slow
def test_a_forked_child_loads_its_own(embedder: Embedder) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        own = get_embedder()
        fine = own is not embedder and own.embed(["a"], "passage").shape == (1, own.dims)
        os.write(writer, b"1" if fine else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 1) == b"1"


FAMILY = """
import os, sys
import django
django.setup()
from llm_manager.providers.builtin import embedding
embedding.get_embedder().embed(["warm"], "query")
if os.fork() == 0:
    os._exit(0)  # as the children of workers do
os.wait()
"""


@pytest.mark.slow
def test_a_fork_is_not_held_up_by_threads_that_the_parents_model_had() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "spelunker.settings"}
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", FAMILY]
    assert subprocess.run(command, cwd=root, env=environment, timeout=60).returncode == 0


def test_batches_hold_every_text_once_and_few_tokens() -> None:
    lengths = [5, 512, 300, 7, 7, 512, 512, *[20] * 40]
    batches = list(_batches(lengths))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= BATCH_TEXTS
        assert len(batch) == 1 or len(batch) * max(lengths[r] for r in batch) <= BATCH_TOKENS
