"""What the pages of a large RFP take: processor time, time, queries and bytes.

    python -m benchmarks.pages [--questions 1000] [--sections 40] [--years] [--json FILE]

The pages are asked for in this process, on a database of its own, through the whole of Django.
`cpu_ms` is this process alone (the least of all rounds, what a quiet machine takes), `wall_ms`
the median with the database's share.
"""

import argparse
import cProfile
import json
import pstats
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.jobs_parts.site import Site, set_up
from benchmarks.pages_parts.routes import every_page
from benchmarks.pages_parts.world import World, make_world

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Asked:
    """One page; `headers` of a fragment. `is_page`: it must answer; of a route that was only
    found there may be nothing to read."""

    name: str
    url: str
    headers: dict[str, str]
    is_page: bool = True


def pages_of(world: World) -> Iterator[Asked]:
    from django.urls import reverse

    from rfp_manager.models import ExpertPacket

    rfp, question = world.rfp, world.question

    def page(name: str, route: str, *args: int, query: str = "", **headers: str) -> Asked:
        return Asked(name, reverse(f"rfp_manager:{route}", args=args) + query, headers)

    yield page("RFP", "detail", rfp.pk)
    yield page("list, as a fragment", "questions", rfp.pk, **HTMX)
    yield page("list, filtered", "questions", rfp.pk, query="?state=draft&has=edited&q=a", **HTMX)
    yield page("question", "question", rfp.pk, question.pk)
    yield page("question, as a fragment", "question", rfp.pk, question.pk, **HTMX)
    yield page("overview", "coverage", rfp.pk)
    yield page("mapping", "mapping", rfp.pk)
    yield page("edition", "edition", rfp.pk)
    yield page("contradictions", "contradictions", rfp.pk)
    yield page("work and exports", "detail", rfp.pk, **HTMX, **{"HX-Target": "work"})
    yield page("changes", "changes")
    yield page("changes of a document", "changed_document", world.document.pk)
    yield page("commitments", "commitments")
    yield page("own questions", "mine")
    yield page("RFPs", "list")
    yield page("sheet of an expert, back", "packet", ExpertPacket.objects.latest("pk").pk)
    yield page("documents from the buyer", "information", rfp.pk)
    yield page("what drafting takes", "draft_estimate", rfp.pk)
    yield page("– counted", "draft_estimate", rfp.pk, query="?counted=1", **HTMX)
    yield page("what a review takes", "review_estimate", rfp.pk)
    yield page("test of the reviewer", "reviewer_test", rfp.pk)
    yield page("– what it takes", "reviewer_test", rfp.pk, query="?counted=1", **HTMX)
    yield Asked("home", reverse("home"), {})
    yield Asked("audit log", reverse("audit"), {})
    yield Asked("operations", reverse("operations"), {})
    yield Asked("people", reverse("accounts:people"), {})
    yield from (Asked(name, url, {}, is_page=False) for name, url in every_page(world))


def measure(client: Any, asked: Asked, rounds: int) -> dict[str, Any]:
    taken = [_once(client, asked) for _ in range(rounds)]
    return {
        "cpu_ms": round(min(cpu for cpu, _ in taken), 1),
        "wall_ms": round(median(wall for _, wall in taken), 1),
        **_size(client, asked),
    }


def _once(client: Any, asked: Asked) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    client.get(asked.url, headers=asked.headers, secure=True)
    return 1000 * (time.process_time() - cpu), 1000 * (time.perf_counter() - wall)


def _size(client: Any, asked: Asked) -> dict[str, int]:
    """Apart from the time: counting queries takes some itself."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(asked.url, headers=asked.headers, secure=True)
    if answer.status_code != 200:
        raise RuntimeError(f"{asked.url} answered {answer.status_code}")
    return {"queries": len(queries), "kilobytes": round(len(answer.content) / 1024)}


def profile(client: Any, asked: Asked) -> None:
    with cProfile.Profile() as found:
        _once(client, asked)
    pstats.Stats(found).sort_stats("cumulative").print_stats(45)


def run(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    from django.conf import settings
    from django.test import Client

    settings.AUTO_EMBED_DOCUMENTS = False
    settings.ALLOWED_HOSTS = ["testserver"]
    world = make_world(options.questions, options.sections, years=options.years)
    client = Client()
    client.force_login(world.user)
    found: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    for asked in pages_of(world):
        if (options.only and options.only not in asked.name) or (
            not asked.is_page and asked.url in seen
        ):
            continue
        seen.add(asked.url)
        # Templates are read once.
        first = client.get(asked.url, headers=asked.headers, secure=True)
        if asked.is_page or (first.status_code == 200 and not first.streaming):
            found[asked.name] = measure(client, asked, options.rounds)
        if options.profile:
            profile(client, asked)
    return found


def table(found: dict[str, dict[str, Any]]) -> str:
    lines = ["| page | CPU, ms | wall, ms | queries | KB |", "|---|---|---|---|---|"]
    for name, one in found.items():
        lines.append(f"| {name} | {' | '.join(str(value) for value in one.values())} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--sections", type=int, default=40)
    parser.add_argument("--years", action="store_true", help="among thousands of other things")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="pages whose names hold these words")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder), "pgmq").running():
        set_up()
        found = run(options)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    print(table(found))


if __name__ == "__main__":
    main()
