"""Whether this worker is shutting down: then it takes no more jobs and hands back what it has.

The flag lies in memory that a worker shares with the children that it forks. A message may still
reach a child after the worker was told to stop; its job must not begin there, for it would keep
the worker from leaving, or be cut off in the middle.
"""

import mmap

_flag = mmap.mmap(-1, 1)


def leave() -> None:
    _flag[0] = 1


def stay() -> None:
    """As when the process was new."""
    _flag[0] = 0


def is_leaving() -> bool:
    return bool(_flag[0])
