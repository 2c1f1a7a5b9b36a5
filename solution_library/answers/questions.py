"""The vectors of questions, made as queries on both sides, and the questions nearest to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from numpy.typing import NDArray
from pgvector.django import MaxInnerProduct

from jobs.errors import JobError
from llm_manager.calling import embed
from llm_manager.control.ledger import Booking
from solution_library.answers.sameness import UNRELATED, rescaled
from solution_library.indexing.indexes import access_of, active_index
from solution_library.models import EmbeddingIndex, LibraryAnswer, QuestionVector
from solution_library.models.answers import LibraryAnswerQuerySet

Vectors = NDArray[np.float32]
#: So many missing vectors are made while somebody waits; more are left to the job.
AT_ONCE = 32
GROUP = 64
DAY = 86_400
MISSING = """
SELECT q.answer_id, q.digest, q.question FROM (
    SELECT id AS answer_id, digest, question FROM solution_library_libraryanswer
    UNION ALL
    SELECT answer_id, digest, question FROM solution_library_answervariant
) q
WHERE q.digest <> '' AND NOT EXISTS (
    SELECT FROM solution_library_questionvector v
    WHERE v.index_id = %s AND v.answer_id = q.answer_id AND v.digest = q.digest)
ORDER BY q.answer_id DESC LIMIT %s
"""


@dataclass(frozen=True)
class Near:
    """An answer one of whose questions is `score` near (0 unrelated, 1 equal)."""

    answer_id: int
    digest: str
    score: float


@dataclass(frozen=True)
class Nearness:
    """`trouble`: why nearness in meaning could not be looked for; `missing`: how many questions
    have no vector yet and were left out."""

    found: list[Near]
    trouble: JobError | None = None
    missing: int = 0


def missing(index: EmbeddingIndex, most: int) -> list[tuple[int, str, str]]:
    """Questions without a vector in the index: answer id, digest, question."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [index.pk, most])
        return list(cursor.fetchall())


def make_vectors(
    index: EmbeddingIndex, rows: Sequence[tuple[int, str, str]], booking: Booking | None = None
) -> None:
    """Vectors for what `missing` has found. What is gone or changed by now is left out. Raises
    JobError when the model cannot be used."""
    reply = embed(access_of(index), [question for _, _, question in rows], "query", booking)
    wanted = {answer_id for answer_id, _, _ in rows}
    held = set(LibraryAnswer.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    QuestionVector.objects.bulk_create(
        [
            QuestionVector(
                index=index, answer_id=answer_id, digest=digest, build=reply.build[:100],
                embedding=vector.tolist(),
            )
            for (answer_id, digest, _), vector in zip(rows, reply.vectors, strict=True)
            if answer_id in held
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def catch_up(index: EmbeddingIndex) -> int:
    """Make the few vectors that edits have left missing. Returns how many are missing still:
    the caller may have the job make them. Raises JobError."""
    rows = missing(index, AT_ONCE + 1)
    if len(rows) > AT_ONCE:
        return len(rows)
    if rows:
        make_vectors(index, rows)
    return 0


def floor_of(index: EmbeddingIndex) -> float:
    """How near the index's model puts questions that have nothing in common. Raises JobError."""
    key = f"question-floor:{index.pk}:{index.model_id}:{index.dimensions}"
    kept = cache.get(key)
    if kept is None:
        reply = embed(access_of(index), list(UNRELATED), "query", None)
        kept = floor_among(np.asarray(reply.vectors))
        cache.set(key, kept, DAY)
    return float(kept)


def floor_among(vectors: Vectors) -> float:
    upper = np.triu_indices(len(vectors), 1)
    return float((vectors @ vectors.T)[upper].mean())


def vector_of(question: str, index: EmbeddingIndex) -> Any:
    return embed(access_of(index), [question], "query", None).vectors[0]


def nearest_answers(
    question: str, answers: LibraryAnswerQuerySet, limit: int, index: EmbeddingIndex | None = None
) -> Nearness:
    """Of `answers`, those that answer the questions nearest in meaning, best first, each once.

    Compared with every question, because there are thousands of them at most and not millions.
    """
    used = index or active_index()
    if used is None or used.dimensions is None:
        return Nearness([])
    try:
        left = catch_up(used)
        floor, vector = floor_of(used), vector_of(question, used)
    except JobError as error:
        return Nearness([], error)
    rows = (
        QuestionVector.objects.filter(index=used, answer__in=answers)
        .annotate(distance=MaxInnerProduct("embedding", vector))
        .order_by("distance", "answer_id")
        .values_list("answer_id", "digest", F("distance"))[: limit * 3]
    )
    best: dict[int, Near] = {}
    for answer_id, digest, distance in rows:
        best.setdefault(answer_id, Near(answer_id, digest, rescaled(-distance, floor)))
    return Nearness(list(best.values())[:limit], missing=left)
