"""Finds the approved answers to a question: to be used again, or to see that there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone

from solution_library.answers.freshness import Freshness, freshness_of
from solution_library.answers.questions import Near, Nearness, nearest_answers
from solution_library.answers.sameness import Sameness, compare
from solution_library.answers.texts import digest_of
from solution_library.models import LibraryAnswer
from solution_library.models.answers import LibraryAnswerQuerySet

EXACT, SAME, SIMILAR = "exact", "same", "similar"


@dataclass(frozen=True)
class AnswerScope:
    """What may be found. None for collections and tags: no limit by them. With `any_state` also
    what is expired, retired or not approved, for people who look after answers; never for
    drafts."""

    collections: list[int] | None = None
    tags: list[int] | None = None
    any_state: bool = False
    excluded: tuple[int, ...] = ()


@dataclass(frozen=True)
class AnswerMatch:
    """An approved answer to a question like the one asked.

    `exactness`: "exact" (the same words), "same" (the same thing in other words) or "similar".
    `score`: 0 unrelated to 1 equal. `asked`: the wording of the library that is nearest.
    `differences`: why it is not the same, in words.
    """

    answer: LibraryAnswer
    asked: str
    score: float
    exactness: str
    differences: tuple[str, ...]
    freshness: Freshness

    @property
    def percent(self) -> int:
        return round(self.score * 100)


@dataclass(frozen=True)
class Found:
    """`warning` is a sentence where only equal words could be looked for."""

    matches: list[AnswerMatch]
    warning: str = ""


def find_answers(
    question: str,
    *,
    user: Any,
    scope: AnswerScope | None = None,
    limit: int = 5,
    today: date | None = None,
) -> Found:
    """The approved answers that `user` may read (None: the operator) to questions like this one,
    the best first. Expired, retired and unapproved ones are never among them, unless the scope
    says so."""
    return find_for_all([question], user=user, scope=scope, limit=limit, today=today)[0]


def find_for_all(
    questions: Sequence[str],
    *,
    user: Any,
    scope: AnswerScope | None = None,
    limit: int = 5,
    today: date | None = None,
) -> list[Found]:
    """`find_answers` for many questions, with one call of the model and as many queries as for
    one."""
    today = today or timezone.localdate()
    answers = answers_within(user, scope or AnswerScope(), today)
    digests = [digest_of(question) for question in questions]
    near = nearest_answers([q if d else "-" for q, d in zip(questions, digests, strict=True)],
                           answers, 2 * limit)  # fmt: skip
    equal = _equal(answers, {d for d in digests if d})
    rows = _loaded({n.answer_id for found in near.found for n in found} | {
        pk for ids in equal.values() for pk in ids
    })  # fmt: skip
    warning = _warning(near)
    result = []
    for question, digest, found in zip(questions, digests, near.found, strict=True):
        exact = [Near(pk, digest, 1.0) for pk in equal.get(digest, [])[:limit]]
        known = {n.answer_id for n in exact}
        rest = [n for n in found if n.answer_id not in known] if digest else []
        matches = [_match(question, rows[n.answer_id], n, digest, today)
                   for n in [*exact, *rest] if n.answer_id in rows]  # fmt: skip
        result.append(Found(_best(matches, limit), warning if digest else ""))
    return result


def _best(matches: list[AnswerMatch], limit: int) -> list[AnswerMatch]:
    wanted = [m for m in matches if m.exactness != SIMILAR or Sameness(m.score).is_similar]
    return sorted(wanted, key=_order)[:limit]


def _equal(answers: LibraryAnswerQuerySet, digests: set[str]) -> dict[str, list[int]]:
    """The answers to questions of just these words, by digest, the last approved first."""
    found: dict[str, list[int]] = {}
    newest = answers.order_by(F("approved_at").desc(nulls_last=True), "pk")
    wordings = (
        newest.filter(digest__in=digests).values_list("digest", "pk"),
        newest.filter(variants__digest__in=digests).values_list("variants__digest", "pk"),
    )
    for rows in wordings:
        for digest, pk in rows:
            ids = found.setdefault(digest, [])
            if digest in digests and pk not in ids:
                ids.append(pk)
    return found


def _loaded(ids: set[int]) -> dict[int, LibraryAnswer]:
    related = LibraryAnswer.objects.select_related("document__owner", "approved_by")
    return related.prefetch_related("variants").in_bulk(ids)


def answers_within(user: Any, scope: AnswerScope, today: date) -> LibraryAnswerQuerySet:
    """The answers that a person may have answer, as solution_library.scoping says it of
    passages."""
    found = LibraryAnswer.objects.all() if user is None else LibraryAnswer.objects.for_user(user)
    found = found.current() if scope.any_state else found.usable(today)
    if scope.collections is not None:
        found = found.filter(document__collections__in=scope.collections).distinct()
    if scope.tags is not None:
        found = found.filter(document__tags__in=scope.tags).distinct()
    return found.exclude(pk__in=scope.excluded) if scope.excluded else found


def _match(
    question: str, answer: LibraryAnswer, near: Near, digest: str, today: date
) -> AnswerMatch:
    asked = next(
        (v.question for v in answer.variants.all() if v.digest == near.digest), answer.question
    )
    same = compare(question, asked, near.score)
    exact = near.digest == digest
    exactness = EXACT if exact else SAME if same.is_same else SIMILAR
    differences = () if exact else same.differences
    return AnswerMatch(
        answer, asked, near.score, exactness, differences, freshness_of(answer, today)
    )


def _order(match: AnswerMatch) -> tuple[int, bool, float]:
    rank = (EXACT, SAME, SIMILAR).index(match.exactness)
    return rank, match.freshness.state != "fresh", -match.score


def _warning(near: Nearness) -> str:
    if near.trouble is not None:
        return f"Only questions in the same words were looked for, not in others: {near.trouble}"
    if near.missing:
        return "Not all questions of the library can be compared yet; that is being done."
    return ""
