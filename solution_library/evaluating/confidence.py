"""How sure means over questions are, by drawing the questions anew many times.

All means are taken over the same draws, so the difference of two is that of the same questions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
RESAMPLES = 5000
#: Draws that are held in memory at once.
AT_ONCE = 250
#: The same draws every time: who measures twice gets the same intervals.
SEED = 20_261
#: Means this near are the same; they differ by how sums were rounded.
EQUAL = 1e-9


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """One way of searching against another on the same questions. `below`: the share of draws in
    which it was worse; `better` and `worse` count questions."""

    other: str
    difference: Estimate
    below: float
    better: int
    worse: int


def resampled(values: Values) -> Values:
    """Means of the columns of (questions, columns) over each draw: (RESAMPLES, columns)."""
    source = np.random.default_rng(SEED)
    even = np.full(len(values), 1 / len(values))
    blocks = [
        source.multinomial(len(values), even, AT_ONCE) @ values / len(values)
        for _ in range(RESAMPLES // AT_ONCE)
    ]
    return np.concatenate(blocks)


def estimate(values: Values, means: Values) -> Estimate:
    """Of one column, with its means over the draws."""
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high))


def compare(other: str, change: Values, means: Values) -> Comparison:
    """From the difference to `other` for each question, and its means over the draws."""
    return Comparison(
        other,
        estimate(change, means),
        below=float((means < -EQUAL).mean()),
        better=int((change > EQUAL).sum()),
        worse=int((change < -EQUAL).sum()),
    )
