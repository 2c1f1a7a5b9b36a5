"""Passages of a corpus are searched apart: the library never has them, and they leave no trace."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from jobs.models import Job
from llm_manager.models import LLMApi, LLMModel, LLMUsage
from solution_library.evaluating.apart import LOCK, PREFIX, library_apart
from solution_library.evaluating.corpora import CorpusDocument, _of_row
from solution_library.evaluating.errors import EvaluationFailed
from solution_library.evaluating.filling import fill
from solution_library.evaluating.rows import Row
from solution_library.models import Chunk, Document, EmbeddingIndex
from solution_library.search import search
from tests.llm_manager.fake_llm import FakeLLM, status
from tests.solution_library.passages import keyword_passage

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, %s)"
CORPUS = [
    {"id": "backup", "title": "Backups", "text": "Copies of the database are kept for 35 days."},
    {"id": "keys", "title": "Keys", "text": "Master keys live in hardware modules."},
    {"id": "logs", "title": "Logs", "text": "Every sign-in is written to the audit log."},
]
QUESTIONS = [
    {"id": 1, "question": "How long are copies of the database kept?", "relevant": ["backup"]},
    {"id": 2, "question": "Where do master keys live?", "gold": "keys", "group": "keys"},
    {"id": 3, "question": "What is said of penguins?", "relevant": ["penguins"]},
]


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        yield fake


@pytest.fixture
def model(llm: FakeLLM) -> LLMModel:
    LLMModel.objects.update(is_system_default=False)
    api = LLMApi.objects.create(name="Vectors", kind="openai", base_url=llm.base_url("openai"))
    made = LLMModel.objects.create(
        api=api, model_id="text-embed-small", kind="embedding", input_price=1
    )
    made.make_default()
    return made


def schemas() -> int:
    with connection.cursor() as cursor:
        cursor.execute(SCHEMAS, [PREFIX])
        return int(cursor.fetchone()[0])


def corpus() -> list[CorpusDocument]:
    return [_of_row(Row("Line 1", row)) for row in CORPUS]


def test_what_is_put_apart_is_found_there_and_nowhere_else(model: LLMModel) -> None:
    keyword_passage("mine.md", "Copies of my own database.")
    with library_apart():
        assert not Document.objects.exists()
        filled = fill(corpus(), model)
        assert (filled.documents, filled.passages) == (3, 3)
        assert [hit.path for hit in search("database copies")][0] == "backup"
        assert "mine.md" not in [hit.path for hit in search("database copies")]
    assert [hit.path for hit in search("database copies")] == ["mine.md"]
    assert list(Document.objects.values_list("path", flat=True)) == ["mine.md"]
    assert (Chunk.objects.count(), EmbeddingIndex.objects.count(), Job.objects.count()) == (1, 0, 0)
    assert schemas() == 0


def test_calls_of_a_paid_model_are_in_the_real_books(model: LLMModel) -> None:
    with library_apart():
        fill(corpus(), model)
    usage = LLMUsage.objects.get()
    assert (usage.purpose, usage.outcome) == ("evaluation", "ok") and usage.cost > 0


def test_an_error_inside_leaves_nothing_behind(model: LLMModel) -> None:
    with pytest.raises(KeyboardInterrupt), library_apart():
        fill(corpus(), model)
        raise KeyboardInterrupt
    assert schemas() == 0 and not Document.objects.exists()


def test_a_model_in_trouble_leaves_nothing_behind(model: LLMModel, llm: FakeLLM) -> None:
    llm.always = status(401)
    with pytest.raises(Exception, match="key"), library_apart():
        fill(corpus(), model)
    assert schemas() == 0


def test_what_a_killed_process_left_is_removed_and_what_another_uses_is_not() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {PREFIX}1_dead")
        cursor.execute(f"CREATE TABLE {PREFIX}1_dead.t (id int)")
        cursor.execute(f"CREATE SCHEMA {PREFIX}2_used")
    parameters = connection.get_connection_params()
    own = {k: v for k, v in parameters.items() if k not in ("cursor_factory", "context")}
    with psycopg.connect(**own, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK, f"{PREFIX}2_used"])
        with library_apart():
            assert schemas() == 2
        assert schemas() == 1
    with library_apart():
        assert schemas() == 1


def test_inside_a_transaction_there_is_no_apart() -> None:
    with pytest.raises(EvaluationFailed), transaction.atomic(), library_apart():
        pass


# -- the command ---------------------------------------------------------------------------
@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    for name, rows in (("set.jsonl", QUESTIONS), ("corpus.jsonl", CORPUS)):
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))
    return str(tmp_path / "set.jsonl"), str(tmp_path / "corpus.jsonl")


def measured(capsys: Any, *arguments: str) -> dict[str, Any]:
    call_command("evaluate_retrieval", *arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_command_measures_a_corpus_and_writes_a_report_with_a_plot(
    model: LLMModel, files: tuple[str, str], tmp_path: Path, capsys: Any
) -> None:
    questions, passages = files
    found = measured(capsys, questions, "--corpus", passages, "--out", str(tmp_path / "out"))
    assert (found["questions"], found["documents"], found["passages"]) == (2, 3, 3)
    assert set(found["measures"]) == {"keyword", "dense", "hybrid"}
    assert found["measures"]["hybrid"]["recall@1"]["value"] == 1.0
    assert found["left_out"] == ["Line 3: penguins"]
    assert found["comparisons"]["hybrid"]["below"] == 0.0
    assert list(found["groups"]) == ["", "keys"]
    text = (tmp_path / "out" / "report.md").read_text()
    assert "| hybrid | 1.000 (1.000–1.000)" in text and "report.svg" in text
    assert "Line 3: penguins" in text
    plot = (tmp_path / "out" / "report.svg").read_text()
    assert "prefers-color-scheme: dark" in plot and "hybrid: recall@1 1.000" in plot
    assert not Document.objects.exists() and schemas() == 0


def test_without_a_corpus_the_library_is_measured_as_it_stands(
    files: tuple[str, str], capsys: Any
) -> None:
    keyword_passage("docs/backup", "Copies of the database are kept for 35 days.")
    found = measured(capsys, files[0], "--modes", "keyword")
    assert (found["questions"], found["searched"]) == (1, "the library")
    assert found["measures"] == {"keyword": found["measures"]["keyword"]}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--modes", "magic"], "no way of searching called “magic”"),
        (["--modes", "reranked"], "There is no default model that ranks"),
        (["--modes", "keyword"], "Nothing that the set calls relevant is in the library"),
        (["--corpus", "/nowhere"], "There is no file or folder “/nowhere”"),
        (["--collection", "Nothing", "--modes", "keyword"], "There is no collection “Nothing”"),
    ],
)
def test_what_cannot_be_measured_is_said(
    files: tuple[str, str], arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("evaluate_retrieval", files[0], *arguments)
    assert schemas() == 0


def test_a_search_by_meaning_that_fails_is_no_measure(
    model: LLMModel, files: tuple[str, str], llm: FakeLLM
) -> None:
    llm.always = status(401)
    with pytest.raises(CommandError):
        call_command("evaluate_retrieval", files[0], "--corpus", files[1])
    assert schemas() == 0


def test_a_plain_kill_ends_it_and_leaves_nothing_behind(
    model: LLMModel, files: tuple[str, str], llm: FakeLLM
) -> None:
    llm.always = lambda handler: os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(CommandError, match="Interrupted"):
        call_command("evaluate_retrieval", files[0], "--corpus", files[1])
    assert schemas() == 0 and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
