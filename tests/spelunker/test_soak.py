"""What the soak tool says of a process's memory."""

import random

from benchmarks.soak_parts.memory import trend

HOUR = 3600.0


def samples(per_hour: float, noise: float, *, warm_up: float = 0.0) -> list[tuple[float, float]]:
    """Two hours, a sample every ten seconds; the first quarter of an hour may climb."""
    dice = random.Random(7)
    return [
        (at, 200 + per_hour * at / HOUR + dice.uniform(-noise, noise) + warm_up * min(at / 900, 1))
        for at in range(0, int(2 * HOUR), 10)
    ]


def test_a_leak_is_found_below_the_noise() -> None:
    line = trend(samples(10, noise=20))
    assert line is not None
    assert line.per_hour - line.within > 0
    assert abs(line.per_hour - 10) <= line.within


def test_a_process_that_only_breathes_does_not_surely_grow() -> None:
    line = trend(samples(0, noise=20))
    assert line is not None and line.per_hour - line.within <= 0


def test_what_is_loaded_at_the_beginning_is_no_growth() -> None:
    line = trend(samples(0, noise=1, warm_up=300))
    assert line is not None and abs(line.percent_per_hour) < 1


def test_too_few_samples_make_no_line() -> None:
    assert trend([]) is None and trend([(0.0, 1.0), (10.0, 1.0)]) is None
