"""The page on which a reviewer is measured: what it would take, and what was found before."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from jobs.errors import JobError
from jobs.words import eta_words
from llm_manager.charts import dollars
from llm_manager.forecasting import Forecast
from llm_manager.models import LLMModel, ModelKind
from rfp_manager import measuring_reviewers as measuring
from rfp_manager.models import RFP, ReviewerMeasure, ReviewerTestJob
from rfp_manager.presenting.reviews import KindRow, kind_rows, measure_detail, measure_sentence


@dataclass(frozen=True)
class MeasureShown:
    measure: ReviewerMeasure
    sentence: str
    detail: str
    kinds: list[KindRow]


@dataclass(frozen=True)
class ReviewerTestShown:
    """`trouble`: why there is no estimate. `most`: the upper end of the price, to be agreed to."""

    models: list[LLMModel]
    chosen: int | None
    copies: int
    cost: str
    most: str
    time: str
    trouble: str
    job: ReviewerTestJob | None
    mine: bool
    measures: list[MeasureShown]


def shown_test(rfp: RFP, job: ReviewerTestJob, user: Any) -> ReviewerTestShown:
    """Estimates from the prompts themselves, so it takes as long as reading some answers."""
    expected, trouble = _expected(job)
    newest = _jobs(rfp).first()
    most = _money(expected.cost * Decimal(str(expected.high))) if expected else Decimal(0)
    return ReviewerTestShown(
        models=list(LLMModel.objects.usable().filter(kind=ModelKind.CHAT)),
        chosen=job.model_id,
        copies=expected.items if expected else 0,
        cost=f"about {dollars(expected.cost)}, at most {dollars(most)}"
        if expected and expected.cost
        else "",
        most=f"{most:.4f}" if most else "",
        time=eta_words(expected.seconds) if expected else "",
        trouble=trouble,
        job=newest,
        mine=newest is not None and _is_own(newest, user),
        measures=[_measure(measure) for measure in _measures()],
    )


def _is_own(job: ReviewerTestJob, user: Any) -> bool:
    return bool(user.is_staff) or job.started_by_id in (None, user.pk)


def _expected(job: ReviewerTestJob) -> tuple[Forecast | None, str]:
    try:
        return measuring.estimate(job), ""
    except JobError as error:
        return None, str(error)


def _money(cost: Decimal) -> Decimal:
    return cost.quantize(Decimal("0.0001"))


def _jobs(rfp: RFP) -> QuerySet[ReviewerTestJob]:
    found: QuerySet[ReviewerTestJob] = QuerySet(ReviewerTestJob).filter(rfp=rfp)
    return found.select_related("started_by", "depends_on").order_by("-pk")


def _measures() -> list[ReviewerMeasure]:
    """The newest of every model, the best first."""
    ids = ReviewerMeasure.objects.order_by().values_list("model_id", flat=True).distinct()
    found = measuring.measures_of(ids).values()
    return sorted(found, key=lambda m: m.caught / (m.planted or 1), reverse=True)


def _measure(measure: ReviewerMeasure) -> MeasureShown:
    return MeasureShown(
        measure, measure_sentence(measure), measure_detail(measure), kind_rows(measure)
    )
