"""Many steps of two people who pry into each other's things, over the real pages.

    python -m benchmarks.two_users [--steps 10000] [--seed NUMBER]
    python -m benchmarks.two_users --sabotage [NAME,NAME...] [--steps 10000]

Prints how many requests were made. Ends with 1, and with the way there, at the first word that
somebody reads who should not, or the first row that is changed by somebody who may not.

With --sabotage it breaks one check of the program after the other (all, or those with these words
in their names) and prints after how many requests that was noticed, and by what: first in a tour
of those that ask the check, then, where these see nothing, in at most --steps others. Ends with 1
if a hole was not noticed.
"""

import argparse
import os
import random
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1] / "tests" / "spelunker"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the same number walks the same way")
    parser.add_argument("--sabotage", nargs="?", const="", metavar="NAME,NAME...")
    given = parser.parse_args()
    os.environ["TWO_USERS_STEPS"] = str(given.steps)
    os.environ["TWO_USERS_SEED"] = str(given.seed or random.randrange(1, 2**31))
    print(f"seed {os.environ['TWO_USERS_SEED']}", flush=True)
    test = HERE / "test_two_users.py"
    if given.sabotage is not None:
        os.environ["TWO_USERS_MUTANTS"] = given.sabotage
        test = HERE / "two_users_noticed.py"
    quiet = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:logging", "--tb=line"]
    return int(pytest.main([str(test), *quiet]))


if __name__ == "__main__":
    sys.exit(main())
