"""Vectors by the hundred thousand that lie to each other as those of real passages do.

From a few thousand real passages, embedded once: a made-up document gets a centre, a real vector
moved by the difference of two others; each of its passages is the centre moved by the difference
of two real neighbours, between 0.6 and 1.3 times. All of it about the real mean and with real
distances to it. `likeness` says how near such vectors come to real ones.
"""

import hashlib
import random
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
PASSAGES_OF_A_DOCUMENT = 20
NEIGHBOURS = 60
FAR, NEAR = 0.4, (0.6, 1.3)
PORTION = 50_000
SUFFIXES = (".md", ".rst", ".html", ".txt")


@dataclass(frozen=True)
class Real:
    """Vectors of real passages and of questions about them, each of length 1."""

    passages: Matrix
    queries: Matrix


def real_vectors(library: Path, cache: Path, most: int = 4000) -> Real:
    """Of the documents below `library`, by the built-in model; made once and kept in `cache`."""
    files = sorted(f for f in library.rglob("*") if f.suffix in SUFFIXES)
    if not files:
        raise SystemExit(f"There are no documents ({', '.join(SUFFIXES)}) below {library}.")
    key = hashlib.sha256("\n".join(f"{f}{f.stat().st_size}" for f in files).encode()).hexdigest()
    kept = cache / f"real-{key[:12]}-{most}.npz"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        passages, queries = _embedded(files, most)
        np.savez(kept, passages=passages, queries=queries)
    loaded = np.load(kept)
    return Real(loaded["passages"], loaded["queries"])


def _embedded(files: list[Path], most: int) -> tuple[Matrix, Matrix]:
    from llm_manager.providers.builtin.embedding import get_embedder

    chance = random.Random(3)
    texts = list(dict.fromkeys(text for file in files for text in _texts(file)))
    chance.shuffle(texts)
    texts = texts[:most]
    questions = [found for text in texts if (found := _sentence(text, chance))][:1000]
    embedder = get_embedder()
    groups = [texts[n : n + 64] for n in range(0, len(texts), 64)]
    passages = np.concatenate([embedder.embed(group, "passage") for group in groups])
    return passages, embedder.embed(questions, "query")


def _texts(file: Path) -> list[str]:
    from solution_library.chunking import chunk_document
    from solution_library.indexing.passages import embedded_text
    from solution_library.parsing import ParseError, parse_file

    try:
        drafts = chunk_document(parse_file(file, filename=file.name))
    except ParseError:
        return []
    return [embedded_text(draft.heading_path, draft.text) for draft in drafts]


def _sentence(text: str, chance: random.Random) -> str:
    found = [s for s in re.split(r"(?<=[.!?])\s+|\n", text) if 5 <= len(s.split()) <= 25]
    return chance.choice(found) if found else ""


class Like:
    """Makes vectors like the real ones."""

    def __init__(self, real: Real, seed: int = 1) -> None:
        self.real = real
        self._chance = np.random.default_rng(seed)
        self._mean = real.passages.mean(0)
        self._rest = real.passages - self._mean
        self._lengths = np.linalg.norm(self._rest, axis=1)
        near = real.passages @ real.passages.T
        np.fill_diagonal(near, -1)
        self._neighbours = np.argsort(-near, axis=1)[:, : min(NEIGHBOURS, len(near) - 1)]

    def portions(self, count: int) -> Iterator[Matrix]:
        """`count` vectors, document by document, some ten thousand at a time."""
        for start in range(0, count, PORTION):
            yield self._passages(min(PORTION, count - start))

    def queries(self, count: int) -> Matrix:
        """Half of them real questions, the others moved a little."""
        picked = self.real.queries[self._pick(count, len(self.real.queries))]
        moved = picked + 0.3 * self._near_difference(count)
        moved[: count // 2] = picked[: count // 2]
        return _unit(moved)

    def _passages(self, count: int) -> Matrix:
        documents = -(-count // PASSAGES_OF_A_DOCUMENT)
        base, a, b = (self._pick(documents, len(self._rest)) for _ in range(3))
        centres = self._scaled(self._rest[base] + FAR * (self._rest[a] - self._rest[b]))
        rows = np.repeat(np.arange(documents), PASSAGES_OF_A_DOCUMENT)[:count]
        far = self._chance.uniform(*NEAR, (count, 1)).astype(np.float32)
        return _unit(self._mean + self._scaled(centres[rows] + far * self._near_difference(count)))

    def _near_difference(self, count: int) -> Matrix:
        one = self._pick(count, len(self._rest))
        other = self._neighbours[one, self._pick(count, self._neighbours.shape[1])]
        difference: Matrix = self._rest[one] - self._rest[other]
        return difference

    def _scaled(self, rows: Matrix) -> Matrix:
        """With distances to the mean as real vectors have them."""
        wanted = self._lengths[self._pick(len(rows), len(self._lengths))]
        scaled: Matrix = rows * (wanted / np.linalg.norm(rows, axis=1))[:, None]
        return scaled

    def _pick(self, count: int, below: int) -> NDArray[np.int64]:
        return self._chance.integers(0, below, count)


def likeness(real: Real, made: Matrix) -> dict[str, tuple[float, float]]:
    """Mean inner product with the 1st, 10th and 100th neighbour and with a question's nearest
    passage: (real, made), among equally many."""
    count = min(len(real.passages), len(made))
    found = {}
    sets = (real.passages[:count], made[:count])
    for place in (1, 10, 100):
        found[f"neighbour {place}"] = tuple(_mean_at(s, s, place) for s in sets)
    found["question"] = tuple(_mean_at(real.queries, s, 0) for s in sets)
    return found  # type: ignore[return-value]


def _mean_at(rows: Matrix, others: Matrix, place: int) -> float:
    products = rows @ others.T
    return round(float(-np.partition(-products, place, axis=1)[:, place].mean()), 3)


def _unit(rows: Matrix) -> Matrix:
    unit: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


class Exact:
    """The nearest of all vectors that pass by, portion by portion, for some queries."""

    def __init__(self, queries: Matrix, most: int) -> None:
        self._queries, self._most = queries, most
        self._ids: NDArray[np.int64] = np.zeros((len(queries), 0), np.int64)
        self._scores: Matrix = np.zeros((len(queries), 0), np.float32)

    def see(self, ids: NDArray[np.int64], vectors: Matrix) -> None:
        scores = np.hstack([self._scores, self._queries @ vectors.T])
        all_ids = np.hstack([self._ids, np.broadcast_to(ids, (len(self._queries), len(ids)))])
        best = np.argsort(-scores, axis=1)[:, : self._most]
        self._scores = np.take_along_axis(scores, best, 1)
        self._ids = np.take_along_axis(all_ids, best, 1)

    def nearest(self) -> NDArray[np.int64]:
        """Ids by query, best first: shape (queries, most)."""
        return self._ids


def recall(exact: NDArray[np.int64], found: Iterable[list[int]], most: int) -> float:
    """The share of the `most` nearest (of all, where there are fewer) found among as many."""
    shares = []
    for true, rows in zip(exact, found, strict=True):
        wanted = set(true[:most].tolist())
        shares.append(len(wanted & set(rows[:most])) / len(wanted) if wanted else 1.0)
    return sum(shares) / len(shares)


def copy_rows(cursor: Any, table: str, rows: Iterable[tuple[int | str | Matrix, ...]]) -> None:
    """COPY numbers (bigint), texts and half-precision vectors into a table, in binary."""
    with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as out:
        out.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
        for row in rows:
            out.write(struct.pack(">h", len(row)) + b"".join(map(_field, row)))
        out.write(struct.pack(">h", -1))


def _field(value: int | str | Matrix) -> bytes:
    if isinstance(value, int):
        return struct.pack(">iq", 8, value)
    if isinstance(value, str):
        data = value.encode()
    else:
        data = struct.pack(">HH", len(value), 0) + value.astype(">f2").tobytes()
    return struct.pack(">i", len(data)) + data
