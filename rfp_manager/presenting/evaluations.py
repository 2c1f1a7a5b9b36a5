"""What the pages of evaluations show: the figures of both sides, answers side by side, and how
the decision stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, FilteredRelation, Q, QuerySet

from accounts.formats import number_text
from jobs.models import Job
from jobs.words import short_words
from llm_manager.defaults import Option, grounds, present
from llm_manager.models import DefaultChange
from rfp_manager.evaluating.comparing import BY_KEY, NO_BREAK, Metric, is_worse, percent
from rfp_manager.evaluating.running import option_of
from rfp_manager.models import (
    AnswerOutcome,
    Evaluation,
    EvaluationJob,
    EvaluationResult,
    SetQuestion,
    Side,
)
from rfp_manager.presenting.texts import Piece, answer_pieces, unsupported_words

PAGE = 20
MINUS = "\N{MINUS SIGN}"
PERCENT = f"{NO_BREAK}%"


# -- figures -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """One figure of both sides. `tone` and `verdict` say what the difference means."""

    label: str
    help: str
    n: int
    baseline: str
    candidate: str
    difference: str
    interval: str
    tone: str
    verdict: str


def rows(summary: Mapping[str, Any]) -> list[Row]:
    """The table of figures. An older version may have kept some that are not known any more."""
    entries = summary.get("metrics", [])
    return [_row(BY_KEY[entry["key"]], entry) for entry in entries if entry["key"] in BY_KEY]


def _row(metric: Metric, entry: Mapping[str, Any]) -> Row:
    value, low, high = entry["difference"], entry["low"], entry["high"]
    unmoved = entry["higher"] == entry["lower"] == 0 and value == 0
    tone, verdict = (
        ("neutral", "the same for every question")
        if unmoved
        else _verdict(metric, value, low, high)
    )
    return Row(
        label=metric.label,
        help=metric.help,
        n=entry["n"],
        baseline=in_words(metric.unit, entry["baseline"]),
        candidate=in_words(metric.unit, entry["candidate"]),
        difference=_signed(metric.unit, value),
        # Resampling what never differs would claim a certainty that few questions do not give.
        interval="" if unmoved and not metric.binary else _range(metric.unit, low, high),
        tone=tone,
        verdict=verdict,
    )


def in_words(unit: str, value: float | None) -> str:
    if value is None:
        return "–"
    if unit == "share":
        return percent(value)
    if unit == "money":
        return f"${number_text(value, 4)}"
    return f"{number_text(value, 1)} s" if unit == "seconds" else number_text(value)


def _signed(unit: str, value: float | None) -> str:
    if value is None:
        return "–"
    text = in_words(unit, abs(value)).replace(PERCENT, " points")
    if text == in_words(unit, 0.0).replace(PERCENT, " points"):
        return "none"
    return f"{'+' if value > 0 else MINUS}{text}"


def _range(unit: str, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f"{_end(unit, low)} to {_end(unit, high)}"


def _end(unit: str, value: float) -> str:
    text = in_words(unit, abs(value)).removesuffix(PERCENT)
    is_nothing = text == in_words(unit, 0.0).removesuffix(PERCENT)
    return text if is_nothing else f"{'+' if value > 0 else MINUS}{text}"


def _verdict(
    metric: Metric, value: float | None, low: float | None, high: float | None
) -> tuple[str, str]:
    """A difference is called one only where its interval leaves no doubt of its direction."""
    if is_worse(metric, value):
        return "error", "worse than allowed"
    if value is None or low is None or high is None or not metric.good:
        return "neutral", ""
    if low <= 0 <= high:
        return "neutral", "no clear difference"
    if metric.unit != "share":
        return ("success", "lower") if value < 0 else ("warning", "higher")
    return ("success", "better") if value * metric.good > 0 else ("warning", "worse")


# -- side by side --------------------------------------------------------------------------
def conditions() -> dict[str, tuple[str, Q]]:
    """Which questions are shown, by the name in the address; "all" is the first."""
    refused = AnswerOutcome.NO_EVIDENCE.value
    same = Q(before__outcome=F("after__outcome"), before__choice=F("after__choice"),
             before__text=F("after__text"))  # fmt: skip
    return {
        "all": ("All", Q()),
        "differs": ("Answers differ", ~same),
        "refused": (
            "Refused by one",
            Q(before__outcome=refused) & ~Q(after__outcome=refused)
            | ~Q(before__outcome=refused) & Q(after__outcome=refused),
        ),
        "citations": (
            "More citations that do not hold",
            Q(after__claimed__gt=F("after__held") + F("before__claimed") - F("before__held")),
        ),
        "recall": ("Fewer documents found", Q(after__recall__lt=F("before__recall"))),
        "errors": ("Failed", ~Q(before__error="") | ~Q(after__error="")),
    }


@dataclass(frozen=True)
class SideShown:
    """One side's answer to one question."""

    result: EvaluationResult
    pieces: list[Piece]

    @property
    def badge(self) -> str:
        return self.result.outcome or "failed"

    @property
    def recall(self) -> str:
        return "" if self.result.recall is None else percent(self.result.recall)

    @property
    def seconds(self) -> str:
        return short_words(self.result.latency_ms / 1000)


@dataclass(frozen=True)
class QuestionShown:
    question: SetQuestion
    sides: list[tuple[str, SideShown]]


@dataclass(frozen=True)
class SideBySide:
    """One page of questions with both answers."""

    shown: list[QuestionShown]
    page: Page[Any]
    tabs: list[dict[str, Any]]
    show: str


def side_by_side(evaluation: Evaluation, query: Mapping[str, str]) -> SideBySide:
    show = query.get("show", "all")
    known = conditions()
    show = show if show in known else "all"
    through = _through(evaluation)
    counts = through.aggregate(**{name: Count("pk", filter=test) for name, (_, test) in
                                  known.items() if name != "all"}, all=Count("pk"))  # fmt: skip
    page = Paginator(through.filter(known[show][1]).order_by("ordinal"), PAGE).get_page(
        query.get("page")
    )
    tabs = [
        {"label": label, "count": counts[name], "active": name == show,
         "url": f"{evaluation.get_absolute_url()}?{urlencode({'show': name})}#answers"}
        for name, (label, _) in known.items() if counts[name] or name in ("all", show)
    ]  # fmt: skip
    return SideBySide(_shown(evaluation, list(page.object_list)), page, tabs, show)


def _through(evaluation: Evaluation) -> Any:
    """Questions that both sides have answered, with both results joined to them."""
    sides = {
        name: FilteredRelation(
            "results", condition=Q(results__evaluation=evaluation.pk, results__side=side)
        )
        for name, side in (("before", Side.BASELINE), ("after", Side.CANDIDATE))
    }
    questions: Any = SetQuestion.objects.filter(question_set=evaluation.question_set_id)
    return questions.annotate(**sides).filter(before__isnull=False, after__isnull=False)


def _shown(evaluation: Evaluation, questions: list[SetQuestion]) -> list[QuestionShown]:
    found = EvaluationResult.objects.filter(evaluation=evaluation, question__in=questions)
    results = {(result.question_id, result.side): result for result in found}
    return [
        QuestionShown(
            question,
            [(label, _side(results[question.pk, side])) for side, label in Side.choices],
        )
        for question in questions
    ]


def _side(result: EvaluationResult) -> SideShown:
    unsupported = unsupported_words(result.findings)
    return SideShown(result, answer_pieces(result.text, unsupported=unsupported))


# -- where it stands -----------------------------------------------------------------------
@dataclass(frozen=True)
class Decision:
    """Whether the candidate may become the default. `against`: why not without a reason;
    `is_default`: it is already; `changes`: what was decided with this evaluation."""

    is_default: bool
    against: str
    changes: list[DefaultChange]


def decision(evaluation: Evaluation) -> Decision:
    before, after = present(evaluation.kind), option_of(evaluation, Side.CANDIDATE)
    changes = DefaultChange.objects.filter(evaluation_ref=evaluation.ref).select_related("user")
    return Decision(before.is_same(after), _against(evaluation, before, after), list(changes))


def _against(evaluation: Evaluation, before: Option, after: Option) -> str:
    if evaluation.finished_at is None:
        return "This evaluation is not complete."
    if not before.is_same(option_of(evaluation, Side.BASELINE)) and before.usable():
        return (
            f"The default is “{before.name}” meanwhile, and the candidate was not compared with "
            "it here. Run it again, or give the reason why it may become the default."
        )
    return grounds(before, after, evaluation.ref)[1]


def newest_jobs(evaluations: Iterable[Evaluation]) -> dict[int, Job]:
    """The newest job of each; older ones have been purged, perhaps."""
    ids = [evaluation.pk for evaluation in evaluations]
    jobs: QuerySet[EvaluationJob] = QuerySet(EvaluationJob).filter(evaluation__in=ids)
    newest = jobs.order_by("evaluation_id", "-pk").distinct("evaluation_id")
    return {job.evaluation_id: job for job in newest.select_related("started_by", "depends_on")}


@dataclass(frozen=True)
class Listed:
    """An evaluation in the list, with its state in words."""

    evaluation: Evaluation
    job: Job | None

    @property
    def status(self) -> str:
        if self.evaluation.finished_at:
            return "warning" if self.objections else "passed"
        return self.job.status if self.job else "cancelled"

    @property
    def words(self) -> str:
        if not self.evaluation.finished_at:
            return "" if self.job else "Not complete"
        return "Objections" if self.objections else "Not worse"

    @property
    def objections(self) -> list[str]:
        return list((self.evaluation.summary or {}).get("objections", []))


def listed(evaluations: Iterable[Evaluation]) -> list[Listed]:
    found = list(evaluations)
    jobs = newest_jobs(found)
    return [Listed(evaluation, jobs.get(evaluation.pk)) for evaluation in found]


def evaluations_behind(changes: Iterable[DefaultChange], user: Any) -> dict[str, Evaluation]:
    """The evaluations that changes rest on, by their refs, as far as the person may see them."""
    numbers = [ref.partition(":")[2] for change in changes if (ref := change.evaluation_ref)]
    ids = [int(number) for number in numbers if number.isdecimal()]
    found = Evaluation.objects.for_user(user).filter(pk__in=ids)
    return {evaluation.ref: evaluation for evaluation in found}
