"""Makes one list of the passages found by words and those found by meaning."""

from collections.abc import Sequence

from solution_library.hits import Ranked

FUSION_K = 60
#: Where query and passage differ in language, shared words are mostly chance.
FOREIGN_KEYWORD_WEIGHT = 0.15


def fuse(keyword: Sequence[Ranked], dense: Sequence[Ranked], language: str) -> list[Ranked]:
    """Reciprocal rank fusion; words of another language count little."""
    scores: dict[int, float] = {}
    for rank, row in enumerate(keyword, 1):
        weight = 1.0 if row.language == language else FOREIGN_KEYWORD_WEIGHT
        scores[row.chunk_id] = scores.get(row.chunk_id, 0.0) + weight / (FUSION_K + rank)
    for rank, row in enumerate(dense, 1):
        scores[row.chunk_id] = scores.get(row.chunk_id, 0.0) + 1.0 / (FUSION_K + rank)
    ranked = [Ranked(chunk_id, score) for chunk_id, score in scores.items()]
    return sorted(ranked, key=lambda row: (-row.score, row.chunk_id))
