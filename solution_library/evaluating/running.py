"""Asks every question of a set in each way of searching, and measures what comes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from llm_manager.control.ledger import Booking
from solution_library.evaluating.confidence import (
    Comparison,
    Estimate,
    compare,
    estimate,
    resampled,
)
from solution_library.evaluating.errors import EvaluationFailed
from solution_library.evaluating.matching import Question
from solution_library.evaluating.metrics import NAMES, measure
from solution_library.fusing import Fusion, alone, fuse
from solution_library.hits import Hit
from solution_library.loading import load
from solution_library.reranking import has_reranker, reranked
from solution_library.scoping import Scope
from solution_library.search import CANDIDATES, MOST_CHARACTERS, Candidates, look_up

KEYWORD, DENSE, HYBRID, RERANKED = "keyword", "dense", "hybrid", "reranked"
MODES = (KEYWORD, DENSE, HYBRID, RERANKED)
#: What fusion is compared with: each way of searching for itself.
SINGLE = (KEYWORD, DENSE)
#: What decides whether fusion is worth it.
DECIDING = "recall@5"
BOOKING = Booking("evaluation")
Values = NDArray[np.float64]
#: Called with the questions that are done and their number.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """One question's measures by mode, in the order of NAMES, and what the hybrid search put
    first."""

    question: Question
    measures: dict[str, Values]
    first: str = ""

    def missed(self, mode: str) -> bool:
        return bool(self.measures[mode][NAMES.index("recall@10")] == 0)


@dataclass
class Evaluation:
    """What was measured. `seconds` are those of every question's two look-ups and its fusion."""

    modes: tuple[str, ...]
    by_document: bool
    asked: list[Asked] = field(default_factory=list)
    #: Questions of which nothing relevant is in the library: they were not asked.
    unknown: list[Question] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def values(self, mode: str, group: str | None = None) -> Values:
        """The measures of a mode, (questions, len(NAMES))."""
        rows = [each.measures[mode] for each in self.asked if _is_in(each, group)]
        return np.array(rows).reshape(-1, len(NAMES))

    @property
    def groups(self) -> list[str]:
        """Those that the set names, if it names more than one."""
        found = sorted({each.question.labelled.group for each in self.asked})
        return found if len(found) > 1 else []

    def estimates(self, group: str | None = None) -> dict[str, dict[str, Estimate]]:
        """Mean and interval by mode and name."""
        found: dict[str, dict[str, Estimate]] = {}
        for mode in self.modes:
            values = self.values(mode, group)
            means = resampled(values)
            columns = enumerate(NAMES)
            found[mode] = {name: estimate(values[:, n], means[:, n]) for n, name in columns}
        return found

    def comparison(self, mode: str = HYBRID, group: str | None = None) -> Comparison | None:
        """Of the better single way by recall@5 with `mode`. None unless all were measured."""
        if not {*SINGLE, mode} <= set(self.modes):
            return None
        column = NAMES.index(DECIDING)
        singles = {name: self.values(name, group)[:, column] for name in SINGLE}
        best = max(singles, key=lambda name: float(singles[name].mean()))
        change = self.values(mode, group)[:, column] - singles[best]
        return compare(best, change, resampled(change.reshape(-1, 1))[:, 0])


def _is_in(asked: Asked, group: str | None) -> bool:
    return group is None or asked.question.labelled.group == group


def modes_for(wanted: Sequence[str]) -> tuple[str, ...]:
    """The ways of searching that were asked for, in their order; without any, all that this
    installation has. Raises EvaluationFailed for one that it does not have."""
    if not wanted:
        return MODES if has_reranker() else MODES[:3]
    strange = [mode for mode in wanted if mode not in MODES]
    if strange:
        raise EvaluationFailed(
            f"There is no way of searching called “{strange[0]}”. There are: {', '.join(MODES)}."
        )
    if RERANKED in wanted and not has_reranker():
        raise EvaluationFailed(
            "There is no default model that ranks. Choose one under Models, or leave “reranked” "
            "out."
        )
    return tuple(mode for mode in MODES if mode in wanted)


def evaluate(
    questions: Sequence[Question],
    scope: Scope,
    modes: Sequence[str],
    progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Ask all questions that can be answered here. Raises EvaluationFailed where none can, or
    where passages cannot be found by meaning or ranked: half of a search is no measure."""
    known = [question for question in questions if question.targets]
    if not known:
        raise EvaluationFailed(_all_unknown(questions))
    whole = all(t.entry.is_whole_document for question in known for t in question.targets)
    result = Evaluation(tuple(modes), whole)
    result.unknown = [question for question in questions if not question.targets]
    for done, question in enumerate(known, 1):
        result.asked.append(_ask(question, scope, result))
        progress(done, len(known))
    return result


def _all_unknown(questions: Sequence[Question]) -> str:
    names = [name for question in questions for name in question.unknown][:3]
    shown = ", ".join(f"“{name[:80]}”" for name in names)
    return (
        f"Nothing that the set calls relevant is in the library ({shown}). Documents are named by "
        "path, title or address; give the passages with --corpus if they are not in the library."
    )


def _ask(question: Question, scope: Scope, result: Evaluation) -> Asked:
    text = question.labelled.text[:MOST_CHARACTERS]
    began = time.perf_counter()
    found = look_up(text, scope, booking=BOOKING)
    fusion = fuse(found.words, found.meaning)
    result.seconds.append(time.perf_counter() - began)
    if found.trouble is not None and set(result.modes) != {KEYWORD}:
        raise EvaluationFailed(f"Passages cannot be found by their meaning: {found.trouble}")
    hits = {mode: _hits(mode, text, found, fusion) for mode in result.modes}
    measures = {
        mode: measure(hits[mode], question.targets, by_document=result.by_document)
        for mode in result.modes
    }
    last = hits[result.modes[-1]]
    return Asked(question, measures, f"{last[0].document}: {last[0].heading_path}" if last else "")


def _hits(mode: str, text: str, found: Candidates, fusion: Fusion) -> list[Hit]:
    if mode == KEYWORD:
        return load(alone(words=found.words.ranked).ranked, CANDIDATES)
    if mode == DENSE:
        return load(alone(meaning=found.meaning).ranked, CANDIDATES)
    hits = load(fusion.ranked, CANDIDATES)
    if mode == HYBRID:
        return hits
    order = reranked(text, hits, BOOKING)
    if order.trouble is not None:
        raise EvaluationFailed(f"Passages cannot be ranked: {order.trouble}")
    return order.hits
