"""The interpreter's own guard: works on every kernel, but only against Python code."""

import os
import sys
from collections.abc import Callable
from typing import Any

from solution_library.parsing.words import words

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_FORBIDDEN = words(
    "os.exec os.fork os.forkpty os.posix_spawn os.spawn os.system os.startfile os.kill",
    "os.killpg os.chown os.setxattr os.removexattr pty.spawn subprocess.Popen webbrowser.open",
    "urllib.Request syslog.syslog fcntl.flock sys.setprofile",
)
_FORBIDDEN_FAMILIES = ("socket.", "ftplib.", "http.client.", "imaplib.", "poplib.", "smtplib.")
_PATH_CHANGES = words(
    "os.chmod os.link os.mkdir os.remove os.rename os.rmdir os.symlink os.truncate os.utime",
    "shutil.rmtree shutil.move shutil.copyfile",
)


def install(writable: str | None) -> None:
    """Forbid network, programs, signals, and changing any file outside `writable`."""
    sys.addaudithook(_guard(writable))


def _guard(writable: str | None) -> Callable[[str, tuple[Any, ...]], None]:
    inside = _inside(writable)

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if flags & _WRITING and not isinstance(path, int) and not inside(path):
                raise PermissionError(f"the sandbox forbids writing to {path!r}")
        elif event in _FORBIDDEN or event.startswith(_FORBIDDEN_FAMILIES):
            raise PermissionError(f"the sandbox forbids {event}")
        elif event in _PATH_CHANGES and not all(inside(path) for path in _paths(arguments)):
            raise PermissionError(f"the sandbox forbids {event} outside its own folder")

    return guard


def _paths(arguments: tuple[Any, ...]) -> list[Any]:
    return [value for value in arguments if isinstance(value, str | bytes | os.PathLike)]


def _inside(writable: str | None) -> Callable[[Any], bool]:
    if writable is None:
        return lambda _path: False
    root = os.path.realpath(writable) + os.sep

    def inside(path: Any) -> bool:
        return os.path.realpath(os.fsdecode(path)).startswith(root)

    return inside
