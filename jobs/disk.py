"""What is known of files on the disk: how one is called that is not whole yet, and when the disk is
full."""

import errno

#: The ending of a file that is being written. Nobody asks for one, backups leave it out, and what a
#: killed process has left is swept.
UNFINISHED = ".part"
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
