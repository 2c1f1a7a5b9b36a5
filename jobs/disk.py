"""Tells a full disk from other troubles with files, and says it in a sentence."""

import errno

#: No room left, the quota of the account, the largest file that the process may write.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DISK_FULL = (
    "The disk of the server is full, so nothing was stored. Ask an administrator to make room, "
    "then try again."
)


def is_disk_full(error: BaseException) -> bool:
    """Whether a file could not be written for want of room."""
    return isinstance(error, OSError) and error.errno in _FULL


def words_for(error: BaseException) -> str:
    """What to tell a person about `error`."""
    return DISK_FULL if is_disk_full(error) else str(error) or type(error).__name__
