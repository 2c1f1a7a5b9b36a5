"""An extractive summary: the sentences nearest to what the whole document is about."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from llm_manager.providers.base import SummaryInputs
from llm_manager.providers.builtin.candidates import (
    Candidate,
    embedded_text,
    passages_language,
    read_candidates,
    sentence_vectors,
)
from llm_manager.providers.builtin.embedding import Embedder, Vectors, get_embedder
from llm_manager.providers.builtin.words import terms

LOOKED_AT = 60  # sentences, spread over the document; 0.2 s
MOST_SENTENCES = 6
CENTRALITY_OVER_NOVELTY = 0.7
EARLINESS = 0.03  # what opens a document or a passage tells more often what it is about


def summarise(inputs: SummaryInputs, *, embedder: Embedder | None = None) -> dict[str, Any]:
    """{"summary", "citations"}: at most six verbatim sentences in reading order.

    Raises ModelUnavailable without a built-in embedding model.
    """
    embedder = embedder or get_embedder()
    candidates = _spread(read_candidates(inputs.passages, passages_language(inputs.passages)))
    if not candidates:
        return {"summary": "", "citations": []}
    vectors = sentence_vectors(embedder, [embedded_text(candidate) for candidate in candidates])
    central = _centrality(candidates, vectors, inputs, embedder)
    chosen = _choose(candidates, vectors, inputs.max_characters, central)
    ordered = sorted(chosen, key=lambda c: (c.place, c.start))
    return {
        "summary": " ".join(_plain(candidate) for candidate in ordered),
        "citations": [
            {"passage": inputs.passages[c.place].number, "quote": c.text} for c in ordered
        ],
    }


def _plain(candidate: Candidate) -> str:
    return " ".join(candidate.text.split())


def _spread(candidates: list[Candidate]) -> list[Candidate]:
    """Whole sentences only, and not more than can be looked at, from all over the document."""
    whole = [c for c in candidates if re.search(r"[.!。！]\W*\Z", c.text) and len(c.words) >= 4]
    pool = whole or candidates
    if len(pool) <= LOOKED_AT:
        return pool
    first = pool[: LOOKED_AT // 4]
    rest = pool[LOOKED_AT // 4 :]
    places = np.linspace(0, len(rest) - 1, LOOKED_AT - len(first)).astype(int)
    return first + [rest[place] for place in dict.fromkeys(places.tolist())]


def _centrality(
    candidates: Sequence[Candidate], vectors: Vectors, inputs: SummaryInputs, embedder: Embedder
) -> list[float]:
    centre = vectors.mean(axis=0)
    if terms(inputs.title):
        centre = centre + 0.3 * embedder.embed([inputs.title], "query")[0]
    central = vectors @ (centre / (np.linalg.norm(centre) or 1.0))
    return [
        float(value) + EARLINESS / (1 + candidate.order) + EARLINESS / (1 + candidate.place)
        for value, candidate in zip(central, candidates, strict=True)
    ]


def _choose(
    candidates: Sequence[Candidate],
    vectors: Vectors,
    room: int,
    central: Sequence[float],
) -> list[Candidate]:
    """Maximal marginal relevance within the characters there are."""
    similar = vectors @ vectors.T
    chosen: list[int] = []
    while len(chosen) < MOST_SENTENCES:
        fitting = [
            place
            for place in range(len(candidates))
            if place not in chosen and len(_plain(candidates[place])) + bool(chosen) <= room
        ]
        if not fitting:
            break
        best = max(fitting, key=lambda place: _marginal(place, chosen, central, similar))
        room -= len(_plain(candidates[best])) + bool(chosen)
        chosen.append(best)
    return [candidates[place] for place in chosen]


def _marginal(
    place: int, chosen: Sequence[int], central: Sequence[float], similar: Vectors
) -> float:
    repeated = max((float(similar[place, other]) for other in chosen), default=0.0)
    return CENTRALITY_OVER_NOVELTY * central[place] - (1 - CENTRALITY_OVER_NOVELTY) * repeated
