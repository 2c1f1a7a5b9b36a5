"""Search among very many passages: by words, by meaning, and both as a person waits for them.

usage: python -m benchmarks.search_scale --chunks 100000
           [--phase generate|words|vectors|measure|peers]
           [--no-vectors] [--library FOLDER] [--folder DIR] [--json FILE]

Makes passages (scale_texts.py) and vectors (scale_vectors.py) in a database of its own below DIR
(var/bench), builds the index of words and the graph of vectors, and asks 500 questions one after
the other. Each phase is a process of its own and keeps what it has made.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import vector_scale
from benchmarks.scale_texts import Texts
from benchmarks.scale_vectors import PASSAGES_OF_A_DOCUMENT, Like, real_vectors
from benchmarks.vector_scale import ROOT, database, peak_megabytes

QUERIES, COMPARED = 500, 10
DOCUMENTS_TOGETHER = 250
PHASES = ("generate", "words", "vectors", "measure", "peers")
STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS stage (
    id bigint, text text, language text, words text, marked text, bare text, marks text)
"""
# Through the product's own expression for lexemes.
MOVE = """
INSERT INTO solution_library_chunk (id, version_id, ordinal, heading_path, text, content_hash,
    language, is_hidden, length, lexemes)
SELECT t.id, 1 + (t.id - 1) / {each}, (t.id - 1) %% {each}, '', t.text, t.id, 'english', false,
    coalesce((SELECT sum(cardinality(u.positions)) FROM unnest(l.lexemes) u
              WHERE NOT starts_with(u.lexeme, '#')), 0), l.lexemes
FROM stage t, LATERAL (SELECT {lexemes} AS lexemes) l
"""
# BM25 by reading every passage, to compare with.
EVERY = """
WITH all_passages AS (
    SELECT count(*)::float AS n, avg(length)::float AS mean FROM solution_library_chunk
), found AS MATERIALIZED (
    SELECT c.id, c.length, u.lexeme, cardinality(u.positions)::float AS tf
    FROM solution_library_chunk c, LATERAL unnest(c.lexemes) u
    WHERE c.lexemes @@ %(any)s::tsquery AND u.lexeme = ANY(%(lexemes)s)
), weight AS (
    SELECT lexeme, ln(1 + (n - count(*) + 0.5) / (count(*) + 0.5)) AS idf
    FROM found, all_passages GROUP BY lexeme, n
)
SELECT found.id, sum(idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / mean))) AS score
FROM found JOIN weight USING (lexeme), all_passages
GROUP BY found.id ORDER BY score DESC, found.id LIMIT 60
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--phase", choices=PHASES)
    parser.add_argument("--no-vectors", action="store_true", help="only the search by words")
    parser.add_argument("--library", type=Path, default=ROOT / "samples" / "library")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--json", type=Path, help="where the figures go, too")
    options = parser.parse_args()
    options.place = options.folder / f"search-{options.chunks}"
    options.place.mkdir(parents=True, exist_ok=True)
    if options.phase is None:
        for phase in PHASES:
            if not (options.no_vectors and phase in ("vectors", "peers")):
                subprocess.run([sys.executable, "-m", "benchmarks.search_scale", *sys.argv[1:],
                                "--phase", phase], check=True)  # fmt: skip
        return
    figures = options.place / "figures.json"
    facts = json.loads(figures.read_text()) if figures.exists() else {}
    with database(options.place):
        facts |= PHASE[options.phase](options)
    text = json.dumps(facts, indent=1)
    for file in (figures, options.json):
        if file:
            file.write_text(text)
    print(text)


# -- phases ------------------------------------------------------------------------------
def generate(options: argparse.Namespace) -> dict[str, Any]:
    """Documents, their passages and the lexemes of these."""
    from django.db import connection

    started = time.perf_counter()
    documents = -(-options.chunks // PASSAGES_OF_A_DOCUMENT)
    texts = Texts()
    with connection.cursor() as cursor:
        tables = ("document", "collection", "lexicalsegment", "lexicalposting", "lexicalword")
        names = ", ".join(f"solution_library_{table}" for table in tables)
        cursor.execute(f"TRUNCATE {names} CASCADE")
        vector_scale._make_documents(documents)
        for first in range(0, documents, DOCUMENTS_TOGETHER):
            _copy_passages(cursor, texts, first, min(DOCUMENTS_TOGETHER, documents - first))
        cursor.execute("VACUUM ANALYZE")
    return {
        "chunks": documents * PASSAGES_OF_A_DOCUMENT,
        "generated, s": round(time.perf_counter() - started, 1),
        "passages, MB": _megabytes("pg_table_size('solution_library_chunk')"),
    }


def _copy_passages(cursor: Any, texts: Texts, first: int, count: int) -> None:
    from solution_library.wording.passages import LEXEMES, prepared

    cursor.execute(STAGE)
    cursor.execute("TRUNCATE stage")
    with cursor.copy("COPY stage FROM STDIN") as copy:
        for n, text in enumerate(texts.passages(first, count), first * PASSAGES_OF_A_DOCUMENT + 1):
            made = prepared(f"\n{text}")
            copy.write_row((n, text, "english", made.words, made.marked, made.bare, made.marks))
    cursor.execute(MOVE.format(each=PASSAGES_OF_A_DOCUMENT, lexemes=LEXEMES).replace("%%", "%"))


def words(options: argparse.Namespace) -> dict[str, Any]:
    """The segments, as the background job builds them."""
    from solution_library.models import DocumentVersion
    from solution_library.wording import upkeep, vocabulary
    from solution_library.wording.building import build, portions
    from solution_library.wording.segments import MAX_PASSAGES

    DocumentVersion.objects.update(lexical_segment=None)
    upkeep.drop_unused()
    started = time.perf_counter()
    for group in portions(upkeep.read_state().tail, MAX_PASSAGES):
        build(group, lambda _: None)
    built = time.perf_counter() - started
    peak = peak_megabytes(os.getpid())
    started = time.perf_counter()
    vocabulary.learn(list(DocumentVersion.objects.values_list("pk", flat=True)))
    return {
        "segments": upkeep.sizes()["segments"],
        "segments built, s": round(built, 1),
        "peak memory of the builder, MB": peak,
        "vocabulary learned, s": round(time.perf_counter() - started, 1),
        "index of words, MB": _megabytes(
            "pg_total_relation_size('solution_library_lexicalposting') + "
            "pg_total_relation_size('solution_library_lexicalsegment')"
        ),
        "vocabulary, MB": _megabytes("pg_total_relation_size('solution_library_lexicalword')"),
    }


def vectors(options: argparse.Namespace) -> dict[str, Any]:
    """The vectors and their graph."""
    like = Like(real_vectors(options.library, options.folder))
    vector_scale._copy_vectors(vector_scale._index().pk, options.chunks, like)
    return vector_scale.build(options.chunks, like)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from solution_library.keyword import by_words
    from solution_library.scoping import Scope

    queries = Texts().queries(QUERIES, options.chunks // PASSAGES_OF_A_DOCUMENT)
    started = time.perf_counter()
    by_words(queries[0], Scope())
    first = 1000 * (time.perf_counter() - started)
    ask = _asking(options)
    for query in queries[:20]:
        ask(query, 0)
    load = os.getloadavg()[0]
    rows = [ask(query, n) for n, query in enumerate(queries)]
    return {
        "load before": round(load, 1),
        "first search of a process, ms": round(first, 1),
        "ms": {part: _spread([row[part] for row in rows]) for part in rows[0]},
        "recall of the best 10 by words": _recall(queries[:COMPARED]),
        "peak memory of the searcher, MB": peak_megabytes(os.getpid()),
        "scopes, ms": _in_scopes(queries[:100]),
    }


def peers(options: argparse.Namespace) -> dict[str, Any]:
    """Search by meaning alone against exact search, plain pgvector, and a LangChain pipeline."""
    like = Like(real_vectors(options.library, options.folder))
    texts = Texts().queries(QUERIES, options.chunks // PASSAGES_OF_A_DOCUMENT)
    return vector_scale.measure(options.chunks, like, list(dict.fromkeys(texts))[:200])


def _asking(options: argparse.Namespace) -> Callable[[str, int], dict[str, float]]:
    """Asks one question as search() does, and tells how long each part took."""
    from solution_library.fusing import fuse
    from solution_library.hits import Ranked
    from solution_library.keyword import by_words
    from solution_library.loading import load
    from solution_library.scoping import Scope

    nearest = None if options.no_vectors else _nearest(options)

    def ask(query: str, number: int) -> dict[str, float]:
        clock = [time.perf_counter()]
        found = by_words(query, Scope())
        clock.append(time.perf_counter())
        meaning = [Ranked(*row) for row in nearest(query, number)] if nearest else []
        clock.append(time.perf_counter())
        load(fuse(found, meaning).ranked, 10)
        clock.append(time.perf_counter())
        parts = 1000 * np.diff(clock)
        names = ("words", "meaning", "fusing and loading")
        return dict(zip(names, parts.tolist(), strict=True)) | {"whole": float(parts.sum())}

    return ask


def _nearest(options: argparse.Namespace) -> Callable[[str, int], list[tuple[int, float]]]:
    """The question is embedded, which is what it costs; the vector that is looked for is one that
    lies to the made-up vectors as questions do to passages."""
    from llm_manager.providers.builtin.embedding import get_embedder
    from solution_library.indexing.nearest import nearest_to
    from solution_library.models import EmbeddingIndex
    from solution_library.scoping import Scope

    embedder, index = get_embedder(), EmbeddingIndex.objects.get()
    asked = Like(real_vectors(options.library, options.folder)).queries(QUERIES)

    def nearest(query: str, number: int) -> list[tuple[int, float]]:
        embedder.embed([query], "query")
        return nearest_to(asked[number], index, Scope())

    return nearest


def _recall(queries: list[str]) -> float:
    """The share of the 10 best passages, by BM25 over all of them, that the index finds, or as
    good ones."""
    from django.db import connection

    from solution_library.keyword import by_words
    from solution_library.lexical import quoted
    from solution_library.scoping import Scope
    from solution_library.wording.terms import terms_of

    shares = []
    for query in queries:
        pairs = [pair for term in terms_of(query, "english", {"english"}) for pair in term.pairs]
        lexemes = [lexeme for _, lexeme in pairs]
        with connection.cursor() as cursor:
            values = {"lexemes": lexemes, "any": " | ".join(map(quoted, lexemes))}
            cursor.execute(EVERY, values)
            best = cursor.fetchall()[:10]
        found = {row.chunk_id: row.score for row in by_words(query, Scope()).ranked}
        shares.append(np.mean([abs(found.get(pk, 0) - float(s)) < 1e-6 for pk, s in best]))
    return round(float(np.mean(shares)), 4)


def _in_scopes(queries: list[str]) -> dict[str, Any]:
    """The same words asked of parts of the library."""
    from solution_library.keyword import by_words
    from solution_library.scoping import Scope

    found = {}
    for name, number in vector_scale._shares().items():
        times = []
        for query in queries:
            started = time.perf_counter()
            by_words(query, Scope(collections=[number]))
            times.append(1000 * (time.perf_counter() - started))
        found[name] = _spread(times)
    return found


def _spread(times: list[float]) -> dict[str, float]:
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    return {"p50": round(p50, 1), "p95": round(p95, 1), "p99": round(p99, 1)}


def _megabytes(expression: str) -> int:
    return vector_scale._megabytes(f"({expression})")


PHASE = {
    "generate": generate, "words": words, "vectors": vectors, "measure": measure, "peers": peers,
}  # fmt: skip

if __name__ == "__main__":
    main()
