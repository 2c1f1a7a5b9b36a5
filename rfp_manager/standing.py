"""How every question of an RFP stands: what filters, counts, overviews and bulk actions go by.

A few queries tell it for the whole RFP, however long that is. Whatever is asked about it after
that (how many are open per section, say) is counted here and costs no further query.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Length

from rfp_manager.impact import troubled, unchecked
from rfp_manager.lengths import Limit
from rfp_manager.models import (
    Answer,
    AnswerOutcome,
    AnswerState,
    Citation,
    Contradiction,
    LibraryAnswerUse,
    Question,
    Review,
    UseKind,
    Verdict,
)
from rfp_manager.prepared import OfRFP


class Standing(NamedTuple):
    """One question; a tuple because a page makes a thousand of them. `version` is 0 and `outcome`
    and `state` are empty where there is no answer; `verdict` is the newest one about the present
    version; `is_outdated`, a cited passage has changed or is out of use, is only told where it
    was asked for."""

    pk: int
    ordinal: int
    section_id: int
    version: int
    outcome: str
    state: str
    is_empty: bool
    has_unsupported: bool
    is_too_long: bool
    is_edited: bool
    is_reworded: bool
    answer_id: int | None
    verdict: str = ""
    is_contradicted: bool = False
    is_reused: bool = False
    assignee_id: int | None = None
    due: date | None = None
    is_outdated: bool = False

    @property
    def is_open(self) -> bool:
        return self.state != AnswerState.APPROVED

    @property
    def is_doubted(self) -> bool:
        return self.verdict not in ("", Verdict.SUPPORTED)


def standings_of(
    rfp_id: int, ids: Iterable[int] | None = None, *, with_changes: bool = False
) -> list[Standing]:
    """All questions of an RFP, or those with these ids, in the order of the file. `with_changes`:
    also whether what they cite still stands, which takes as long as all the rest."""
    more = _More.of(rfp_id, with_changes=with_changes)
    if ids is None:
        return [_standing(row, more) for row in _ALL.rows(rfp_id)]
    return [_standing(row, more) for row in _columns(rfp_id).filter(pk__in=list(ids))]


def _columns(rfp_id: int) -> "QuerySet[Question, Any]":
    rows = Question.objects.filter(rfp=rfp_id).order_by("ordinal")
    return rows.values_list(*_PLAIN, *_COMPUTED.values())


_ALL = OfRFP(_columns)
_PLAIN = ("pk", "ordinal", "section_id", "answer__pk", "answer__version", "answer__outcome",
          "answer__state", "answer__edited_by_id", "max_characters", "max_words",
          "assignment__assignee_id", "assignment__due_date", "assignment__declined_at")  # fmt: skip
#: Only of answers that may be too long the text is read.
_LIMITED = Q(max_words__isnull=False) | Q(max_characters__lt=Length("answer__text") * 2)


def _test(condition: Q) -> Case:
    found = When(condition, then=Value(True))
    return Case(found, default=Value(False), output_field=BooleanField())


_COMPUTED: dict[str, Combinable] = {
    "empty": _test(Q(answer__text="", answer__choice="") | Q(answer__isnull=True)),
    "unsupported": _test(Q(answer__isnull=False) & ~Q(answer__unsupported=[])),
    "change": F("earlier_change"),
    "text": Case(When(_LIMITED, then=F("answer__text")), default=None),
}


def _standing(row: tuple[Any, ...], more: "_More") -> Standing:
    (pk, ordinal, section, answer, version, outcome, state, editor, most_characters, most_words,
     assignee, due, declined, empty, unsupported, change, text) = row  # fmt: skip
    too_long = text is not None and _is_too_long(text, most_characters, most_words)
    # By place: a thousand calls by name take twice as long.
    return Standing(
        pk, ordinal, section, version or 0, outcome or "", state or "", empty, unsupported,
        too_long, editor is not None, change == "reworded", answer,
        more.verdicts.get(answer, ""), answer in more.contradicted, answer in more.reused,
        None if declined else assignee, None if declined else due, pk in more.outdated,
    )  # fmt: skip


def _is_too_long(text: str, most_characters: int | None, most_words: int | None) -> bool:
    """Longer than the form allows, counted as everywhere else."""
    return not Limit(most_characters or None, most_words or None).holds(text)


@dataclass(frozen=True)
class _More:
    """What stands in tables of its own, by answer; `outdated` by question."""

    verdicts: dict[int, str]
    contradicted: set[int]
    reused: set[int]
    outdated: set[int]

    @classmethod
    def of(cls, rfp_id: int, *, with_changes: bool) -> "_More":
        return cls(
            verdicts=dict(_REVIEWS.rows(rfp_id)),
            contradicted={answer for pair in _PAIRS.rows(rfp_id) for answer in pair},
            reused={answer for (answer,) in _REUSED.rows(rfp_id)},
            outdated=_outdated(rfp_id) if with_changes else set(),
        )


def _outdated(rfp_id: int) -> set[int]:
    cited = Citation.objects.filter(answer__question__rfp=rfp_id).order_by()
    rows = unchecked(troubled(cited), "answer__question")
    return set(rows.values_list("answer__question", flat=True))


def _reviews(rfp_id: int) -> "QuerySet[Review, Any]":
    """Of the present versions, the newest last."""
    current = Review.objects.filter(
        answer__question__rfp=rfp_id, answer_version=F("answer__version")
    )
    return current.order_by("pk").values_list("answer_id", "verdict")


def _disagreeing(rfp_id: int) -> "QuerySet[Contradiction, Any]":
    """Pairs of answers that cannot both be true, as they stand today, unless dismissed."""
    open_now = Contradiction.objects.filter(
        dismissed_at=None, answer_version=F("answer__version"), other_version=F("other__version")
    )
    both = open_now.filter(Q(rfp=rfp_id) | Q(other__question__rfp=rfp_id)).order_by()
    return both.values_list("answer_id", "other_id")


def _reused(rfp_id: int) -> "QuerySet[LibraryAnswerUse, Any]":
    uses = LibraryAnswerUse.objects.filter(answer__question__rfp=rfp_id, kind=UseKind.REUSED)
    return uses.order_by().values_list("answer_id")


_REVIEWS, _PAIRS, _REUSED = OfRFP(_reviews), OfRFP(_disagreeing), OfRFP(_reused)


def why_not_unseen(standing: Standing) -> str:
    """Why this answer has to be read before it is approved, in a few words; empty if it need not
    be. The one place for that, whatever approves answers without showing them."""
    tests = (
        (not standing.version, "no answer yet"),
        (standing.is_empty, "empty"),
        (standing.outcome == AnswerOutcome.NO_EVIDENCE, "no evidence"),
        (standing.has_unsupported, "words that the cited passages do not hold"),
        (standing.is_contradicted, "contradicted by another answer"),
        (standing.is_doubted, "doubted by the reviewer"),
        (standing.is_too_long, "longer than asked"),
        (standing.is_outdated, "a cited passage has changed"),
    )
    return next((reason for found, reason in tests if found), "")


def lock_answers(ids: Iterable[int]) -> None:
    """Hold the answers to these questions until the transaction ends, in one order for all."""
    held = Answer.objects.filter(question__in=list(ids)).order_by("pk")
    list(held.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
