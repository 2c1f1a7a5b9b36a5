"""What one wants to know of the probabilities of a logistic regression."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from llm_manager.logistic import Array, fit, probabilities

__all__ = [
    "Array", "area_under_curve", "best_limit", "calibration", "fit", "leave_one_group_out",
    "probabilities",
]  # fmt: skip


def leave_one_group_out(
    features: Sequence[str], x: Array, y: Array, w: Array, groups: NDArray[np.str_]
) -> Array:
    """Each group's probabilities from a model that has not seen the group."""
    p = np.zeros(len(y))
    for group in np.unique(groups):
        rest = groups != group
        p[~rest] = probabilities(fit(features, x[rest], y[rest], w[rest]), x[~rest])
    return p


def area_under_curve(p: Array, y: Array) -> float:
    right, wrong = p[y == 1], p[y == 0]
    wins = (right[:, None] > wrong).mean() + 0.5 * (right[:, None] == wrong).mean()
    return round(float(wins), 3)


def calibration(p: Array, y: Array, w: Array) -> list[list[float]]:
    """[mean probability, share that is right, cases] for five bands of the probability."""
    bands = []
    for low in np.arange(0, 1, 0.2):
        inside = (p >= low) & (p < low + 0.2 + (low > 0.7))
        if inside.any():
            share = np.average(y[inside], weights=w[inside])
            mean = np.average(p[inside], weights=w[inside])
            bands.append([round(float(mean), 3), round(float(share), 3), int(inside.sum())])
    return bands


def best_limit(p: Array, worth: Callable[[float], float]) -> float:
    """The limit of highest worth, the middle of the best ones."""
    limits = np.round(np.arange(0.02, 0.9, 0.01), 2)
    worths = np.array([worth(float(limit)) for limit in limits])
    best = limits[worths >= worths.max() - 1e-9]
    return round(float(best[len(best) // 2]), 2)
