"""Whether the time of an answer tells who has an account: wrong passwords and forgotten passwords,
for names that are known and names that are not, in turn.

    python -m benchmarks.sign_in_timing [--tries 500] [--iterations 50000]

Prints the medians of the processor's and the clock's time, and ends with 1 where known and unknown
differ by 5 ms or more of the processor's time (the clock's is that of the machine's other work,
too). Passwords are hashed with fewer iterations than in production: one hash more or less then
stands out from the noise all the better, and the run takes seconds. The mail server takes 50 ms.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import pytest

ALLOWED = 0.005
#: name of what is asked -> (processor, clock) seconds of each answer, known and unknown
Times = dict[str, tuple[list[float], list[float]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tries", type=int, default=500)
    parser.add_argument("--iterations", type=int, default=50_000)
    given = parser.parse_args()
    os.environ["TIMING_TRIES"] = str(given.tries)
    os.environ["TIMING_ITERATIONS"] = str(given.iterations)
    asked = ["-q", "-s", "-n", "0", "-p", "no:cacheprovider", "-p", "no:logging"]
    return int(pytest.main([__file__, *asked, *os.environ.get("PYTEST_MORE", "").split()]))


@pytest.fixture
def people(db: None, settings: Any) -> Iterator[None]:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = int(os.environ.get("TIMING_ITERATIONS", "50000"))
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.EMAIL_BACKEND = "benchmarks.sign_in_timing.SlowMail"
    settings.EMAIL_CONFIGURED = True
    settings.ACCOUNT_RATE_LIMITS = False
    for name in ("alice", "amanda"):
        get_user_model().objects.create_user(name, f"{name}@example.org", "a long password")
    yield


def test_known_and_unknown_names_take_as_long(people: None) -> None:
    tries = int(os.environ.get("TIMING_TRIES", "500")) // 2
    kinds = {"sign-in by name": ("/login/", _password), "sign-in by address": ("/login/", _address),
             "forgotten password": ("/password/", _email)}  # fmt: skip
    slow = [name for name, (path, form) in kinds.items() if _differs(name, path, form, tries)]
    assert not slow, f"these tell who has an account: {slow}"


def _password(name: str) -> dict[str, str]:
    return {"username": name, "password": "a wrong password"}


def _address(name: str) -> dict[str, str]:
    return {"username": f"{name}@example.org", "password": "a wrong password"}


def _email(name: str) -> dict[str, str]:
    return {"email": f"{name}@example.org"}


def _differs(what: str, path: str, form: Callable[[str], dict[str, str]], tries: int) -> bool:
    times: Times = {"alice": ([], []), "nobody": ([], [])}
    _asked(path, form("amanda"))  # what is done once is done
    for number in range(tries):
        for name in sorted(times, reverse=bool(number % 2)):
            for kept, took in zip(times[name], _asked(path, form(name)), strict=True):
                kept.append(took)
    known, unknown = ([median(one) for one in times[name]] for name in ("alice", "nobody"))
    apart = [abs(a - b) for a, b in zip(known, unknown, strict=True)]
    told = ", ".join(
        f"{kind} {a * 1000:.1f} and {b * 1000:.1f} ms, apart {c * 1000:.2f} ms"
        for kind, a, b, c in zip(("processor", "clock"), known, unknown, apart, strict=True)
    )
    print(f"{what}, {tries} known and {tries} unknown: {told}", flush=True)
    return apart[0] >= ALLOWED


def _asked(path: str, form: dict[str, str]) -> tuple[float, float]:
    from django.test import Client

    from audit.models import RateCount

    RateCount.objects.all().delete()
    client = Client()
    began, clock = time.thread_time(), time.perf_counter()
    answer = client.post(path, form)
    took = time.thread_time() - began, time.perf_counter() - clock
    assert answer.status_code in (200, 302), answer.status_code
    return took


class SlowMail:
    """A mail server that is not next door."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def send_messages(self, letters: list[Any]) -> int:
        time.sleep(0.05)
        return len(letters)


if __name__ == "__main__":
    sys.exit(main())
