"""What others find for the same questions among the same passages."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.retrieval_parts.tasks import Task
from solution_library.evaluating.corpora import ID, TEXT, TITLE
from solution_library.evaluating.labelled import read_questions
from solution_library.evaluating.matching import Names, prepare
from solution_library.evaluating.metrics import NAMES, measure
from solution_library.evaluating.rows import read_rows
from solution_library.hits import Hit

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / "var" / "bench-peers" / "bin" / "python"
SCRIPT = ROOT / "benchmarks" / "peers" / "bm25.py"
MOST = 60


def bm25s(task: Task, python: Path = PYTHON) -> dict[str, dict[str, float]] | None:
    """The better of bm25s's settings by recall@5, as {question id: {measure: value}}. None where
    it is not installed, or where the corpus is a folder: it reads no documents."""
    if not python.exists() or task.corpus.is_dir():
        return None
    rows = list(read_rows(task.corpus, "an object"))
    texts = [f"{row.name(TITLE)}\n{row.name(TEXT)}".strip() for row in rows]
    labelled = read_questions(task.questions)
    names = Names.of((n, row.name(ID), row.name(TITLE), "") for n, row in enumerate(rows))
    questions = [each for each in prepare(labelled, names) if each.targets]
    asked = {"texts": texts, "questions": [q.labelled.text for q in questions], "most": MOST}
    run = subprocess.run(
        [python, SCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    settings = {}
    for name, ranked in json.loads(run.stdout).items():
        values = [
            measure([_hit(place, texts) for place in places], question.targets, by_document=True)
            for question, places in zip(questions, ranked, strict=True)
        ]
        settings[name] = {
            question.labelled.id: dict(zip(NAMES, found.tolist(), strict=True))
            for question, found in zip(questions, values, strict=True)
        }
    return max(settings.values(), key=_recall)


def _recall(found: dict[str, dict[str, float]]) -> float:
    return sum(values["recall@5"] for values in found.values())


def _hit(place: int, texts: Sequence[str]) -> Hit:
    return Hit(
        chunk_id=place, document_id=place, document="", path="", heading_path="", page=None,
        text=texts[place], document_sha256="", score=0.0, keyword_rank=None, dense_rank=None,
        keyword_score=0.0, dense_score=0.0,
    )  # fmt: skip
