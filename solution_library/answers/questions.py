"""The questions of the answer library that are nearest to one."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from jobs.errors import JobError
from llm_manager.calling import ModelAccess, embed
from solution_library.answers.filling import start_filling
from solution_library.answers.sameness import rescaled
from solution_library.answers.vectors import floor_of, make_vectors, missing
from solution_library.indexing.indexes import access_of, active_index
from solution_library.indexing.vectors import as_text
from solution_library.models import (
    EmbeddingIndex,
)
from solution_library.models.answers import LibraryAnswerQuerySet

#: So many missing vectors are made while somebody waits, a few in each call, and no call is begun
#: when so many seconds are over; the rest is left to the job.
AT_ONCE = 32
A_CALL = 16
AT_ONCE_SECONDS = 2.0
QUERY_SECONDS = 15.0
#: An answer may be found by several wordings of its question.
WORDINGS = 3
NEAREST = """
WITH asked AS MATERIALIZED (
    SELECT text::vector AS vector, place
    FROM unnest(%(vectors)s::text[]) WITH ORDINALITY AS given(text, place)
)
SELECT asked.place, near.* FROM asked, LATERAL (
    SELECT v.answer_id, v.digest, -(v.embedding <#> asked.vector) AS score
    FROM solution_library_questionvector v
    WHERE v.index_id = %(index)s AND v.answer_id = ANY(%(answers)s::bigint[])
    ORDER BY v.embedding <#> asked.vector, v.answer_id LIMIT %(limit)s
) near ORDER BY asked.place, near.score DESC, near.answer_id
"""


@dataclass(frozen=True)
class Near:
    """An answer one of whose questions is `score` near (0 unrelated, 1 equal)."""

    answer_id: int
    digest: str
    score: float


@dataclass(frozen=True)
class Nearness:
    """`found`: for each question that was asked. `trouble`: why nearness in meaning could not be
    looked for; `missing`: how many of the library have no vector yet and were left out."""

    found: list[list[Near]]
    trouble: JobError | None = None
    missing: int = 0


def catch_up(index: EmbeddingIndex) -> int:
    """Make the few vectors that edits have left missing, and have the job make more than that.
    Returns how many are missing still, at least. Raises JobError."""
    rows = missing(index, AT_ONCE + 1)
    over = time.monotonic() + AT_ONCE_SECONDS
    while 0 < len(rows) <= AT_ONCE and time.monotonic() < over:
        make_vectors(index, rows[:A_CALL], access=_hurried(index))
        rows = rows[A_CALL:]
    if rows:
        start_filling()
    return len(rows)


def nearest_answers(
    questions: Sequence[str],
    answers: LibraryAnswerQuerySet,
    limit: int,
    index: EmbeddingIndex | None = None,
) -> Nearness:
    """For each question those of `answers` that answer the questions nearest to it in meaning,
    best first, each once. One call of the model and one query, whatever the number of questions.

    Compared with every question, because there are thousands of them at most and not millions.
    """
    used = index or active_index()
    if used is None or used.dimensions is None or not questions:
        return Nearness([[] for _ in questions])
    try:
        left = catch_up(used)
        floor = floor_of(used)
        vectors = embed(_hurried(used), list(questions), "query", None).vectors
    except JobError as error:
        return Nearness([[] for _ in questions], error)
    values: dict[str, Any] = {
        "vectors": [as_text(vector) for vector in vectors],
        "index": used.pk,
        "answers": list(answers.order_by().values_list("pk", flat=True)),
        "limit": limit * WORDINGS,
    }
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, values)
        rows = cursor.fetchall()
    return Nearness(list(_by_question(rows, len(questions), floor, limit)), missing=left)


def _hurried(index: EmbeddingIndex) -> ModelAccess:
    """The way to the index's model for somebody who waits."""
    return replace(
        access_of(index), timeout_seconds=QUERY_SECONDS, first_byte_seconds=QUERY_SECONDS
    )


def _by_question(
    rows: Sequence[tuple[int, int, str, float]], count: int, floor: float, limit: int
) -> Iterator[list[Near]]:
    """An answer that several of its wordings have found counts by the nearest."""
    best: list[dict[int, Near]] = [{} for _ in range(count)]
    for place, answer_id, digest, cosine in rows:
        best[place - 1].setdefault(
            answer_id, Near(answer_id, digest, rescaled(float(cosine), floor))
        )
    for found in best:
        yield list(found.values())[:limit]
