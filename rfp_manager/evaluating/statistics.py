"""Differences between two ways of answering the same questions, with how sure they are.

Everything is paired: both sides have answered the same questions, so a question's own difficulty
cancels out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
AT_ONCE = 200
#: Of the normal distribution, for 95 %.
Z = 1.959964
#: (numerator, denominator) of the one side and of the other, for one question.
Pair = tuple[float, float, float, float]


@dataclass(frozen=True)
class Difference:
    """A share or mean of both sides, and candidate minus baseline with its 95 % interval. None
    where there is nothing to divide by."""

    n: int
    baseline: float | None
    candidate: float | None
    low: float | None
    high: float | None
    #: So many questions have a higher, and a lower, value with the candidate.
    higher: int
    lower: int

    @property
    def value(self) -> float | None:
        if self.baseline is None or self.candidate is None:
            return None
        return self.candidate - self.baseline


def difference(pairs: Sequence[Pair], *, binary: bool) -> Difference:
    """Compare pooled ratios. `binary`: each question gives 0 or 1 out of 1 on both sides."""
    rows = np.array(pairs, dtype=np.float64).reshape(-1, 4)
    sums = rows.sum(axis=0)
    baseline, candidate = _ratio(sums[0], sums[1]), _ratio(sums[2], sums[3])
    higher, lower = _moved(rows)
    low = high = None
    if baseline is not None and candidate is not None and len(rows) > 1:
        low, high = _of_shares(len(rows), higher, lower) if binary else _bootstrap(rows)
    return Difference(len(rows), baseline, candidate, low, high, higher, lower)


def _ratio(over: float, under: float) -> float | None:
    return float(over / under) if under > 0 else None


def _moved(rows: np.ndarray) -> tuple[int, int]:
    both = rows[(rows[:, 1] > 0) & (rows[:, 3] > 0)]
    change = both[:, 2] / both[:, 3] - both[:, 0] / both[:, 1] if len(both) else np.zeros(0)
    return int((change > 1e-9).sum()), int((change < -1e-9).sum())


def _of_shares(n: int, gained: int, lost: int) -> tuple[float, float]:
    """For a difference of paired shares: Wald's interval with one question added to each kind
    of change (Bonett and Price, 2012), which also holds for few questions and rare changes."""
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    spread = Z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    return max(-1.0, up - down - spread), min(1.0, up - down + spread)


def _bootstrap(rows: np.ndarray) -> tuple[float, float] | tuple[None, None]:
    """Percentiles of the difference over resampled questions. The same draw every time, so that
    a page shows the same figures when it is loaded again."""
    source, n = np.random.default_rng(20_260), len(rows)
    found: list[np.ndarray] = []
    for _ in range(RESAMPLES // AT_ONCE):
        drawn = rows[source.integers(0, n, (AT_ONCE, n))].sum(axis=1)
        whole = drawn[(drawn[:, 1] > 0) & (drawn[:, 3] > 0)]
        found.append(whole[:, 2] / whole[:, 3] - whole[:, 0] / whole[:, 1])
    all_of_them = np.concatenate(found)
    if len(all_of_them) < RESAMPLES // 2:
        return None, None
    low, high = np.percentile(all_of_them, [2.5, 97.5])
    sums, wider = rows.sum(axis=0), _for_few(n)
    value = float(sums[2] / sums[3] - sums[0] / sums[1])
    return value + (float(low) - value) * wider, value + (float(high) - value) * wider


def _for_few(n: int) -> float:
    """Resampled means spread less than real ones do, and few questions tell their spread badly:
    by how much the interval must be wider. Student's t for n - 1, by its expansion."""
    df = n - 1
    student = Z + (Z**3 + Z) / (4 * df) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * df**2)
    return student / Z * math.sqrt(n / df)
