"""Bringing several texts for one cell together, so that none is lost."""

from collections.abc import Callable, Sequence

from rfp_manager.exporting.types import Fill, UntouchedReport, describe
from rfp_manager.importing.types import Place


def by_cell(
    fills: Sequence[Fill], anchor: Callable[[Place], Place], report: UntouchedReport
) -> dict[Place, str]:
    """One text for each cell that is really written; `anchor` finds a merged cell's first."""
    texts: dict[Place, list[str]] = {}
    for fill in fills:
        found = texts.setdefault(anchor(fill.place), [])
        if fill.text not in found:
            found.append(fill.text)
    for place, found in texts.items():
        if len(found) > 1:
            report.notes.append(
                f"{len(found)} answers share the cell {describe(place)}; they stand below each "
                "other in it."
            )
    return {place: "\n\n".join(found) for place, found in texts.items()}
