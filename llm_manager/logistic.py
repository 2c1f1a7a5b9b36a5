"""Logistic regression in a few lines: what a probability is computed from, and how it is fitted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEPS = 60


@dataclass(frozen=True)
class Logistic:
    """A logistic regression on standardised features."""

    features: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Logistic":
        """From what `dataclasses.asdict` has made of it, by way of JSON."""
        return cls(
            tuple(entry["features"]),
            tuple(entry["means"]),
            tuple(entry["deviations"]),
            tuple(entry["weights"]),
            float(entry["intercept"]),
        )

    def probability(self, values: Mapping[str, float | None]) -> float:
        """A value that is not known (None, or not there) counts as the mean."""
        z = self.intercept
        for name, mean, deviation, weight in zip(
            self.features, self.means, self.deviations, self.weights, strict=True
        ):
            value = values.get(name)
            z += weight * ((mean if value is None else value) - mean) / deviation
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def fit(features: Sequence[str], x: Array, y: Array, w: Array, ridge: float = 2.0) -> Logistic:
    """Weighted, ridge-penalised on standardised features, by Newton's method. `x` is (cases,
    features) with NaN for what is not known, `y` (cases,) 0 or 1, `w` (cases,) weights."""
    known = ~np.isnan(x)
    means = np.where(known, x, 0.0).sum(axis=0) / np.maximum(1, known.sum(axis=0))
    filled = np.where(known, x, means)
    deviations = filled.std(axis=0) + 1e-9
    deviations = np.where(deviations < 1e-6, 1.0, deviations)
    z = np.c_[np.ones(len(x)), (filled - means) / deviations]
    beta = _newton(z, y, w, ridge)
    return Logistic(
        tuple(features),
        _rounded(means),
        _rounded(deviations),
        _rounded(beta[1:]),
        round(float(beta[0]), 6),
    )


def _rounded(values: Array) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def _newton(z: Array, y: Array, w: Array, ridge: float) -> Array:
    penalty = np.eye(z.shape[1]) * ridge
    penalty[0, 0] = 0.0
    beta = np.zeros(z.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(z @ beta, -30, 30)))
        slope = z.T @ (w * (p - y)) + penalty @ beta
        beta -= np.linalg.solve((z * (w * p * (1 - p) + 1e-9)[:, None]).T @ z + penalty, slope)
    return beta


def probabilities(model: Logistic, x: Array) -> Array:
    """(cases,) for `x` (cases, features)."""
    rows = (
        {n: None if np.isnan(v) else float(v) for n, v in zip(model.features, row, strict=True)}
        for row in x
    )
    return np.array([model.probability(row) for row in rows], np.float64)
