"""Search by meaning among very many passages: its speed, its recall, and plain pgvector beside it.

usage: python -m benchmarks.vector_scale --chunks 100000 [--phase generate|build|measure]
           [--library FOLDER] [--folder DIR] [--json FILE]

Makes vectors that lie to each other like those of the documents below FOLDER (scale_vectors.py),
in a database of its own below DIR (var/bench), and measures: the build of the graph and
PostgreSQL's memory for it; searches through the product's own way, the whole library and scopes of
several sizes, against exact search; the same vectors in a plain table with pgvector's defaults; and
in a LangChain pipeline. Each phase keeps what it has made; one that was interrupted is begun anew.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scale_vectors import (
    PASSAGES_OF_A_DOCUMENT,
    PORTION,
    Exact,
    Like,
    Matrix,
    copy_rows,
    likeness,
    real_vectors,
    recall,
)

ROOT = Path(__file__).resolve().parent.parent
QUERIES = 300
NEAREST = 60
#: Shares of the library that a search is limited to.
SCOPES = (0.3, 0.05, 0.01, 0.001)
MOST_FOR_PEERS = 200_000
PHASES = ("generate", "build", "measure")
CHUNKS = """
INSERT INTO solution_library_chunk (id, version_id, ordinal, heading_path, text, content_hash,
    language, is_hidden, length)
SELECT n, 1 + (n - 1) / %(each)s, (n - 1) %% %(each)s, '', '', n, 'english', false, 0
FROM generate_series(1, %(chunks)s) n
"""
IN_SHARE = """
INSERT INTO solution_library_document_collections (document_id, collection_id)
SELECT n, %s FROM generate_series(1, %s) n WHERE hashint4(n) %% 100000 BETWEEN 0 AND %s
"""
WITHIN = """
SELECT c.id FROM solution_library_chunk c JOIN solution_library_document_collections dc
ON dc.document_id = c.version_id WHERE dc.collection_id = %s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--phase", choices=PHASES)
    parser.add_argument("--library", type=Path, default=ROOT / "samples" / "library")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--json", type=Path, help="where the figures go, too")
    options = parser.parse_args()
    folder = options.folder / f"vectors-{options.chunks}"
    folder.mkdir(parents=True, exist_ok=True)
    figures = folder / "figures.json"
    facts = json.loads(figures.read_text()) if figures.exists() else {}
    with database(folder):
        like = Like(real_vectors(options.library, options.folder))
        for phase in [options.phase] if options.phase else PHASES:
            facts |= PHASE[phase](options.chunks, like)
            figures.write_text(json.dumps(facts, indent=1))
    text = json.dumps(facts, indent=1)
    if options.json:
        options.json.write_text(text)
    print(text)


class database:  # noqa: N801 - used as a function
    """A PostgreSQL of its own below a folder, with the library's tables."""

    def __init__(self, folder: Path) -> None:
        from spelunker.embedded.postgres import EmbeddedPostgres

        self._server = EmbeddedPostgres(folder / "pg")

    def __enter__(self) -> None:
        os.environ["DATABASE_URL"] = self._server.join()
        os.environ["DJANGO_SETTINGS_MODULE"] = "spelunker.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)

    def __exit__(self, *_: object) -> None:
        from django.db import connection

        connection.close()
        self._server.leave()


# -- phases ------------------------------------------------------------------------------
def generate(chunks: int, like: Like) -> dict[str, Any]:
    """Documents, passages without words, and their vectors."""
    from django.db import connection

    started = time.perf_counter()
    documents = -(-chunks // PASSAGES_OF_A_DOCUMENT)
    values = {"each": PASSAGES_OF_A_DOCUMENT, "chunks": chunks}
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE solution_library_document, solution_library_collection CASCADE")
        cursor.execute("DROP TABLE IF EXISTS plain")
        _make_documents(documents)
        cursor.execute(CHUNKS, values)
    index_id = _index().pk
    seen = _copy_vectors(index_id, chunks, like)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {
        "chunks": chunks,
        "generated, s": round(time.perf_counter() - started, 1),
        "like real ones (real, made)": likeness(like.real, seen),
    }


def _make_documents(count: int) -> None:
    """With one version each, of the same id."""
    from django.db.models import F

    from solution_library.models import Document, DocumentVersion

    numbers = range(1, count + 1)
    Document.objects.bulk_create(
        (
            Document(
                pk=n, title=f"Document {n}", path=f"{n}.md", sha256=f"{n:064}",
                source_key=f"scale:{n}", review_status="approved", embedding_status="ready",
            )
            for n in numbers
        ),
        batch_size=2000,
    )  # fmt: skip
    versions = (
        DocumentVersion(
            pk=n, document_id=n, number=1, filename=f"{n}.md", sha256=f"{n:064}", size=1,
            is_complete=True,
        )
        for n in numbers
    )  # fmt: skip
    DocumentVersion.objects.bulk_create(versions, batch_size=2000)
    Document.objects.update(current_version=F("pk"))


def _shares() -> dict[str, int]:
    """Collections that hold shares of the documents, by name."""
    from django.db import connection

    from solution_library.models import Collection, Document

    documents, found = Document.objects.count(), {}
    for share in SCOPES:
        collection, is_new = Collection.objects.get_or_create(name=f"{share:.1%} of it")
        found[collection.name] = collection.pk
        if is_new:
            with connection.cursor() as cursor:
                cursor.execute(IN_SHARE, [collection.pk, documents, int(share * 100_000) - 1])
                cursor.execute("ANALYZE solution_library_document_collections")
    return found


def _index() -> Any:
    from llm_manager.models import LLMModel
    from solution_library.indexing import graphs
    from solution_library.models import EmbeddingIndex

    EmbeddingIndex.objects.all().delete()
    model = LLMModel.objects.filter(kind="embedding").first()
    if model is None:
        from llm_manager.models import LLMApi

        api = LLMApi.objects.create(name="Scale", kind="builtin")
        model = LLMModel.objects.create(api=api, model_id="scale", kind="embedding")
    index = EmbeddingIndex.objects.create(model=model, state="active", dimensions=384)
    graphs.drop(index.pk)
    return index


def _copy_vectors(index_id: int, chunks: int, like: Like) -> Matrix:
    """Returns the first ones."""
    from django.db import connection

    first, done = np.zeros((0, 384), np.float32), 0
    columns = "solution_library_chunkvector (chunk_id, index_id, version_id, build, embedding)"
    for portion in like.portions(chunks):
        if not done:
            first = portion[:4000]

        def rows(start: int = done, portion: Matrix = portion) -> Iterator[tuple[Any, ...]]:
            for n, vector in enumerate(portion, start):
                yield n + 1, index_id, 1 + n // PASSAGES_OF_A_DOCUMENT, "scale", vector

        with connection.cursor() as cursor:
            copy_rows(cursor, columns, rows())
        done += len(portion)
    return first


def build(chunks: int, like: Like) -> dict[str, Any]:
    """The graph, as the product builds it, and what PostgreSQL took for it."""
    from django.db import connection

    from solution_library.indexing import graphs
    from solution_library.models import EmbeddingIndex

    index = EmbeddingIndex.objects.get()
    width = index.dimensions or 0
    graphs.drop(index.pk)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    started = time.perf_counter()
    graphs.ensure(index.pk, width)
    seconds = time.perf_counter() - started
    return {
        "graph built, s": round(seconds, 1),
        "limit of memory for it, MB": graphs.memory_for(chunks, width),
        "PostgreSQL's peak for it, MB": peak_megabytes(pid),
        "graph, MB": _megabytes(f"pg_relation_size('{graphs.name_of(index.pk)}')"),
        "table of vectors, MB": _megabytes("pg_table_size('solution_library_chunkvector')"),
    }


def measure(chunks: int, like: Like, texts: list[str] | None = None) -> dict[str, Any]:
    """With as many questions as `texts` has, where the passages have words."""
    from django.db import connection

    queries = like.queries(len(texts) if texts else QUERIES)
    scopes: dict[str, int | None] = {"the whole library": None, **_shares()}
    members = {name: _members(number) for name, number in scopes.items()}
    exact = _exact(queries, members)
    load = os.getloadavg()[0]
    found = {
        name: _measured(partial(_ours, collection=number), queries, exact[name])
        for name, number in scopes.items()
    }
    with connection.cursor() as cursor:
        plain = _plain(cursor, queries, exact["the whole library"])
    return {
        "ours": found,
        "plain pgvector": plain,
        "LangChain": pipeline(queries, exact["the whole library"], texts),
        "load before": round(load, 1),
    }


def pipeline(queries: Matrix, exact: Any, texts: list[str] | None = None) -> Any:
    """A LangChain pipeline on the same database (benchmarks/peers/pipeline.py), for up to 200,000
    passages. None where its packages are not installed: scripts/bench does that."""
    from django.db import connection

    python = ROOT / "var" / "bench-peers" / "bin" / "python"
    python = Path(os.environ.get("SPELUNKER_PEERS_PYTHON", python))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM solution_library_chunkvector")
        if cursor.fetchone()[0] > MOST_FOR_PEERS or not python.exists():
            return None
    texts = texts or [f"question {n}" for n in range(len(queries))]
    rows = [
        {"text": text, "vector": query.tolist(), "exact": true[:10].tolist()}
        for text, query, true in zip(texts, queries, exact, strict=True)
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"queries": rows, "most": 10, "effort": 200}, file)
        file.flush()
        program = ROOT / "benchmarks" / "peers" / "pipeline.py"
        done = subprocess.run(
            [python, "-W", "ignore", program, os.environ["DATABASE_URL"], file.name],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return json.loads(done.stdout) if not done.returncode else {"failed": done.stderr[-300:]}


def _members(number: int | None) -> np.ndarray[Any, Any] | None:
    from django.db import connection

    if number is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(WITHIN, [number])
        return np.array(sorted(row[0] for row in cursor.fetchall()), np.int64)


def _exact(queries: Matrix, members: dict[str, Any]) -> dict[str, Any]:
    """What really is nearest, by numpy over the vectors as they are stored."""
    from django.db import connection

    from solution_library.indexing.vectors import from_bytes

    seen = {name: Exact(queries, NEAREST) for name in members}
    statement = "SELECT chunk_id, halfvec_send(embedding) FROM solution_library_chunkvector"
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(PORTION):
            ids = np.array([row[0] for row in rows], np.int64)
            vectors = np.stack([from_bytes(bytes(row[1])) for row in rows])
            for name, kept in members.items():
                inside = slice(None) if kept is None else np.isin(ids, kept)
                seen[name].see(ids[inside], vectors[inside])
    return {name: each.nearest() for name, each in seen.items()}


def _ours(query: Matrix, collection: int | None) -> list[int]:
    from solution_library.indexing.nearest import nearest_to
    from solution_library.models import EmbeddingIndex
    from solution_library.scoping import Scope

    index = EmbeddingIndex.objects.get()
    scope = Scope(collections=None if collection is None else [collection], most=NEAREST)
    return [chunk_id for chunk_id, _ in nearest_to(query, index, scope)]


def _plain(cursor: Any, queries: Matrix, exact: Any) -> dict[str, Any]:
    """A table with an id and a vector, pgvector's defaults, and nothing joined."""
    cursor.execute("SELECT to_regclass('plain')")
    facts: dict[str, Any] = {}
    if cursor.fetchone()[0] is None:
        cursor.execute(
            "CREATE TABLE plain AS SELECT chunk_id AS id, embedding::vector(384) AS embedding "
            "FROM solution_library_chunkvector"
        )
        cursor.execute("SET maintenance_work_mem = '4GB'")
        cursor.execute("SET max_parallel_maintenance_workers = 0")
        started = time.perf_counter()
        cursor.execute("CREATE INDEX plain_graph ON plain USING hnsw (embedding vector_ip_ops)")
        facts["graph built, s"] = round(time.perf_counter() - started, 1)
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("VACUUM ANALYZE plain")

    def ask(query: Matrix) -> list[int]:
        text = "[" + ",".join(f"{x:.7g}" for x in query.tolist()) + "]"
        cursor.execute("SELECT id FROM plain ORDER BY embedding <#> %s::vector LIMIT 60", [text])
        return [row[0] for row in cursor.fetchall()]

    for effort in (40, 200):
        cursor.execute(f"SET hnsw.ef_search = {effort}")
        facts[f"ef_search {effort}"] = _measured(ask, queries, exact)
    cursor.execute("RESET hnsw.ef_search")
    return facts | {"graph, MB": _megabytes("pg_relation_size('plain_graph')")}


def _measured(ask: Callable[[Matrix], list[int]], queries: Matrix, exact: Any) -> dict[str, Any]:
    for query in queries[:20]:
        ask(query)
    found, times = [], []
    for query in queries:
        started = time.perf_counter()
        found.append(ask(query))
        times.append(1000 * (time.perf_counter() - started))
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    return {
        "p50, ms": round(p50, 1), "p95, ms": round(p95, 1), "p99, ms": round(p99, 1),
        "recall of the nearest 10": round(recall(exact, found, 10), 4),
        "recall of the nearest 60": round(recall(exact, found, 60), 4),
    }  # fmt: skip


def _megabytes(expression: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression} / 1048576")
        return int(cursor.fetchone()[0])


def peak_megabytes(pid: int) -> int:
    """The most memory a process of this machine has held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


PHASE = {"generate": generate, "build": build, "measure": measure}

if __name__ == "__main__":
    main()
