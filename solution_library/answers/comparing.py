"""Compares new questions of the library with all others, and keeps the pairs that may be the same.

The job that makes the vectors does it, so a page only reads. A pair is found when the later of its
two wordings is compared, and it goes with either of their vectors: an edit, a removal or a merge
needs nothing done about pairs.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from solution_library.answers.sameness import SAME, Facts, Vectors, differences, facts_of
from solution_library.models import (
    AnswerVariant,
    EmbeddingIndex,
    LibraryAnswer,
    QuestionPair,
    QuestionVector,
)

#: To be raised when sameness.py judges otherwise than before: all questions are compared anew.
RULES = 1
#: So many new ones are compared in one pass over the library.
GROUP = 256
BLOCK = 8192
#: Of a new wording's nearest so many are looked at for names that differ, and so many kept.
LOOKED_AT = 200
KEPT = 20
OTHERS = """
SELECT id, answer_id, vector_send(embedding) FROM solution_library_questionvector
WHERE index_id = %s AND kind = %s AND id > %s ORDER BY id LIMIT %s
"""
NEW = """
SELECT id, answer_id, digest, vector_send(embedding) FROM solution_library_questionvector
WHERE index_id = %s AND compared <> %s ORDER BY id LIMIT %s
"""
LEFTOVERS = """
DELETE FROM solution_library_questionpair p WHERE
NOT EXISTS (SELECT FROM solution_library_questionvector v WHERE v.id = p.one_id) OR
NOT EXISTS (SELECT FROM solution_library_questionvector v WHERE v.id = p.two_id)
"""


@dataclass(frozen=True)
class Wording:
    """One way to ask for an answer; `pk` is its vector's."""

    pk: int
    answer_id: int
    digest: str
    vector: Vectors
    facts: Facts

    @property
    def kind(self) -> str:
        """Wordings of two kinds are never the same, so they need no comparing: a library of
        questions that differ in their numbers has no pairs, and no millions to look through."""
        numbers, denies = self.facts.kind
        told = repr((RULES, sorted(numbers), denies))
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Near:
    """A wording `pk` that is near a new one."""

    cosine: float
    pk: int
    answer_id: int


def has_uncompared(index: EmbeddingIndex) -> bool:
    return QuestionVector.objects.filter(index=index).exclude(compared=RULES).exists()


def compare_some(index: EmbeddingIndex, floor: float) -> int:
    """Compare a group of the new wordings with all others. Returns how many; 0: all are done."""
    new = _new(index)
    by_kind: dict[str, list[Wording]] = {}
    for wording in new:
        by_kind.setdefault(wording.kind, []).append(wording)
    # First, so that those compared later find these.
    for kind, wordings in by_kind.items():
        QuestionVector.objects.filter(pk__in=[w.pk for w in wordings]).update(kind=kind)
    least = floor + SAME * (1.0 - floor)
    for kind, wordings in by_kind.items():
        _keep(_same(wordings, _near(index, kind, wordings, least)), floor)
    QuestionVector.objects.filter(pk__in=[w.pk for w in new]).update(compared=RULES)
    return len(new)


def sweep() -> None:
    """Drop the pairs of wordings that are gone."""
    with connection.cursor() as cursor:
        cursor.execute(LEFTOVERS)


def _new(index: EmbeddingIndex) -> list[Wording]:
    with connection.cursor() as cursor:
        cursor.execute(NEW, [index.pk, RULES, GROUP])
        rows = cursor.fetchall()
    texts = _texts({answer_id for _, answer_id, _, _ in rows})
    return [
        Wording(pk, answer_id, digest, _vector(raw), facts_of(texts.get((answer_id, digest), "")))
        for pk, answer_id, digest, raw in rows
    ]


def _vector(raw: bytes) -> Vectors:
    """pgvector's own form: two small numbers, then the values."""
    return np.frombuffer(raw, ">f4", offset=4).astype(np.float32)


def _texts(answer_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    ids = list(answer_ids)
    main = LibraryAnswer.objects.filter(pk__in=ids).values_list("pk", "digest", "question")
    variants = AnswerVariant.objects.filter(answer__in=ids)
    more = variants.values_list("answer_id", "digest", "question")
    return {(pk, digest): text for pk, digest, text in [*main.order_by(), *more.order_by()]}


def _near(
    index: EmbeddingIndex, kind: str, wordings: Sequence[Wording], least: float
) -> list[list[Near]]:
    """For each wording the nearest ones of other answers, the nearest first."""
    matrix = np.array([wording.vector for wording in wordings])
    mine = np.array([wording.answer_id for wording in wordings])
    found: list[list[Near]] = [[] for _ in wordings]
    for pks, answers, vectors in _others(index, kind):
        likeness = matrix @ vectors.T
        likeness[mine[:, None] == answers[None, :]] = -1.0
        for row in np.flatnonzero((likeness >= least).any(axis=1)).tolist():
            best = np.argsort(-likeness[row], kind="stable")[:LOOKED_AT]
            found[row] += [
                Near(float(likeness[row, n]), int(pks[n]), int(answers[n]))
                for n in best.tolist()
                if likeness[row, n] >= least
            ]
            found[row] = sorted(found[row], key=_nearest_first)[:LOOKED_AT]
    return found


def _nearest_first(near: Near) -> tuple[float, int]:
    return -near.cosine, near.pk


def _others(index: EmbeddingIndex, kind: str) -> Iterator[tuple[np.ndarray, np.ndarray, Vectors]]:
    """All wordings of a kind in blocks: ids, ids of their answers, vectors."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(OTHERS, [index.pk, kind, last, BLOCK])
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        pks, answers = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
        yield pks, answers, np.array([_vector(raw) for _, _, raw in rows])


def _same(wordings: Sequence[Wording], near: list[list[Near]]) -> Iterator[tuple[Wording, Near]]:
    """Those whose names agree too, of each other answer the nearest wording."""
    wanted = {n.pk for found in near for n in found}
    vectors = QuestionVector.objects.filter(pk__in=wanted)
    places = {pk: (a, d) for pk, a, d in vectors.values_list("pk", "answer_id", "digest")}
    texts = _texts({answer_id for answer_id, _ in places.values()})
    facts = {pk: facts_of(texts[at]) for pk, at in places.items() if at in texts}
    for wording, found in zip(wordings, near, strict=True):
        taken: set[int] = set()
        for one in found:
            fits = one.pk in facts and not differences(wording.facts, facts[one.pk])
            if fits and one.answer_id not in taken and len(taken) < KEPT:
                taken.add(one.answer_id)
                yield wording, one


def _keep(same: Iterable[tuple[Wording, Near]], floor: float) -> None:
    """Each pair once, though both of its wordings are new."""
    rows = {}
    for wording, near in same:
        sides = sorted([(wording.answer_id, wording.pk), (near.answer_id, near.pk)])
        score = min(1.0, (near.cosine - floor) / max(1e-6, 1.0 - floor))
        rows[sides[0][1], sides[1][1]] = QuestionPair(
            first_id=sides[0][0], one_id=sides[0][1],
            second_id=sides[1][0], two_id=sides[1][1], score=score,
        )  # fmt: skip
    with transaction.atomic():
        QuestionPair.objects.bulk_create(
            rows.values(), batch_size=1000, update_conflicts=True,
            unique_fields=["one", "two"], update_fields=["score"],
        )  # fmt: skip
