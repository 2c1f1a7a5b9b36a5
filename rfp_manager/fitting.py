"""How often drafts with certain signals were accepted: fitted on what people have decided, and
what a confidence is from then on (rfp_manager/confidence.py)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db.models import OuterRef, Q, QuerySet, Subquery

from jobs.run import JobRun
from llm_manager.calling import ModelAccess
from llm_manager.logistic import Array, Logistic, fit, probabilities
from rfp_manager.confidence import FEATURES
from rfp_manager.models import (
    Answer,
    AnswerOutcome,
    AnswerState,
    AnswerVersion,
    ConfidenceFit,
)

#: Fewer decisions say nothing.
FEWEST = 50
#: The last ones; habits and documents change.
MOST = 20_000
FOLDS = 10
BINS = 10
SEED = 20_260
TOGETHER = 1000


@dataclass(frozen=True)
class Decision:
    """What became of a draft: `accepted` if it was approved without a change."""

    model_id: int | None
    signals: dict[str, Any]
    accepted: bool


@dataclass(frozen=True)
class Measured:
    """What is known of the drafts of one model. `own_is_measured`: its own number is a measured
    probability, as the built-in responder's is, and not what a model says of itself."""

    fitted: Logistic | None
    own_is_measured: bool

    def confidence(self, draft: Any) -> float | None:
        """0 to 1; None where too little has been decided to tell. Takes a Draft or an Answer."""
        if draft.outcome == AnswerOutcome.NO_EVIDENCE:
            return draft.confidence if self.own_is_measured else None
        if self.fitted is not None and draft.signals:
            return round(self.fitted.probability(numbers_of(draft.signals)), 3)
        return draft.confidence if self.own_is_measured else None


def load_measured(model: ModelAccess) -> Measured:
    """From the last fit of this model's drafts, else of all models'."""
    return Measured(_fitted(model.pk), not model.is_remote)


def _fitted(model_id: int | None) -> Logistic | None:
    found = ConfidenceFit.objects.filter(Q(model=model_id) | Q(model=None)).order_by("-pk")
    own = next((f for f in found.filter(model=model_id)[:1]), None) if model_id else None
    last = own or found.filter(model=None).first()
    return Logistic.of(last.values) if last else None


def numbers_of(signals: dict[str, Any]) -> dict[str, float | None]:
    """The signals that the fit reads; what is no number is not known."""
    kept = {name: signals.get(name) for name in FEATURES}
    return {
        name: float(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else None
        for name, value in kept.items()
    }


# -- what people decided ------------------------------------------------------------------------
def decisions() -> list[Decision]:
    """Of the drafts that people have decided on, the last ones. One that was said to have no
    evidence is no claim that could be accepted."""
    decided = Q(state=AnswerState.APPROVED) | Q(edited_by__isnull=False)
    drafted = AnswerVersion.objects.filter(answer=OuterRef("pk"), made_by=None).order_by("-number")
    rows = (
        Answer.objects.filter(decided)
        .exclude(signals={})
        .annotate(
            was_text=Subquery(drafted.values("text")[:1]),
            was_choice=Subquery(drafted.values("choice")[:1]),
            was_outcome=Subquery(drafted.values("outcome")[:1]),
        )
        .exclude(was_outcome=None)
        .exclude(was_outcome=AnswerOutcome.NO_EVIDENCE)
    )
    found = (_decision(answer) for answer in rows.order_by("-updated_at")[:MOST])
    return [decision for decision in found if decision is not None]


def _decision(answer: Any) -> Decision | None:
    unchanged = answer.text.split() == answer.was_text.split() and (
        answer.choice.casefold() == answer.was_choice.casefold()
    )
    if unchanged and answer.state != AnswerState.APPROVED:
        return None  # touched, and nothing decided yet
    return Decision(answer.model_id, answer.signals, unchanged)


# -- the fit ------------------------------------------------------------------------------------
def refit() -> list[ConfidenceFit]:
    """Fit anew, over all models and for each one with enough decisions, and measure the drafts
    that are still open with it. Nothing where too little has been decided."""
    found = decisions()
    groups: dict[int | None, list[Decision]] = {None: found}
    for decision in found:
        if decision.model_id is not None:
            groups.setdefault(decision.model_id, []).append(decision)
    made = [_fit(model_id, group) for model_id, group in groups.items() if len(group) >= FEWEST]
    if made:
        _measure_open_drafts()
    return made


def refit_for_job(run: JobRun) -> dict[str, Any]:
    """Every night. In one transaction: a fit without its measured drafts is no half of one."""
    run.now("Comparing drafts with what became of them")
    with run.write():
        made = refit()
    return {"fits": len(made), "answers": max((fit.answers for fit in made), default=0)}


def _fit(model_id: int | None, found: Sequence[Decision]) -> ConfidenceFit:
    x = np.array([list(_row(decision.signals)) for decision in found], np.float64)
    y = np.array([decision.accepted for decision in found], np.float64)
    said = cross_validated(x, y)
    return ConfidenceFit.objects.create(
        model_id=model_id,
        answers=len(found),
        accepted=int(y.sum()),
        values=asdict(fitted(x, y)),
        bins=bins_of(said, y),
        error=calibration_error(bins_of(said, y)),
    )


def _row(signals: dict[str, Any]) -> list[float]:
    numbers = numbers_of(signals)
    return [np.nan if (value := numbers[name]) is None else value for name in FEATURES]


def fitted(x: Array, y: Array) -> Logistic:
    """With one case accepted and one not at the mean of all, so that a hundred accepted drafts
    do not make it certain of the next."""
    mean = np.full((2, x.shape[1]), np.nan)
    weights = np.ones(len(y) + 2)
    return fit(FEATURES, np.r_[x, mean], np.r_[y, [0.0, 1.0]], weights)


def cross_validated(x: Array, y: Array) -> Array:
    """What a fit on nine tenths says of the other tenth, for each tenth."""
    fold = np.random.default_rng(SEED).permutation(len(y)) % FOLDS
    said = np.zeros(len(y))
    for part in range(FOLDS):
        rest = fold != part
        said[~rest] = probabilities(fitted(x[rest], y[rest]), x[~rest])
    return said


def bins_of(said: Array, y: Array) -> list[list[float]]:
    """[from, to, answers, mean said, share accepted] of each tenth that has answers."""
    found = []
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    for number in range(BINS):
        inside = place == number
        if inside.any():
            mean, share = float(said[inside].mean()), float(y[inside].mean())
            low, high = number / BINS, (number + 1) / BINS
            found.append([low, high, int(inside.sum()), round(mean, 3), round(share, 3)])
    return found


def calibration_error(bins: Sequence[Sequence[float]]) -> float:
    """The mean distance between what was said and what happened, 0 to 1, by answers."""
    total = sum(entry[2] for entry in bins)
    off = sum(entry[2] * abs(entry[3] - entry[4]) for entry in bins)
    return round(off / total, 4) if total else 0.0


def _measure_open_drafts() -> None:
    fits: dict[int | None, Logistic | None] = {}
    changed: list[Answer] = []
    for answer in _open_drafts().iterator(chunk_size=TOGETHER):
        if answer.model_id not in fits:
            fits[answer.model_id] = _fitted(answer.model_id)
        value = Measured(fits[answer.model_id], own_is_measured=False).confidence(answer)
        if value is not None and value != answer.confidence:
            answer.confidence = value
            changed.append(answer)
    for answer in changed:
        # Only where nobody has written meanwhile, and nothing else of the row.
        same = Answer.objects.filter(pk=answer.pk, version=answer.version)
        same.update(confidence=answer.confidence)


def _open_drafts() -> QuerySet[Answer]:
    drafts = Answer.objects.filter(state=AnswerState.DRAFT, edited_by=None)
    return drafts.exclude(signals={}).exclude(outcome=AnswerOutcome.NO_EVIDENCE)
