"""Takes a process's powers away, one after another, before it meets a hostile file.

Runs inside the child only. Each step that the kernel or the container does not offer is
skipped, because the next ones still hold: limits, then Landlock (files), then seccomp
(network, programs, other processes) or else an own network namespace, and always a Python
audit hook. What was obtained is returned, so a test can insist on it.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence

from solution_library.parsing import audit, landlock, seccomp

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000


def confine(
    *,
    parent_pid: int,
    readable: Sequence[str],
    writable: str | None,
    cpu_seconds: int,
    address_space_bytes: int,
    written_file_bytes: int,
    open_files: int,
) -> list[str]:
    """Confine this process for good; returns the names of the measures that hold."""
    _limit(cpu_seconds, address_space_bytes, written_file_bytes, open_files)
    held = ["limits"]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        _die_with_parent(libc, parent_pid)
        held += _kernel_measures(libc, readable, writable)
    audit.install(writable)
    return [*held, "audit_hook"]


def confine_program(
    *,
    parent_pid: int,
    executable: str,
    readable: Sequence[str],
    cpu_seconds: int,
    address_space_bytes: int,
) -> None:
    """Confine this process, which is going to be replaced by the program `executable`.

    It gets no network, no other program, no file but the libraries and `readable`, and no place
    to write. The interpreter's own guard would not outlive the exchange, so there is none.
    """
    _limit(cpu_seconds, address_space_bytes, 0, 64)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        _die_with_parent(libc, parent_pid)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            landlock.restrict(libc, readable, None, executable=executable)
            if not seccomp.install(libc, may_exec=True):
                _leave_network(libc)


def _kernel_measures(libc: ctypes.CDLL, readable: Sequence[str], writable: str | None) -> list[str]:
    held = []
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        held.append("no_new_privs")
        if landlock.restrict(libc, readable, writable):
            held.append("landlock")
        if seccomp.install(libc):
            held.append("seccomp")
    # Only where seccomp is missing: a namespace per file costs the kernel more than the child.
    if "seccomp" not in held and _leave_network(libc):
        held.append("network_namespace")
    return held


def _limit(cpu_seconds: int, address_space: int, written_file: int, open_files: int) -> None:
    # One second between soft and hard: SIGXCPU names the cause, SIGKILL would hide it.
    _lower(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _lower(resource.RLIMIT_AS, address_space, address_space)
    _lower(resource.RLIMIT_FSIZE, written_file, written_file)
    _lower(resource.RLIMIT_NOFILE, open_files, open_files)
    _lower(resource.RLIMIT_CORE, 0, 0)
    # Counts all processes of the user, so 0 means "no new ones"; running ones stay untouched.
    _lower(resource.RLIMIT_NPROC, 0, 0)


def _lower(kind: int, soft: int, hard: int) -> None:
    """Never above the ceiling that the surroundings already set."""
    ceiling = resource.getrlimit(kind)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))


def _die_with_parent(libc: ctypes.CDLL, parent_pid: int) -> None:
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before the line above took effect
        os._exit(1)


def _leave_network(libc: ctypes.CDLL) -> bool:
    # With CAP_SYS_ADMIN the first works and keeps the right to read the file; else the second.
    return any(
        libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    )
