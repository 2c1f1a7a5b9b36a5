"""Puts found passages in order once more, by a model that reads question and passage together."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from jobs.errors import JobError
from llm_manager.calling import ModelAccess, default_access, rerank
from llm_manager.control.ledger import Booking
from llm_manager.models import LLMModel, ModelKind
from solution_library.hits import Hit

logger = logging.getLogger(__name__)

#: So many passages are ranked, the best found.
RERANKED = 30
#: Somebody waits for it, and the passages are in a usable order already.
SECONDS = 6.0
PATIENCE_SECONDS = 2.0
#: Models that rank read about 512 tokens of a passage; what they cost goes by the length.
MOST_CHARACTERS = 4000


@dataclass(frozen=True)
class Reranked:
    """Passages in a model's order, or as they were where there is none or it was in trouble."""

    hits: list[Hit] = field(default_factory=list)
    model: str = ""
    trouble: JobError | None = None


def has_reranker() -> bool:
    """Whether there is a default model that ranks, and it can be used."""
    ranking = LLMModel.objects.usable().filter(kind=ModelKind.RERANK, is_system_default=True)
    return ranking.exists()


def reranked(query: str, hits: Sequence[Hit], booking: Booking | None = None) -> Reranked:
    """The first RERANKED of `hits` in the order of the default model that ranks; those after
    them stay behind them. Never raises what a model or its API can do wrong."""
    if not hits or not has_reranker():
        return Reranked(list(hits))
    try:
        access = default_access(ModelKind.RERANK)
        return Reranked(_ordered(query, hits, access, booking), access.name)
    except JobError as error:
        logger.warning("Not ranked once more: %s", error)
        return Reranked(list(hits), trouble=error)


def _ordered(
    query: str, hits: Sequence[Hit], access: ModelAccess, booking: Booking | None
) -> list[Hit]:
    first, rest = hits[:RERANKED], hits[RERANKED:]
    texts = [_shown(hit) for hit in first]
    reply = rerank(
        _hurried(access), query, texts, booking or Booking("search"), patience=PATIENCE_SECONDS
    )
    scores = [float(score) for score in reply.scores]
    order = sorted(range(len(first)), key=lambda place: -scores[place])
    return [
        *(
            replace(first[place], rerank_rank=rank, rerank_score=scores[place])
            for rank, place in enumerate(order, 1)
        ),
        *rest,
    ]


def _shown(hit: Hit) -> str:
    text = f"{hit.heading_path}\n{hit.text}" if hit.heading_path else hit.text
    return text[:MOST_CHARACTERS]


def _hurried(access: ModelAccess) -> ModelAccess:
    return replace(
        access,
        timeout_seconds=min(access.timeout_seconds, SECONDS),
        first_byte_seconds=min(access.first_byte_seconds, SECONDS),
    )
