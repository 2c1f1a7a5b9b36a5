"""Finds passages: BM25 over words and nearness in meaning, fused by their scores."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jobs.errors import JobError
from llm_manager.control.ledger import Booking
from solution_library.fusing import fuse
from solution_library.hits import Hit, Hits, Ranked, Worded
from solution_library.indexing.indexes import active_index
from solution_library.indexing.nearest import nearest
from solution_library.keyword import by_words
from solution_library.loading import load
from solution_library.models import EmbeddingIndex
from solution_library.reranking import RERANKED, reranked
from solution_library.scoping import Scope

__all__ = ["CANDIDATES", "Candidates", "Hit", "Hits", "look_up", "search"]

logger = logging.getLogger(__name__)

#: So many passages each way of searching finds.
CANDIDATES = 60
MOST_CHARACTERS = 4000


@dataclass(frozen=True)
class Candidates:
    """What the two ways of searching found, and how many seconds each took. `trouble` kept one
    from searching by meaning."""

    words: Worded = field(default_factory=Worded)
    meaning: list[Ranked] = field(default_factory=list)
    trouble: JobError | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    #: The id of the model by which it searched by meaning.
    model_id: str = ""


def search(
    query: str,
    *,
    user: Any = None,
    collections: Iterable[int] | None = None,
    tags: Iterable[int] | None = None,
    kinds: Iterable[str] | None = None,
    excluded: Iterable[int] = (),
    information: Iterable[int] = (),
    only_approved: bool = False,
    limit: int = 10,
    index: EmbeddingIndex | None = None,
    booking: Booking | None = None,
    rerank: bool = False,
) -> Hits:
    """The passages that answer `query` best, of those that `user` may read (None: the operator,
    who may read all) in documents of the given collections, tags and kinds (None: of any).

    `excluded` are document ids, `information` those of documents that came with the RFP which is
    being answered: nothing else finds them, and no limit of the library holds for them.

    `index` is another index than the one in use, to try it out. While an index's model cannot be
    used, words alone are searched, and the hits say so. `rerank`: the default model that ranks, if
    there is one, puts the best in order; it costs a call, so what searches for many questions one
    after the other leaves it out.
    """
    query = query.replace("\x00", " ").strip()[:MOST_CHARACTERS]
    if not query or limit < 1:
        return Hits()
    scope = Scope.of(
        user,
        collections=None if collections is None else list(collections),
        tags=None if tags is None else list(tags),
        kinds=None if kinds is None else list(kinds),
        excluded=list(excluded),
        information=list(information),
        only_approved=only_approved,
        most=max(CANDIDATES, limit),
    )
    found = look_up(query, scope, index, booking)
    fusion = fuse(found.words, found.meaning)
    hits = load(fusion.ranked, max(limit, RERANKED) if rerank else limit)
    order = reranked(query, hits, booking) if rerank else None
    return Hits(
        (order.hits if order else hits)[:limit],
        found.trouble,
        found.words.corrections,
        balance=fusion.balance,
        rerank_trouble=order.trouble if order else None,
        reranked_by=order.model if order else "",
        nearness=[ranked.score for ranked in found.meaning],
        nearness_by=found.model_id,
    )


def look_up(
    query: str,
    scope: Scope,
    index: EmbeddingIndex | None = None,
    booking: Booking | None = None,
) -> Candidates:
    """What each way of searching finds for itself. An index that was asked for by name is to be
    searched or nothing."""
    began = time.perf_counter()
    words = by_words(query, scope)
    worded = time.perf_counter()
    used = index or active_index()
    meaning, trouble = _by_meaning(query, scope, used, booking, must=index is not None)
    seconds = {"words": worded - began, "meaning": time.perf_counter() - worded}
    model_id = used.model.model_id if used is not None else ""
    return Candidates(words, meaning, trouble, seconds, model_id)


def _by_meaning(
    query: str, scope: Scope, used: EmbeddingIndex | None, booking: Booking | None, *, must: bool
) -> tuple[list[Ranked], JobError | None]:
    if used is None:
        return [], None
    try:
        return [Ranked(*row) for row in nearest(query, used, scope, booking)], None
    except JobError as error:
        if must:
            raise
        logger.warning("Search by words only: %s", error)
        return [], error
