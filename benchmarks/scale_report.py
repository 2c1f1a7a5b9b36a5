"""What search and ingestion were measured at, as tables in docs/performance.md.

usage: python -m benchmarks.scale_report [--search FIGURES.json ...] [--ingest FIGURES.json ...]

FIGURES are what benchmarks.search_scale or vector_scale, and benchmarks.ingest --json have
written. Each table replaces the one between its markers.
"""

import argparse
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
Facts = dict[str, Any]
#: Rows of the search table: how they are called, and where their value is.
SEARCH = {
    "load of the machine before": ("load before",),
    "whole search, ms: p50 / p95 / p99": ("ms", "whole"),
    "– words": ("ms", "words"),
    "– meaning, with embedding the question": ("ms", "meaning"),
    "– fusing and loading": ("ms", "fusing and loading"),
    "recall of the best 10 by words, against BM25 over all": ("recall of the best 10 by words",),
    "index of words built, s": ("segments built, s",),
    "peak memory of its builder, MB": ("peak memory of the builder, MB",),
    "index of words, MB": ("index of words, MB",),
    "graph of vectors built, s": ("graph built, s",),
    "PostgreSQL's peak for it, MB": ("PostgreSQL's peak for it, MB",),
    "graph / table of vectors, MB": ("graph, MB",),
}
INGEST = (
    "documents", "chunks", "job, s", "chunks a second, end to end",
    "chunks a second, model alone", "share of the model's speed",
    "share of the model in processor time", "load before",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search", nargs="*", type=Path, default=[])
    parser.add_argument("--ingest", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    if options.search:
        put("scale", search_tables([json.loads(file.read_text()) for file in options.search]))
    if options.ingest:
        put("ingest", ingest_table([json.loads(file.read_text()) for file in options.ingest]))


def put(name: str, text: str) -> None:
    """Replace what stands between a name's markers. Raises ValueError where they are missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = PAGE.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{PAGE} has no {begin} … {end}")
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def search_tables(runs: list[Facts]) -> str:
    heads = [f"{run['chunks']:,} passages" for run in runs]
    rows = [[name, *(_at(run, place) for run in runs)] for name, place in SEARCH.items()]
    whole = _table(["", *heads], [row for row in rows if any(row[1:])])
    return "\n\n".join([whole, *(_beside(run) for run in runs if "ours" in run)])


def _beside(run: Facts) -> str:
    """Search by meaning alone, and the peers."""
    ways: dict[str, Facts] = {f"Spelunker, {name}": each for name, each in run["ours"].items()}
    ways |= {f"plain pgvector, {k}": v for k, v in run["plain pgvector"].items() if _is_way(v)}
    chain = run.get("LangChain") or {}
    ways |= {f"LangChain, {k}": v for k, v in chain.items() if _is_way(v)}
    rows = [[name, _times(each), _share(each, 10), _share(each, 60)] for name, each in ways.items()]
    head = ["ms: p50 / p95 / p99", "recall of the nearest 10", "of the nearest 60"]
    title = f"{run['chunks']:,} passages, the vectors of the questions given"
    return _table([title, *head], rows)


def _is_way(value: Any) -> bool:
    return isinstance(value, dict) and "p50, ms" in value


def _times(each: Facts) -> str:
    return " / ".join(str(each[f"p{p}, ms"]) for p in (50, 95, 99))


def _share(each: Facts, most: int) -> str:
    share = each.get(f"recall of the nearest {most}")
    return "" if share is None else f"{share:.3f}"


def _at(run: Facts, place: tuple[str, ...]) -> str:
    value: Any = run
    for key in place:
        value = value.get(key) if isinstance(value, dict) else None
    if place == ("graph, MB",) and value is not None:
        return f"{value:,} / {run['table of vectors, MB']:,}"
    if isinstance(value, dict):
        return " / ".join(str(part) for part in value.values())
    return "" if value is None else f"{value:,}"


def ingest_table(runs: list[Facts]) -> str:
    rows = [[name, *(f"{run[name]:,}" for run in runs)] for name in INGEST]
    roles = sorted({role for run in runs for role in run["peak MB of one process by role"]})
    rows += [
        [f"peak of one process, MB: {role}",
         *(str(run["peak MB of one process by role"].get(role, "")) for run in runs)]
        for role in roles
    ]  # fmt: skip
    return _table(["", *(f"{run['words']:,} words" for run in runs)], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
