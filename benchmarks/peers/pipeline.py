"""A LangChain pipeline over the passages of a measured database: PGVectorStore with an HNSW
index, BM25Retriever, and both by EnsembleRetriever. Runs in the environment of the peers.

usage: pipeline.py DSN QUERIES.json

The file: {"queries": [{"text", "vector", "exact": [passage ids]}], "most": 10, "effort": 200}.
The vectors of the questions are given, so neither side is charged for making them. Prints JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_postgres import PGEngine, PGVectorStore
from langchain_postgres.v2.indexes import DistanceStrategy, HNSWIndex, HNSWQueryOptions

TABLE = "langchain_passages"
COPY = f"""
INSERT INTO {TABLE} (langchain_id, content, embedding, langchain_metadata)
SELECT gen_random_uuid(), c.text, v.embedding::vector(384), json_build_object('id', c.id)
FROM solution_library_chunk c JOIN solution_library_chunkvector v ON v.chunk_id = c.id
"""  # noqa: S608 - a constant


class Given(Embeddings):
    """Vectors that were made before."""

    def __init__(self, vectors: dict[str, list[float]]) -> None:
        self.vectors = vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.vectors[text]


def main() -> None:
    dsn, file = sys.argv[1:]
    with open(file) as opened:
        asked = json.load(opened)
    queries, most = asked["queries"], asked["most"]
    store, facts = _store(dsn, queries, asked["effort"])
    dense = store.as_retriever(search_kwargs={"k": most})
    ways: dict[str, Any] = {"PGVectorStore": dense}
    passages = _passages(dsn)
    if any(passage.page_content for passage in passages):
        started = time.perf_counter()
        words = BM25Retriever.from_documents(passages)
        words.k = most
        facts["BM25Retriever built, s"] = round(time.perf_counter() - started, 1)
        both = EnsembleRetriever(retrievers=[words, dense], weights=[0.5, 0.5], id_key="id")
        ways |= {"BM25Retriever": words, "EnsembleRetriever of both": both}
    for name, way in ways.items():
        exact = name == "PGVectorStore"
        facts[name] = _measured(way.invoke, queries, most, exact)
    print(json.dumps(facts))


def _store(
    dsn: str, queries: list[dict[str, Any]], effort: int
) -> tuple[PGVectorStore, dict[str, Any]]:
    engine = PGEngine.from_connection_string(dsn.replace("postgresql://", "postgresql+psycopg://"))
    engine.init_vectorstore_table(TABLE, vector_size=384, overwrite_existing=True)
    with psycopg.connect(dsn) as database:
        database.execute(COPY)
    store = PGVectorStore.create_sync(
        engine, Given({q["text"]: q["vector"] for q in queries}), TABLE,
        distance_strategy=DistanceStrategy.INNER_PRODUCT,
        index_query_options=HNSWQueryOptions(ef_search=effort),
    )  # fmt: skip
    started = time.perf_counter()
    store.apply_vector_index(HNSWIndex(distance_strategy=DistanceStrategy.INNER_PRODUCT))
    return store, {"graph built, s": round(time.perf_counter() - started, 1)}


def _passages(dsn: str) -> list[Document]:
    with psycopg.connect(dsn) as database:
        rows = database.execute("SELECT id, text FROM solution_library_chunk").fetchall()
    return [Document(page_content=text, metadata={"id": pk}) for pk, text in rows]


def _measured(
    ask: Callable[[str], list[Document]], queries: list[dict[str, Any]], most: int, exact: bool
) -> dict[str, Any]:
    for query in queries[:5]:
        ask(query["text"])
    times, shares = [], []
    for query in queries:
        started = time.perf_counter()
        found = ask(query["text"])
        times.append(1000 * (time.perf_counter() - started))
        wanted = set(query["exact"][:most])
        shares.append(len(wanted & {each.metadata["id"] for each in found[:most]}) / most)
    times.sort()
    facts = {
        f"p{p}, ms": round(times[min(len(times) - 1, len(times) * p // 100)], 1)
        for p in (50, 95, 99)
    }
    return facts | ({f"recall of the nearest {most}": sum(shares) / len(shares)} if exact else {})


if __name__ == "__main__":
    main()
