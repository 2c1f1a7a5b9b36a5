"""How fast a folder of documents comes into the library, beside the embedding model alone.

usage: python -m benchmarks.ingest LIBRARY [--json]

Starts a stack of its own in a temporary folder, adds every document below LIBRARY, and then has
the same model embed the same passages with nothing around it. Run it on a quiet machine: both use
all cores. The shares of processor time are meaningful on a busy one too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import Sampler, Use

ROOT = Path(__file__).resolve().parent.parent
MODEL_ALONE = """
import json, sys, time
from llm_manager.providers.builtin.embedding import get_embedder
from solution_library.indexing.passages import embedded_text
from solution_library.models import Chunk, DocumentVersion
chunks = Chunk.objects.filter(is_hidden=False).order_by("pk").values_list("heading_path", "text")
texts = list(dict.fromkeys(embedded_text(path, text) for path, text in chunks))
sample = texts[:: max(1, len(texts) // 2000)]
embedder = get_embedder()
embedder.embed(sample[:16], "passage")
started, cpu = time.perf_counter(), time.process_time()
for start in range(0, len(sample), 64):
    embedder.embed(sample[start : start + 64], "passage")
seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
pages = sum(v.page_count or 0 for v in DocumentVersion.objects.all())
print(json.dumps({
    "chunks": len(chunks), "different": len(texts), "words": sum(len(t.split()) for t in texts),
    "pages": pages, "speed": len(sample) / seconds, "cpu": cpu / len(sample),
}))
"""
JOB_SECONDS = """
from jobs.models import Job
j = Job.objects.filter(kind="solution_library.EmbeddingJob").latest("pk")
print((j.completed_at - j.started_at).total_seconds())
"""


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), *arguments],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"manage.py {arguments[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def measure(library: str, folder: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "SPELUNKER_VAR_DIR": folder,
        "SPELUNKER_MODEL_DIR": os.environ.get("SPELUNKER_MODEL_DIR", str(ROOT / "var" / "models")),
    }
    environment.pop("DATABASE_URL", None)
    load, started = os.getloadavg()[0], time.perf_counter()
    with Sampler(folder) as sampler:
        ingested = json.loads(manage(environment, "ingest", library, "--json"))
    whole = time.perf_counter() - started
    uses = sampler.found()
    seconds = float(manage(environment, "shell", "-v0", "-c", JOB_SECONDS))
    model = json.loads(manage(environment, "shell", "-v0", "-c", MODEL_ALONE))
    return _facts(ingested, whole, seconds, model, uses) | {"load before": round(load, 1)}


def _facts(
    ingested: dict[str, Any], whole: float, seconds: float, model: dict[str, Any],
    uses: dict[str, Use],
) -> dict[str, Any]:  # fmt: skip
    speed, alone = model["different"] / seconds, model["cpu"] * model["different"]
    spent = sum(use.cpu_seconds for use in uses.values())
    return {
        "documents": ingested["searchable"],
        "not read": len(ingested["failed"]),
        "chunks": model["chunks"],
        "different chunks": model["different"],
        "words": model["words"],
        "whole command, s": round(whole, 1),
        "job, s": round(seconds, 1),
        "chunks a second, end to end": round(speed, 1),
        "chunks a second, model alone": round(model["speed"], 1),
        "share of the model's speed": round(speed / model["speed"], 3),
        "processor seconds, model alone": round(alone, 1),
        "processor seconds, everything": round(spent, 1),
        "share of the model in processor time": round(alone / spent, 3) if spent else None,
        "processor seconds by role": {k: round(u.cpu_seconds, 1) for k, u in uses.items()},
        "peak MB of one process by role": {k: round(u.peak_megabytes) for k, u in uses.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        facts = measure(str(Path(options.library).resolve()), folder)
    if options.json:
        print(json.dumps(facts, indent=1))
        return
    for name, value in facts.items():
        print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
