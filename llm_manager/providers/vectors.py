"""Vectors and scores as APIs return them: checked, in order, of length 1."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llm_manager.errors import BadResponse, UnknownModel
from llm_manager.providers.base import EmbeddingReply, Spent

#: Texts in one request: the least that common servers take.
EMBEDDED_AT_ONCE = 32
#: Of a vector's numbers; squares of larger ones (and of NaN) are none.
LARGEST = 1e100
Part = tuple[NDArray[np.float32], Spent]


def groups(texts: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    return iter(lambda: list(islice(rest, EMBEDDED_AT_ONCE)), [])


def unit_vectors(rows: Sequence[Any], expected: int) -> NDArray[np.float32]:
    """`rows` as vectors of length 1. Raises BadResponse where that cannot be."""
    if len(rows) != expected:
        raise BadResponse("The API returned another number of vectors than asked for.")
    vectors = np.asarray(rows, dtype=np.float64)
    if vectors.ndim != 2 or vectors.shape[1] == 0 or not (np.abs(vectors) < LARGEST).all():
        raise BadResponse("The API returned vectors that cannot be used.")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (lengths > 1e-9).all():
        raise BadResponse("The API returned an empty vector.")
    unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
    return unit


def joined(parts: Sequence[Part], model_id: str, dimensions: int | None) -> EmbeddingReply:
    """One reply from those of several requests. Raises BadResponse if they do not fit together,
    UnknownModel if the model does not do vectors of `dimensions`."""
    if not parts:
        return EmbeddingReply(np.zeros((0, dimensions or 0), np.float32), model_id)
    widths = {vectors.shape[1] for vectors, _ in parts}
    if len(widths) > 1:
        raise BadResponse("The API returned vectors of different lengths.")
    if dimensions is not None and widths != {dimensions}:
        raise UnknownModel(
            f"The model gives vectors of {widths.pop()} numbers and no others; {dimensions} are "
            "asked for. Correct the model's dimensions."
        )
    spent = Spent(
        sum(spent.input_tokens for _, spent in parts), guessed=any(s.guessed for _, s in parts)
    )
    return EmbeddingReply(np.concatenate([vectors for vectors, _ in parts]), model_id, spent)


def in_order(found: Sequence[tuple[int, Any]], expected: int) -> list[Any]:
    """What belongs to each of the texts, by its place. Raises BadResponse if any is missing."""
    by_place = dict(found)
    if len(found) != expected or set(by_place) != set(range(expected)):
        raise BadResponse("The API's answer does not have one result for each text.")
    return [by_place[place] for place in range(expected)]


def usable_scores(scores: Sequence[Any]) -> NDArray[np.float64]:
    """`scores` as numbers (n,). Raises BadResponse where they are none."""
    numbers = np.asarray(scores, dtype=np.float64)
    if numbers.ndim != 1 or not (np.abs(numbers) < LARGEST).all():
        raise BadResponse("The API returned scores that cannot be used.")
    return numbers
