"""What a confidence means: how often drafts that were given it turned out right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.formats import number_text
from llm_manager.model_files import default_model
from llm_manager.providers.builtin.evidence import calibration_of
from llm_manager.providers.builtin.specs import ModelUnavailable
from rfp_manager.fitting import FEWEST
from rfp_manager.models import Answer, AnswerState, ConfidenceFit

#: The chart's side, in the units of its view box.
SIDE = 100.0
#: The radius of the point of a tenth that holds all answers; of fewer, by their share's root.
LARGEST, SMALLEST = 7.0, 1.5


@dataclass(frozen=True)
class Point:
    """A tenth of the scale: what was said there on average, and what happened. `x` and `y` in the
    chart, whose origin is at its upper left."""

    said: float
    happened: float
    answers: int
    x: float
    y: float
    radius: float

    @property
    def words(self) -> str:
        answers = number_text(self.answers)
        return f"said {self.said:.0%}, happened {self.happened:.0%}, {answers} answers"


@dataclass(frozen=True)
class Reliability:
    """One chart. `happened`: what the share counts; `error`: the mean distance from the diagonal,
    in percent points, None where it is not measured."""

    name: str
    happened: str
    points: list[Point]
    answers: int
    good: int | None = None
    error: float | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class ConfidencePage:
    charts: list[Reliability]
    decided: int
    needed: int = FEWEST

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.decided)


def confidence_page() -> ConfidencePage:
    """All charts that there are, those from this installation's own decisions first."""
    newest = ConfidenceFit.objects.order_by("model_id", "-pk").distinct("model_id")
    fits = sorted(newest.select_related("model__api"), key=lambda fit: fit.model_id or 0)
    built_in = _built_in()
    charts = [_of_fit(fit) for fit in fits] + ([built_in] if built_in else [])
    return ConfidencePage(charts, _decided())


def _decided() -> int:
    """At most so many: an answer that was touched may turn out not to be decided on."""
    decided = Q(state=AnswerState.APPROVED) | Q(edited_by__isnull=False)
    return Answer.objects.filter(decided).exclude(signals={}).count()


def _of_fit(fit: ConfidenceFit) -> Reliability:
    points = points_of([(said, share, int(n)) for _, _, n, said, share in fit.bins])
    return Reliability(
        name=str(fit.model) if fit.model else "All models",
        happened="approved without a change",
        points=points,
        answers=fit.answers,
        good=fit.accepted,
        error=round(fit.error * 100, 1),
        at=fit.made_at,
    )


def _built_in() -> Reliability | None:
    """The built-in responder's own, from labelled questions; None where its model is not here."""
    try:
        bands = calibration_of(default_model().spec.id)
    except ModelUnavailable:
        return None
    return Reliability(
        name="Built-in responder, before people have decided",
        happened="a right document was cited",
        points=points_of([(said, share, int(n)) for said, share, n in bands]),
        answers=sum(int(n) for _, _, n in bands),
    )


def points_of(bands: Sequence[tuple[float, float, int]]) -> list[Point]:
    """From (said, happened, answers) of each band."""
    total = sum(n for _, _, n in bands) or 1
    return [
        Point(
            said=said,
            happened=share,
            answers=n,
            x=round(said * SIDE, 1),
            y=round((1 - share) * SIDE, 1),
            radius=round(max(SMALLEST, LARGEST * (n / total) ** 0.5), 1),
        )
        for said, share, n in bands
    ]
