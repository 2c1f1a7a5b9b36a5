"""What was measured, for people (Markdown and a plot) and for programs (JSON)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from solution_library.evaluating.confidence import Comparison, Estimate
from solution_library.evaluating.metrics import NAMES
from solution_library.evaluating.plot import bars
from solution_library.evaluating.running import HYBRID, RERANKED, Evaluation

SHOWN = 20
REPORT, DATA, PLOT = "report.md", "report.json", "report.svg"
#: Worse in less than this share of the draws: as good, as far as the set can tell.
RARELY = 0.05


@dataclass(frozen=True)
class About:
    """What was measured on what."""

    name: str
    searched: str
    model: str
    documents: int
    passages: int
    notes: list[str] = field(default_factory=list)


def facts(about: About, found: Evaluation) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        **asdict(about),
        "questions": len(found.asked),
        "left_out": [_place(each.labelled.place, each.unknown) for each in found.unknown],
        "counted": "documents" if found.by_document else "passages",
        "measures": _as_data(found.estimates()),
        "comparisons": {mode: asdict(each) for mode, each in _comparisons(found)},
        "groups": {group: _as_data(found.estimates(group)) for group in found.groups},
        "milliseconds": _milliseconds(found),
        "per_question": [
            {
                "id": each.question.labelled.id,
                **{mode: dict(zip(NAMES, values.tolist(), strict=True))
                   for mode, values in each.measures.items()},
            }
            for each in found.asked
        ],
    }  # fmt: skip


def write(folder: Path, about: About, found: Evaluation) -> list[Path]:
    """Write report.md, report.json and report.svg into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps(facts(about, found), ensure_ascii=False, indent=1)
    plot = bars(f"{about.name}: {len(found.asked)} questions", NAMES, found.estimates())
    texts = {REPORT: markdown(about, found), DATA: data + "\n", PLOT: plot}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def markdown(about: About, found: Evaluation) -> str:
    """The report, with the plot beside it under its name."""
    parts = [
        f"# Retrieval: {about.name}",
        _introduction(about, found),
        table(found.estimates()),
        *(in_words(mode, each) for mode, each in _comparisons(found)),
        f"![Bars with 95 % intervals]({PLOT})",
        *_of_groups(found),
        *_missed(found),
        *_left_out(found),
    ]
    return "\n\n".join(parts) + "\n"


def table(estimates: dict[str, dict[str, Estimate]]) -> str:
    """Means with their 95 % intervals, a row for each way of searching."""
    head = ("", *NAMES)
    rows = [
        (mode, *(_interval(by_name[name]) for name in NAMES)) for mode, by_name in estimates.items()
    ]
    return as_table(head, rows)


def as_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def in_words(mode: str, found: Comparison) -> str:
    """Whether a way of searching is at least as good as the better single one."""
    change = found.difference
    if change.value < 0:
        verdict = "below"
    elif found.below < RARELY and change.value > 0:
        verdict = "above"
    else:
        verdict = "not below"
    return (
        f"**{mode} is {verdict} {found.other}**, the better single way: recall@5 "
        f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f}); worse in "
        f"{found.below:.1%} of the draws; better for {found.better} questions, worse for "
        f"{found.worse}."
    )


def _comparisons(found: Evaluation) -> list[tuple[str, Comparison]]:
    pairs = ((mode, found.comparison(mode)) for mode in (HYBRID, RERANKED))
    return [(mode, each) for mode, each in pairs if each is not None]


def _interval(found: Estimate) -> str:
    return f"{found.value:.3f} ({found.low:.3f}–{found.high:.3f})"


def _as_data(estimates: dict[str, dict[str, Estimate]]) -> dict[str, Any]:
    return {
        mode: {name: asdict(each) for name, each in by_name.items()}
        for mode, by_name in estimates.items()
    }


def _milliseconds(found: Evaluation) -> dict[str, float]:
    p50, p95 = np.percentile(found.seconds, [50, 95]) * 1000
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def _introduction(about: About, found: Evaluation) -> str:
    unit = "documents" if found.by_document else "passages"
    took = _milliseconds(found)
    lines = [
        f"{len(found.asked)} questions; searched: {about.searched} ({about.documents:,} documents, "
        f"{about.passages:,} passages); embedding model: {about.model}.",
        f"Counted by {unit}. In parentheses: 95 % bootstrap intervals over the questions. Both "
        f"look-ups and the fusion took {took['p50']} ms (median), {took['p95']} ms (95th "
        "percentile).",
        *about.notes,
    ]
    return "\n".join(lines)


def _of_groups(found: Evaluation) -> list[str]:
    parts = []
    for group in found.groups:
        number = len(found.values(found.modes[0], group))
        parts.append(f"## {group or 'without a group'} ({number} questions)")
        parts.append(table(found.estimates(group)))
        comparison = found.comparison(HYBRID, group)
        if comparison is not None:
            parts.append(in_words(HYBRID, comparison))
    return parts


def _missed(found: Evaluation) -> list[str]:
    last = found.modes[-1]
    missed = [each for each in found.asked if each.missed(last)]
    if not missed:
        return []
    rows = [
        (_cell(each.question.labelled.id), _cell(each.question.labelled.text), _cell(each.first))
        for each in missed[:SHOWN]
    ]
    more = f" The first {SHOWN}:" if len(missed) > SHOWN else ""
    return [
        "## Not found",
        f"{last} has nothing relevant among the first ten for {len(missed)} questions.{more}",
        as_table(("id", "question", "found first instead"), rows),
    ]


def _left_out(found: Evaluation) -> list[str]:
    if not found.unknown:
        return []
    lines = [_place(each.labelled.place, each.unknown) for each in found.unknown[:SHOWN]]
    return [
        "## Left out",
        f"{len(found.unknown)} questions were not asked, for nothing that they call relevant is "
        "here.",
        "\n".join(f"- {line}" for line in lines),
    ]


def _place(place: str, unknown: Sequence[str]) -> str:
    return f"{place}: {', '.join(name[:100] for name in unknown[:3]) or 'a text too short'}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:120]
