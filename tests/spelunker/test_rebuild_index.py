"""`manage.py rebuild_index` for people and for scripts."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from solution_library import tasks  # noqa: F401 - registers what is queued by name
from solution_library.indexing import graphs, tending
from solution_library.indexing.indexes import active_index
from solution_library.keyword import by_words
from solution_library.models import Chunk, ChunkVector, EmbeddingIndex
from solution_library.scoping import Scope
from solution_library.wording.upkeep import rebuild_job
from tests.llm_manager.fake_llm import FakeLLM
from tests.solution_library.index_world import library, llm, model, small  # noqa: F401

pytestmark = pytest.mark.django_db
REASON = "Better for German."


@pytest.fixture
def rebuild(django_capture_on_commit_callbacks: Any) -> Any:
    """Runs the command and what it has queued; returns its exit code and its JSON."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        out, code = StringIO(), 0
        with django_capture_on_commit_callbacks(execute=True):
            try:
                call_command("rebuild_index", *arguments, "--json", stdout=out)
            except SystemExit as ended:
                code = int(ended.code or 0)
        return code, json.loads(out.getvalue())

    return run


def test_without_a_library_there_is_nothing_to_build(rebuild: Any) -> None:
    assert rebuild("--status") == (0, {"indexes": []})
    with pytest.raises(CommandError, match="no passages yet") as refused:
        rebuild("--vectors")
    assert refused.value.returncode == 1


def test_the_status_names_gaps_and_says_so_by_its_exit_code(rebuild: Any, library: Path) -> None:
    code, facts = rebuild("--status")
    assert (code, facts["indexes"][0]["missing"], facts["indexes"][0]["state"]) == (0, 0, "active")
    ChunkVector.objects.first().delete()
    code, facts = rebuild("--status")
    assert (code, facts["indexes"][0]["missing"]) == (1, 1)


def test_gaps_are_filled_and_a_complete_index_is_left_alone(rebuild: Any, library: Path) -> None:
    ChunkVector.objects.first().delete()
    assert rebuild("--dry-run")[1]["passages"] == 1
    rebuild("--no-wait")
    assert rebuild("--status")[0] == 0
    with pytest.raises(CommandError, match="every passage has its vector"):
        rebuild("--vectors")


def test_the_words_are_made_anew_and_a_second_job_is_refused(rebuild: Any, library: Path) -> None:
    assert rebuild("--words", "--dry-run")[0] == 1
    Chunk.objects.update(lexemes="", length=0)
    job = Job.objects.get(pk=rebuild("--words", "--no-wait")[1]["words_job"])
    assert job.status == "completed"
    assert len(by_words("Where are backups kept?", Scope()).ranked) == 1
    rebuild_job()
    with pytest.raises(CommandError, match="already"):
        rebuild("--words")


def test_another_model_is_built_used_and_the_old_index_dropped(
    rebuild: Any, library: Path, llm: FakeLLM
) -> None:
    before = active_index()
    large = model(llm, "embed-large")
    rebuild("--model", "embed-large", "--no-wait", "--no-switch")
    index = EmbeddingIndex.objects.get(model=large)
    assert before is not None and active_index() == before
    with pytest.raises(CommandError, match="has not been compared"):
        rebuild("--use", str(index.pk))
    assert rebuild("--use", str(index.pk), "--reason", REASON)[0] == 0
    assert active_index() == index
    assert rebuild("--drop", str(before.pk), "--dry-run") == (1, {"would_delete": 2})
    assert rebuild("--drop", str(before.pk)) == (0, {"deleted": 2})


def test_the_graph_alone_is_made_anew(
    rebuild: Any, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = active_index()
    assert index is not None
    assert rebuild("--status")[0] == 0, "so few vectors need no graph"
    monkeypatch.setattr(tending, "ENOUGH", 2)
    assert rebuild("--status")[0] == 1
    assert rebuild("--graph")[0] == 0 and rebuild("--status")[0] == 0
    assert rebuild("--graph")[0] == 0 and graphs.is_whole(index.pk)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "nonsense"], "no embedding model “nonsense”"),
        (["--use", "99999"], "no index 99999"),
        (["--drop", "99999"], "no index 99999"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_there_is(
    arguments: list[str], sentence: str, rebuild: Any, library: Path
) -> None:
    with pytest.raises(CommandError, match=sentence):
        rebuild(*arguments)
