"""Answers a labelled set as the product would, and measures the answers."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from jobs.errors import JobError, StopBatch
from llm_manager.calling import ModelAccess
from llm_manager.control.ledger import Booking
from llm_manager.defaults import default_guidance
from llm_manager.sentences import split_sentences
from rfp_manager.citing import held_of_claimed
from rfp_manager.drafting import PASSAGES, Drafted, answer_inputs, draft
from rfp_manager.drafting import Asked as ToDraft
from rfp_manager.evaluating.labelled_answers import Asked, matched
from rfp_manager.evaluating.scoring import likeness
from rfp_manager.lengths import Limit
from rfp_manager.library_scope import LibraryScope
from rfp_manager.models import AnswerOutcome
from solution_library.evaluating.errors import EvaluationFailed
from solution_library.evaluating.matching import Question as Matched

#: So many questions are searched for before their answers are written.
TOGETHER = 32
Z = 1.959964
#: Called with the questions that are done and their number.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Result:
    """What became of one question; `error` where there is no answer at all."""

    asked: Asked
    matched: Matched
    drafted: Drafted | None
    error: str = ""

    @property
    def refused(self) -> bool:
        found = self.drafted
        return found is not None and found.draft.outcome == AnswerOutcome.NO_EVIDENCE

    @property
    def is_cited_right(self) -> bool:
        """A passage of a document that answers the question is cited."""
        cited = self.drafted.draft.citations if self.drafted else []
        return any(target.is_met_by(c.hit) for c in cited for target in self.matched.targets)

    @property
    def is_found(self) -> bool:
        """The search has found a passage of such a document."""
        hits = self.drafted.hits if self.drafted else ()
        return any(target.is_met_by(hit) for hit in hits for target in self.matched.targets)


@dataclass
class Measured:
    """All results. `unknown`: questions whose documents are not in the library; not asked."""

    results: list[Result] = field(default_factory=list)
    unknown: list[Matched] = field(default_factory=list)


def measure(
    questions: list[Asked],
    model: ModelAccess,
    library: LibraryScope,
    progress: Progress = lambda done, total: None,
) -> Measured:
    """Answer every question whose documents the library has, without its fallback: another model
    would answer in this one's name. Raises StopBatch where a person has to act first, and
    EvaluationFailed where nothing can be asked."""
    model = replace(model, fallback=None)
    pairs = list(zip(questions, matched(questions), strict=True))
    found = Measured(unknown=[m for q, m in pairs if q.answerable and not m.targets])
    known = [(q, m) for q, m in pairs if m.targets or not q.answerable]
    if not known:
        raise EvaluationFailed(
            "No document that the set names is in the library. Documents are named by path or "
            "title; give them with --corpus if they are not in the library."
        )
    for start in range(0, len(known), TOGETHER):
        found.results += _answered(known[start : start + TOGETHER], model, library)
        progress(len(found.results), len(known))
    return found


def _answered(
    pairs: Sequence[tuple[Asked, Matched]], model: ModelAccess, library: LibraryScope
) -> list[Result]:
    tasks = [_task(asked, model, library) for asked, _ in pairs]
    with ThreadPoolExecutor(max_workers=max(1, model.max_concurrency)) as pool:
        drafts = list(pool.map(_drafted, tasks))
    return [
        Result(asked, known, made if isinstance(made, Drafted) else None,
               "" if isinstance(made, Drafted) else made)
        for (asked, known), made in zip(pairs, drafts, strict=True)
    ]  # fmt: skip


def _task(asked: Asked, model: ModelAccess, library: LibraryScope) -> ToDraft:
    hits = library.search(asked.text, limit=PASSAGES, booking=Booking("evaluation"))
    if hits.trouble is not None:
        raise EvaluationFailed(f"Passages cannot be found by their meaning: {hits.trouble}")
    inputs = answer_inputs(
        asked.text,
        hits,
        section=asked.section,
        allowed_choices=asked.choices,
        instructions="",
        guidance=default_guidance(),
    )
    inputs = replace(inputs, max_characters=asked.max_characters, max_words=asked.max_words)
    return ToDraft(0, inputs, tuple(hits), model, Booking("evaluation"))


def _drafted(task: ToDraft) -> Drafted | str:
    """In a thread, without the database. A failure is told as a sentence."""
    try:
        return draft(task)
    except StopBatch:
        raise
    except JobError as error:
        return str(error) or type(error).__name__


# -- what it comes to ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Share:
    """`good` of `total`, with Wilson's 95 % interval. `rate` None where there is nothing."""

    good: int
    total: int

    @property
    def rate(self) -> float | None:
        return round(self.good / self.total, 4) if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.total:
            return None
        n, p = self.total, self.good / self.total
        centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        spread = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return round(max(0.0, centre - spread), 4), round(min(1.0, centre + spread), 4)

    def to_dict(self) -> dict[str, Any]:
        return {"good": self.good, "of": self.total, "rate": self.rate, "interval": self.interval}


LABELS = {
    "right_document_cited": "Answerable: a right document is cited",
    "right_document_found": "Answerable: a right document is among the passages found",
    "answered_without_need": "Answerable: “no evidence” although there is some",
    "no_evidence_said": "Unanswerable: “no evidence” is said",
    "quotes_hold": "Quotes of the model that stand word for word in a passage",
    "claims_supported": "Sentences of the answers that their citations support",
    "length_kept": "Answers within the asked length",
    "choice_right": "Choices as in the reference",
    "failed": "Questions without any reply",
}


def shares(found: Measured, group: str | None = None) -> dict[str, Share]:
    """Every figure that is a share, of all results or of one group's."""
    results = [r for r in found.results if group is None or r.asked.group == group]
    yes = [r for r in results if r.asked.answerable]
    no = [r for r in results if not r.asked.answerable]
    limited = [r for r in results if _limit(r) and r.drafted and r.drafted.draft.text]
    chosen = [r for r in results if r.asked.choice and r.drafted]
    return {
        "right_document_cited": Share(sum(r.is_cited_right for r in yes), len(yes)),
        "right_document_found": Share(sum(r.is_found for r in yes), len(yes)),
        "answered_without_need": Share(sum(r.refused for r in yes), len(yes)),
        "no_evidence_said": Share(sum(r.refused for r in no), len(no)),
        "quotes_hold": _sum(_quotes(r) for r in results),
        "claims_supported": _sum(_claims(r) for r in results),
        "length_kept": Share(sum(_is_within(r) for r in limited), len(limited)),
        "choice_right": Share(sum(_has_choice(r) for r in chosen), len(chosen)),
        "failed": Share(sum(bool(r.error) for r in results), len(results)),
    }


def _sum(parts: Any) -> Share:
    pairs = list(parts)
    return Share(sum(good for good, _ in pairs), sum(total for _, total in pairs))


def _quotes(result: Result) -> tuple[int, int]:
    call = result.drafted.call if result.drafted else None
    if call is None or result.drafted is None:
        return 0, 0
    return held_of_claimed(call.data.get("citations"), result.drafted.hits)


def _claims(result: Result) -> tuple[int, int]:
    """Sentences in which the checks in code have marked nothing, of all sentences."""
    if result.drafted is None or not result.drafted.draft.text:
        return 0, 0
    made = result.drafted.draft
    spans = split_sentences(made.text)
    marks = made.findings
    marked = sum(any(f.start < end and f.end > start for f in marks) for start, end in spans)
    return len(spans) - marked, len(spans)


def _limit(result: Result) -> Limit:
    return Limit.of(result.asked)


def _is_within(result: Result) -> bool:
    return result.drafted is not None and _limit(result).holds(result.drafted.draft.text)


def _has_choice(result: Result) -> bool:
    made = result.drafted.draft.choice if result.drafted else ""
    return made.strip().casefold() == result.asked.choice.strip().casefold()


def totals(found: Measured, model: ModelAccess) -> dict[str, Any]:
    """What the answers cost, and how like their references they are."""
    calls = [r.drafted.call for r in found.results if r.drafted and r.drafted.call]
    alike = [
        value
        for r in found.results
        if r.asked.answerable and r.drafted
        and (value := likeness(r.asked.reference, r.drafted.draft.text)) is not None
    ]  # fmt: skip
    times = sorted(call.latency_ms for call in calls)
    return {
        "questions": len(found.results),
        "unknown": len(found.unknown),
        "calls": len(calls),
        "input_tokens": sum(call.spent.input_tokens for call in calls),
        "output_tokens": sum(call.spent.output_tokens for call in calls),
        "cost": str(sum((model.prices.of(call.spent) for call in calls), Decimal(0))),
        "median_ms": times[len(times) // 2] if times else 0,
        "likeness": round(sum(alike) / len(alike), 4) if alike else None,
    }


def report(found: Measured, model: ModelAccess) -> dict[str, Any]:
    """All figures, for programs."""
    groups = sorted({r.asked.group for r in found.results if r.asked.group})
    figures = {name: share.to_dict() for name, share in shares(found).items()}
    by_group = {
        group: {name: s.to_dict() for name, s in shares(found, group).items() if s.total}
        for group in groups
    }
    return {"model": model.name, "figures": figures, "groups": by_group, **totals(found, model)}


def in_words(facts: dict[str, Any]) -> str:
    """The same for people, as lines of Markdown."""
    lines = [
        f"# {facts['questions']} questions, answered by {facts['model']}", "",
        "| | share | of | 95 % interval |", "|---|---|---|---|",
    ]  # fmt: skip
    for name, share in facts["figures"].items():
        if share["of"]:
            low, high = share["interval"]
            lines.append(
                f"| {LABELS[name]} | {share['rate']:.1%} | {share['of']} | {low:.0%} – {high:.0%} |"
            )
    lines += ["", _spent(facts)]
    if facts["likeness"] is not None:
        lines.append(f"Likeness to the reference answers, by words: {facts['likeness']:.2f}.")
    if facts["unknown"]:
        lines.append(
            f"{facts['unknown']} answerable questions were not asked: the library has none of "
            "the documents named for them."
        )
    return "\n".join(lines)


def _spent(facts: dict[str, Any]) -> str:
    return (
        f"{facts['calls']} calls, {facts['input_tokens']:,} tokens read and "
        f"{facts['output_tokens']:,} written, {float(facts['cost']):.4f} dollars; half of the "
        f"calls took less than {facts['median_ms']:,} ms."
    )
