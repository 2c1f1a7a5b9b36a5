"""Ingestion against the embedding model's own speed, and the main job on the same library.

usage: python -m benchmarks.main_job LIBRARY QUESTIONNAIRE
Starts a stack of its own in a temporary folder. Run it on a quiet machine: it uses both cores.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MODEL_SPEED = """
import json, time
from llm_manager.providers.builtin.embedding import get_embedder
from solution_library.models import Chunk
chunks = Chunk.objects.order_by("pk")
texts = [f"{c.heading_path}\\n{c.text}" if c.heading_path else c.text for c in chunks]
sample = texts[:: max(1, len(texts) // 1000)]
embedder = get_embedder()
embedder.embed(sample[:16], "passage")
started = time.perf_counter()
for start in range(0, len(sample), 64):
    embedder.embed(sample[start : start + 64], "passage")
speed = len(sample) / (time.perf_counter() - started)
print(json.dumps({"chunks": len(texts), "speed": speed}))
"""


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), *arguments],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def job_seconds(environment: dict[str, str], kind: str) -> float:
    code = (
        "from jobs.models import Job; "
        f"j = Job.objects.filter(kind='{kind}').latest('pk'); "
        "print((j.completed_at - j.started_at).total_seconds())"
    )
    return float(manage(environment, "shell", "-v0", "-c", code))


def measure(library: str, questionnaire: str, folder: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "SPELUNKER_VAR_DIR": folder,
        "SPELUNKER_MODEL_DIR": str(ROOT / "var" / "models"),
    }
    environment.pop("DATABASE_URL", None)
    started = time.perf_counter()
    ingested = json.loads(manage(environment, "ingest", library, "--json"))
    whole = time.perf_counter() - started
    seconds = job_seconds(environment, "solution_library.EmbeddingJob")
    model = json.loads(manage(environment, "shell", "-v0", "-c", MODEL_SPEED))
    out = str(Path(folder) / "out")
    answered = json.loads(manage(environment, "answer", questionnaire, "--out", out, "--json"))
    batch = job_seconds(environment, "rfp_manager.RFPBatchJob")
    speed = model["chunks"] / seconds
    return {
        "documents": ingested["searchable"],
        "chunks": model["chunks"],
        "ingestion, whole command, s": round(whole, 1),
        "ingestion job, s": round(seconds, 1),
        "ingestion, chunks a second": round(speed, 1),
        "embedding model alone, chunks a second": round(model["speed"], 1),
        "ingestion as a share of the model's speed": round(speed / model["speed"], 2),
        "questions": answered["questions"],
        "answered": answered["answered"],
        "no evidence": answered["no_evidence"],
        "responder batch, s": round(batch, 1),
        "answer command, s": answered["seconds"],
    }


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measure(sys.argv[1], sys.argv[2], folder).items():
            print(f"{name:48} {value}")


if __name__ == "__main__":
    main()
