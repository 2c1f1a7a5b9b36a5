"""seccomp: the kernel answers "not permitted" to what reading a file never needs.

Holds against machine code too (a parser that is taken over), needs no privilege and works
inside containers. Unknown machine: no filter, and the caller takes another measure.
"""

import ctypes
import errno
import os
from collections.abc import Sequence

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x00010000

# Numbers from asm/unistd.h. Refused: sockets, starting programs, reaching into or signalling
# other processes, mounts, namespaces, io_uring (it would go round this filter), kernel
# modules and keys, and changing owner or mode of files (Landlock does not cover those).
_REFUSED = {
    "x86_64": (
        *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307),  # socket .. socketpair, accept4, sendmmsg
        *(
            57,
            58,
            59,
            322,
            62,
            200,
            101,
            310,
            311,
            424,
            434,
            438,
            312,
        ),  # fork .. kill, ptrace, pidfd
        *(90, 91, 92, 93, 94, 260, 268, 452, 188, 189, 190),  # chmod, chown, setxattr
        *(160, 155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 442),  # setrlimit, mount, ns
        *(175, 176, 313, 246, 320, 169, 248, 249, 250, 298, 321, 323, 425, 426, 427),
    ),
    "aarch64": (
        *(198, 199, 200, 201, 202, 203, 206, 211, 242, 269),
        *(221, 281, 129, 130, 117, 270, 271, 424, 434, 438, 272),
        *(52, 53, 54, 55, 452, 5, 6, 7),
        *(164, 39, 40, 41, 51, 97, 268, 428, 429, 430, 431, 432, 442),
        *(105, 106, 273, 104, 294, 142, 217, 218, 219, 241, 280, 282, 425, 426, 427),
    ),
}
_AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# clone, clone3, tgkill, prlimit64: refused by their arguments or with a special answer.
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_EXEC = {"x86_64": (59, 322), "aarch64": (221, 281)}
_TGKILL = {"x86_64": 234, "aarch64": 131}
_PRLIMIT = {"x86_64": 302, "aarch64": 261}

Instruction = tuple[int, int, int, int]


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("constant", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filters", ctypes.POINTER(_Filter)))


def install(libc: ctypes.CDLL, *, may_exec: bool = False) -> bool:
    """Install the filter for good; False where machine or kernel doesn't offer it.

    `may_exec`: this process may still become another program, but not start one beside it.
    """
    machine = os.uname().machine
    if machine not in _REFUSED or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    program = _program(machine, _EXEC[machine] if may_exec else ())
    filters = (_Filter * len(program))(*(_Filter(*line) for line in program))
    wanted = _Program(len(program), filters)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(wanted), 0, 0) == 0)


def _program(machine: str, allowed: Sequence[int] = ()) -> list[Instruction]:
    refuse = (_RETURN, 0, 0, 0x00050000 | errno.EPERM)
    lines: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_ARCHITECTURE[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [(_AT_LEAST, 0, 1, _X32_BIT), refuse]
    for number in sorted(set(_REFUSED[machine]) - set(allowed)):
        lines += [(_EQUAL, 0, 1, number), refuse]
    # "No such call" makes the C library fall back to clone, whose flags we can see.
    lines += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, 0x00050000 | errno.ENOSYS)]
    lines += _unless(_CLONE[machine], argument=0, test=(_ANY_BIT, _CLONE_THREAD), refuse=refuse)
    # abort() signals its own process; anybody else's is out of reach.
    lines += _unless(_TGKILL[machine], argument=0, test=(_EQUAL, os.getpid()), refuse=refuse)
    # Reading limits (third argument null) is harmless, raising them is not.
    lines += _unless(_PRLIMIT[machine], argument=2, test=(_EQUAL, 0), refuse=refuse)
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def _unless(
    number: int, *, argument: int, test: tuple[int, int], refuse: Instruction
) -> list[Instruction]:
    """Refuse call `number` unless the low half of the argument passes the test."""
    code, constant = test
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        (code, 1, 0, constant),
        refuse,
        (_RETURN, 0, 0, _ALLOW),
    ]
