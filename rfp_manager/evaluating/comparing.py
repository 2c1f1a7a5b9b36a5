"""The figures in which two sides of an evaluation are compared, and the verdict on them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from rfp_manager.evaluating.statistics import Pair, difference
from rfp_manager.models import (
    AnswerOutcome,
    Evaluation,
    EvaluationKind,
    EvaluationResult,
    Side,
)

#: Fewer questions cannot tell a good candidate from a bad one.
FEWEST_QUESTIONS = 20
#: Keeps a figure and its sign in one line.
NO_BREAK = "\N{NO-BREAK SPACE}"
Share = tuple[float, float]


@dataclass(frozen=True)
class Metric:
    """A figure of one side. `pick` gives a result's part of it as (of so many, out of so many),
    or None where the question says nothing about it; `good` is 1 if more is better, -1 if less is,
    0 if neither. A candidate may be worse by `margin` at most; None: it decides nothing."""

    key: str
    label: str
    help: str
    unit: str
    good: int
    pick: Callable[[EvaluationResult], Share | None]
    binary: bool = False
    margin: float | None = None


def _recall(result: EvaluationResult) -> Share | None:
    return None if result.recall is None else (result.recall, 1)


def _held(result: EvaluationResult) -> Share | None:
    return result.held, result.claimed


def _supported(result: EvaluationResult) -> Share | None:
    said_something = bool(result.text or result.choice)
    return (not result.findings, 1) if said_something else (0, 0)


def _refused(result: EvaluationResult) -> Share | None:
    return result.outcome == AnswerOutcome.NO_EVIDENCE, 1


def _refused_known(result: EvaluationResult) -> Share | None:
    return _refused(result) if result.question.has_reference else None


def _choice(result: EvaluationResult) -> Share | None:
    if not result.question.reference_choice:
        return None
    return bool(result.choice_right), 1


def _likeness(result: EvaluationResult) -> Share | None:
    return (result.likeness or 0.0, 1) if result.question.reference_text else None


def _error(result: EvaluationResult) -> Share | None:
    return bool(result.error), 1


METRICS = (
    Metric("recall", "Relevant documents found", "among the first five passages", "share", 1,
           _recall, margin=0.05),
    Metric("held", "Citations that hold", "quotes that really stand in a passage", "share", 1,
           _held, margin=0.05),
    Metric("supported", "Answers without doubts", "every figure, name and statement is in what "
           "is cited", "share", 1, _supported, margin=0.05),
    Metric("refused", "Refused", "answered “no evidence”", "share", -1, _refused, binary=True,
           margin=0.10),
    Metric("refused_known", "Refused though an answer is known", "the set holds a reference "
           "answer", "share", -1, _refused_known, binary=True, margin=0.05),
    Metric("choice", "Choice as in the reference", "", "share", 1, _choice, binary=True,
           margin=0.05),
    Metric("likeness", "Likeness to the reference answer", "telling words in common; wording "
           "counts, so it decides nothing", "share", 1, _likeness),
    Metric("errors", "Failed", "no answer at all, after all tries", "share", -1, _error,
           binary=True, margin=0.02),
    Metric("cost", "Cost of an answer", "", "money", -1, lambda r: (float(r.cost), 1)),
    Metric("latency", "Time of an answer", "of the model’s call", "seconds", -1,
           lambda r: (r.latency_ms / 1000, 1)),
    Metric("input", "Tokens read", "", "number", 0, lambda r: (r.input_tokens, 1)),
    Metric("output", "Tokens written", "", "number", 0, lambda r: (r.output_tokens, 1)),
)  # fmt: skip
BY_KEY = {metric.key: metric for metric in METRICS}
Both = tuple[EvaluationResult, EvaluationResult]


def paired(evaluation: Evaluation) -> list[Both]:
    """(baseline, candidate) of every question that both sides are through with."""
    results = evaluation.results.select_related("question").order_by("question__ordinal")
    by_question: dict[int, dict[str, EvaluationResult]] = {}
    for result in results:
        by_question.setdefault(result.question_id, {})[result.side] = result
    return [
        (both[Side.BASELINE], both[Side.CANDIDATE])
        for both in by_question.values()
        if len(both) == len(Side.values)
    ]


def summarize(pairs: Sequence[Both]) -> dict[str, Any]:
    """All figures, as they are kept on the evaluation."""
    found = [figures(metric, pairs) for metric in METRICS]
    return {
        "questions": len(pairs),
        "metrics": [entry for entry in found if entry["n"]],
        "cost": {
            Side.BASELINE.value: str(_spent(before for before, _ in pairs)),
            Side.CANDIDATE.value: str(_spent(after for _, after in pairs)),
        },
    }


def figures(metric: Metric, pairs: Sequence[Both]) -> dict[str, Any]:
    """One metric over the questions that say something about it."""
    rows: list[Pair] = []
    for before, after in pairs:
        ours, theirs = metric.pick(before), metric.pick(after)
        if ours is not None and theirs is not None:
            rows.append((float(ours[0]), float(ours[1]), float(theirs[0]), float(theirs[1])))
    found = difference(rows, binary=metric.binary)
    return {"key": metric.key, "difference": found.value, **asdict(found)}


def _spent(results: Any) -> Decimal:
    return sum((result.cost for result in results), Decimal(0))


def objections(kind: str, summary: dict[str, Any]) -> list[str]:
    """In what the candidate is too much worse, or what cannot be told, as sentences."""
    found = []
    if summary["questions"] < FEWEST_QUESTIONS:
        found.append(
            f"Only {summary['questions']} questions were asked; at least {FEWEST_QUESTIONS} are "
            "needed to tell."
        )
    measured = {entry["key"]: entry for entry in summary["metrics"]}
    if kind == EvaluationKind.EMBEDDING and "recall" not in measured:
        found.append("The set names no relevant documents, so search could not be compared.")
    found += [sentence for entry in measured.values() if (sentence := _objection(entry))]
    return found


def _objection(entry: dict[str, Any]) -> str:
    metric = BY_KEY[entry["key"]]
    before, after = entry["baseline"], entry["candidate"]
    if metric.margin is None or before is None:
        return ""
    if after is None:
        return f"{metric.label}: the candidate gave nothing to measure."
    if is_worse(metric, entry["difference"]):
        return f"{metric.label}: {percent(after)} instead of {percent(before)}."
    return ""


def is_worse(metric: Metric, value: float | None) -> bool:
    """Whether a difference goes beyond what is allowed."""
    if metric.margin is None or value is None:
        return False
    return -value * metric.good > metric.margin + 1e-9


def percent(share: float) -> str:
    """With a decimal where whole percents would hide it."""
    text = f"{share * 100:.1f}"
    return f"{text.removesuffix('.0')}{NO_BREAK}%"
