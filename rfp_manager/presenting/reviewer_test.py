"""The page on which a reviewer is measured: what it would take, and what was found before."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from jobs.errors import JobError
from jobs.words import eta_words
from llm_manager.charts import dollars
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
class Price:
    """What a test would take. `trouble`: why there is no estimate. `most`: the upper end of the
    price, to be agreed to."""

    copies: int = 0
    cost: str = ""
    most: str = ""
    time: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class ReviewerTestShown:
    """`price` is None where it was not asked for: the page asks for it when it is there."""

    models: list[LLMModel]
    chosen: int | None
    price: Price | None
    job: ReviewerTestJob | None
    mine: bool
    measures: list[MeasureShown]


def shown_test(
    rfp: RFP, job: ReviewerTestJob, user: Any, *, counted: bool = False
) -> ReviewerTestShown:
    """`counted`: with what a test would take, if none is running."""
    newest = _jobs(rfp).first()
    idle = newest is None or not newest.is_active
    return ReviewerTestShown(
        models=list(LLMModel.objects.usable().filter(kind=ModelKind.CHAT)),
        chosen=job.model_id,
        price=price_of(job) if counted and idle else None,
        job=newest,
        mine=newest is not None and _is_own(newest, user),
        measures=[_measure(measure) for measure in _measures()],
    )


def price_of(job: ReviewerTestJob) -> Price:
    """From the prompts themselves; looking for answers into which an error can be planted takes a
    while."""
    try:
        expected = measuring.estimate(job)
    except JobError as error:
        return Price(trouble=str(error))
    most = _money(expected.cost * Decimal(str(expected.high)))
    return Price(
        copies=expected.items,
        cost=f"about {dollars(expected.cost)}, at most {dollars(most)}" if expected.cost else "",
        most=f"{most:.4f}" if most else "",
        time=eta_words(expected.seconds),
    )


def _is_own(job: ReviewerTestJob, user: Any) -> bool:
    return bool(user.is_staff) or job.started_by_id in (None, user.pk)


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
