"""The vectors of questions, made as queries on both sides."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import connection, transaction

from llm_manager.calling import ModelAccess, embed
from llm_manager.control.ledger import Booking
from solution_library.answers.sameness import UNRELATED, floor_among
from solution_library.indexing.indexes import access_of
from solution_library.models import (
    AnswerVariant,
    EmbeddingIndex,
    LibraryAnswer,
    QuestionVector,
)

#: How near questions without anything in common are, by index; as many as are ever in use.
FLOORS: dict[tuple[int, int, datetime], float] = {}
MOST_FLOORS = 8
MISSING = """
SELECT q.answer_id, q.digest, q.question FROM (
    SELECT id AS answer_id, digest, question FROM solution_library_libraryanswer
    WHERE merged_into_id IS NULL
    UNION ALL
    SELECT v.answer_id, v.digest, v.question FROM solution_library_answervariant v
    JOIN solution_library_libraryanswer a ON a.id = v.answer_id AND a.merged_into_id IS NULL
) q
WHERE q.digest <> '' AND NOT EXISTS (
    SELECT FROM solution_library_questionvector v
    WHERE v.index_id = %s AND v.answer_id = q.answer_id AND v.digest = q.digest)
ORDER BY q.answer_id DESC LIMIT %s
"""


def missing(index: EmbeddingIndex, most: int) -> list[tuple[int, str, str]]:
    """Questions without a vector in the index: answer id, digest, question."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [index.pk, most])
        return list(cursor.fetchall())


def make_vectors(
    index: EmbeddingIndex,
    rows: Sequence[tuple[int, str, str]],
    booking: Booking | None = None,
    access: ModelAccess | None = None,
) -> int:
    """Vectors for what `missing` has found; returns how many were stored. What is gone by now is
    left out. Raises JobError when the model cannot be used."""
    questions = [question for _, _, question in rows]
    reply = embed(access or access_of(index), questions, "query", booking)
    with transaction.atomic():
        asked = _asked_now({answer_id for answer_id, _, _ in rows})
        vectors = [
            QuestionVector(
                index=index, answer_id=row[0], digest=row[1], build=reply.build[:100],
                embedding=vector.tolist(),
            )
            for row, vector in zip(rows, reply.vectors, strict=True)
            if row in asked
        ]  # fmt: skip
        QuestionVector.objects.bulk_create(vectors, ignore_conflicts=True)
    return len(vectors)


def _asked_now(answer_ids: set[int]) -> set[tuple[int, str, str]]:
    """The questions that these answers answer now, and, as their rows are locked, until the end
    of the transaction: an edit meanwhile would leave a vector of a question that is gone."""
    rows = LibraryAnswer.objects.select_for_update(no_key=True).order_by("pk")
    held = rows.filter(pk__in=answer_ids, merged_into=None)
    asked = set(held.values_list("pk", "digest", "question"))
    variants = AnswerVariant.objects.filter(answer__in=[pk for pk, _, _ in asked])
    return asked | set(variants.order_by().values_list("answer_id", "digest", "question"))


def floor_of(index: EmbeddingIndex) -> float:
    """How near the index's model puts questions that have nothing in common. Raises JobError."""
    key = (index.pk, index.model_id, index.created_at)
    if key not in FLOORS:
        reply = embed(access_of(index), list(UNRELATED), "query", None)
        while len(FLOORS) >= MOST_FLOORS:
            FLOORS.pop(next(iter(FLOORS)))
        FLOORS[key] = float(floor_among(np.asarray(reply.vectors)))
    return FLOORS[key]
