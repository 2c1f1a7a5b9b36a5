"""A small stand-alone retrieval over folders of documentation, for fitting the built-in models.

It is deliberately simple (headings, 200 words, dense and BM25 fused by rank), so that what is
fitted on it does not lean on the product's own search.
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from llm_manager.providers.base import STANDS_OUT_FROM, Passage
from llm_manager.providers.builtin.embedding import Embedder
from llm_manager.providers.builtin.words import terms

CHUNK_WORDS = 200
TOP = 8
_SKIPPED = re.compile(r"release-notes|changelog|contributor-list", re.IGNORECASE)


@dataclass(frozen=True)
class Chunk:
    document: str
    heading: str
    text: str


class Library:
    """Chunks with their vectors and word counts; `search` gives places, best first."""

    def __init__(self, name: str, chunks: Sequence[Chunk], vectors: NDArray[np.float32]) -> None:
        self.name = name
        self.chunks = list(chunks)
        self.vectors = vectors
        self.words = [Counter(terms(f"{c.heading} {c.text}")) for c in chunks]
        self.lengths = np.array([max(1, sum(w.values())) for w in self.words], np.float64)
        self.document_frequency = Counter(word for w in self.words for word in w)

    def search(
        self, question: str, vector: NDArray[np.float32], without: frozenset[str] = frozenset()
    ) -> list[int]:
        """The best chunks' places; those of documents in `without` are left out."""
        allowed = [i for i, c in enumerate(self.chunks) if c.document not in without]
        dense = self.vectors @ vector
        sparse = self._bm25(question)
        fused: Counter[int] = Counter()
        for scores in (dense, sparse):
            for rank, place in enumerate(sorted(allowed, key=lambda i: -scores[i])[:50]):
                if scores[place] > 0:
                    fused[place] += 1.0 / (60 + rank)  # type: ignore[assignment]
        return [place for place, _ in fused.most_common(TOP)]

    def nearness_gap(
        self, vector: NDArray[np.float32], without: frozenset[str] = frozenset()
    ) -> float:
        """By how much the nearest chunk stands out from the twentieth, as the product's search
        tells it."""
        allowed = [chunk.document not in without for chunk in self.chunks]
        nearest = np.sort((self.vectors @ vector)[allowed])[::-1]
        return float(nearest[0] - nearest[min(len(nearest), STANDS_OUT_FROM) - 1])

    def _bm25(self, question: str) -> NDArray[np.float64]:
        scores = np.zeros(len(self.chunks))
        norm = 1.2 * (0.25 + 0.75 * self.lengths / self.lengths.mean())
        for word in set(terms(question)):
            df = self.document_frequency.get(word, 0)
            if df:
                idf = math.log(1 + (len(self.chunks) - df + 0.5) / (df + 0.5))
                tf = np.array([w.get(word, 0) for w in self.words], np.float64)
                scores += idf * tf * 2.2 / (tf + norm)
        return scores

    def passages(self, places: Sequence[int]) -> tuple[Passage, ...]:
        return tuple(
            Passage(number, self.chunks[p].text, self.chunks[p].heading, self.chunks[p].document)
            for number, p in enumerate(places, start=1)
        )


def documentation(folder: Path) -> list[Chunk]:
    """Chunks of all .md and .rst files under `folder`, by headings, of about 200 words."""
    files = sorted(f for f in folder.rglob("*") if f.suffix in (".md", ".rst"))
    return [
        Chunk(str(file.relative_to(folder)), heading, text)
        for file in files
        if not _SKIPPED.search(str(file))
        for heading, body in _sections(file.read_text(encoding="utf-8", errors="replace"))
        for text in _pieces(body)
    ]


def _sections(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines()
    heading, body = "", list[str]()
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        mark = re.fullmatch(r"#{1,4}\s+(.+)", line)
        underlined = line.strip() and re.fullmatch(r"([=\-~^'\"*#+])\1{2,}", below.strip())
        if mark or underlined:
            yield heading, "\n".join(body)
            heading, body = (mark[1] if mark else line).strip(), []
        else:
            body.append(line)
    yield heading, "\n".join(body)


def _pieces(body: str) -> Iterator[str]:
    piece: list[str] = []
    words = 0
    for paragraph in re.split(r"\n\s*\n", body):
        count = len(paragraph.split())
        if words and words + count > CHUNK_WORDS:
            yield "\n\n".join(piece)
            piece, words = [], 0
        piece.append(paragraph)
        words += count
    if words:
        yield "\n\n".join(piece)


def embedded_library(name: str, chunks: list[Chunk], embedder: Embedder, cache: Path) -> Library:
    """The library with vectors, kept in `cache` under the hash of model and texts."""
    texts = [f"{chunk.heading}\n{chunk.text}" for chunk in chunks]
    key = hashlib.sha256(json.dumps([embedder.build, texts]).encode()).hexdigest()[:16]
    file = cache / f"{name}-{key}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, embedder.embed(texts, "passage"))
    return Library(name, chunks, np.load(file))
