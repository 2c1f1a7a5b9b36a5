"""Figures of many measurements, the same everywhere."""

from collections.abc import Sequence
from statistics import median, quantiles


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """Median, 95th percentile, least and most."""
    found = sorted(values)
    p95 = quantiles(found, n=20, method="inclusive")[-1] if len(found) > 1 else found[0]
    figures = {"p50": median(found), "p95": p95, "min": found[0], "max": found[-1]}
    return {name: round(value, digits) for name, value in figures.items()}
