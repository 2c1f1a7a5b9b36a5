"""Many steps of two people who pry into each other's things, over the real pages.

    python -m benchmarks.two_users [--steps 10000]

Prints how many requests were made. Ends with 1, and with the shortest way there, at the first word
that somebody reads who should not, or the first row that is changed by somebody who may not.
"""

import argparse
import os
import sys
from pathlib import Path

import pytest

TEST = Path(__file__).parents[1] / "tests" / "spelunker" / "test_two_users.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=10_000)
    os.environ["TWO_USERS_STEPS"] = str(parser.parse_args().steps)
    return int(pytest.main([str(TEST), "-q", "-s", "-p", "no:cacheprovider"]))


if __name__ == "__main__":
    sys.exit(main())
