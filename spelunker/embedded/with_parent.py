"""Becomes another program, one that is told to end when the process that started it has ended.

usage: with_parent.py PARENT_PID PROGRAM ARGUMENT ...

A program of its own, because nothing of ours may run between the fork and the start of a program:
the process that forks has threads, whose locks the fork would copy in whatever state they are.
"""

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    # Elsewhere than on Linux, a killed supervisor leaves its services behind.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it has ended before we had asked
        sys.exit(1)
    os.execvp(argv[0], argv)  # noqa: S606 - the supervisor's own services


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
