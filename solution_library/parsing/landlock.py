"""Landlock: from now on the kernel shows this process only the files it needs.

Interface numbers are those of linux/landlock.h; a kernel without it answers with an error
and the caller goes on with the other measures.
"""

import ctypes
import os
import stat
from collections.abc import Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _READ_FILE | _READ_DIR
# Rights on a plain file; the kernel refuses a rule that gives folder rights to a file.
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14)
_TCP_BIND_AND_CONNECT = 0b11
_HANDLED_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_ALWAYS_READABLE = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def restrict(
    libc: ctypes.CDLL, readable: Sequence[str], writable: str | None, executable: str | None = None
) -> bool:
    """Hide every file but these (and the system's libraries); False if the kernel can't."""
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    handled = (1 << _HANDLED_BY_VERSION.get(version, 16)) - 1
    ruleset = _create(libc, handled, version)
    if ruleset < 0:
        return False
    try:
        for path in (*_ALWAYS_READABLE, *readable):
            _allow(libc, ruleset, path, _READ)
        for path in _DEVICES:
            _allow(libc, ruleset, path, _READ_FILE | _WRITE_FILE)
        if executable is not None:
            # The program, and what loads its libraries.
            for path in (executable, *_ALWAYS_READABLE):
                _allow(libc, ruleset, path, _READ | _EXECUTE)
        if writable is not None:
            _allow(libc, ruleset, writable, handled)
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(ruleset)


def _create(libc: ctypes.CDLL, handled: int, version: int) -> int:
    attributes = _Ruleset(handled, _TCP_BIND_AND_CONNECT if version >= 4 else 0)
    size = 16 if version >= 4 else 8
    no_flags = ctypes.c_uint32(0)
    return int(
        libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), no_flags)
    )


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # a folder this system doesn't have needs no rule
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _FILE_RIGHTS
        rule = _PathRule(rights, descriptor)
        no_flags = ctypes.c_uint32(0)
        libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), no_flags)
    finally:
        os.close(descriptor)
