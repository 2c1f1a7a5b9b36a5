"""Functions that the sandbox tests run inside the child."""

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from solution_library.parsing.errors import Refusal


class OddFile(Refusal):
    pass


def echo(path: Path, **arguments: Any) -> dict[str, Any]:
    return {"text": path.read_text(), **arguments}


def refuse(path: Path) -> dict[str, Any]:
    raise OddFile("This file is odd.")


def break_down(path: Path) -> dict[str, Any]:
    raise KeyError("secret content of the file")


def sleep(path: Path) -> dict[str, Any]:
    time.sleep(60)
    return {}


def work(path: Path) -> dict[str, Any]:
    while True:
        pass


def hoard(path: Path) -> dict[str, Any]:
    return {"size": len(bytearray(1 << 30))}


def crash(path: Path) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def abort(path: Path) -> dict[str, Any]:
    os.abort()


def kill_itself(path: Path) -> dict[str, Any]:
    """As the system's memory killer does."""
    ctypes.CDLL(None)["raise"](9)
    return {}


def recurse(path: Path) -> dict[str, Any]:
    return recurse(path)


def talk(path: Path) -> dict[str, Any]:
    print("noise")
    os.write(1, b"noise")
    os.write(2, b"noise")
    return {"said": True}


def flood(path: Path) -> dict[str, Any]:
    return {"text": "x" * 3_000_000}


def surrogate(path: Path) -> dict[str, Any]:
    return {"text": "half \ud800 a pair"}


def surroundings(path: Path) -> dict[str, Any]:
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "input": os.read(0, 10).decode(),
        "open": [number for number in range(3, 64) if _is_open(number)],
        "django": "django" in sys.modules,
    }


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def attempts(path: Path, *, outside: str, other_file: str) -> dict[str, Any]:
    """Each forbidden act by name, and how it ended."""
    acts = {
        "socket": lambda: socket.socket(),
        "resolve": lambda: socket.getaddrinfo("localhost", 80),
        "shell": lambda: os.system("true"),
        "program": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": lambda: os.fork(),
        "signal": lambda: os.kill(os.getppid(), 0),
        "write outside": lambda: Path(outside).write_text("x"),
        "delete": lambda: os.remove(other_file),
        "rename": lambda: os.rename(other_file, outside),
        "change mode": lambda: os.chmod(other_file, 0o777),
    }
    return {name: _outcome(act) for name, act in acts.items()}


def machine_code(path: Path, *, outside: str, other_file: str) -> dict[str, int]:
    """The same below Python, as a parser that has been taken over would try it."""
    libc = ctypes.CDLL(None, use_errno=True)
    return {
        "socket": libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0),
        "unix socket": libc.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0),
        "fork": libc.fork(),
        "program": libc.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None)),
        "signal": libc.kill(os.getppid(), 0),
        "change mode": libc.chmod(other_file.encode(), 0o777),
        "namespace": libc.unshare(0x10000000),
    }


def machine_files(path: Path, *, outside: str, other_file: str) -> dict[str, int]:
    libc = ctypes.CDLL(None, use_errno=True)
    return {
        "read": libc.open(other_file.encode(), os.O_RDONLY),
        "create": libc.open(outside.encode(), os.O_WRONLY | os.O_CREAT, 0o600),
        "delete": libc.unlink(other_file.encode()),
    }


def write_inside(path: Path) -> dict[str, Any]:
    Path("note.txt").write_text("mine")
    return {"text": Path("note.txt").read_text()}


def write_much(path: Path) -> dict[str, Any]:
    Path("big").write_bytes(b"x" * 3_000_000)
    return {}


def _outcome(act: Any) -> str:
    try:
        act()
    except PermissionError:
        return "forbidden"
    except Exception as error:
        return type(error).__name__
    return "done"
