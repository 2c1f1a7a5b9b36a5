"""Runs one function on one foreign file in a child process that may do nothing else.

Every reader of office formats can be killed by some file of a few kilobytes, so none of
them ever runs in a worker. The child is a fresh interpreter (not a fork: a Celery worker
may not fork children of its own, and a fork would carry keys and connections along).
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from solution_library.parsing.errors import ChildError, ChildFailed, ChildRefused, Refusal
from solution_library.parsing.limits import DEFAULT, MEGABYTE, Limits

__all__ = ["ChildError", "ChildFailed", "ChildRefused", "Limits", "Refusal", "run_in_child"]

_PROGRAM = Path(__file__).with_name("child.py")
_PROJECT = Path(__file__).resolve().parents[2]
_READ_AT_ONCE = 1 << 16


def run_in_child(
    target: str, *, path: Path, arguments: Mapping[str, Any], limits: Limits = DEFAULT
) -> dict[str, Any]:
    """Call `target` ("package.module:function") as function(path, **arguments) in a child.

    Returns the JSON object the function returned. Raises ChildRefused when the function
    raised a Refusal or the file is empty, missing or too big; ChildFailed when it ran out of
    time or memory, crashed or raised anything else. Never outlives `limits.wall_seconds` by
    more than the time to kill the child.
    """
    path = _checked(path, limits)
    with _own_folder() as folder:
        spec = _specification(target, path, arguments, limits, folder)
        ended = _run(spec, folder or "/", limits)
    return _result(ended, limits)


def _checked(path: Path, limits: Limits) -> Path:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ChildFailed("The file could not be opened.", repr(error)) from error
    if not path.is_file():
        raise ChildRefused("This is not a plain file.")
    if size == 0:
        raise ChildRefused("The file is empty.")
    if size > limits.input_bytes:
        raise ChildRefused(
            f"The file has {size / MEGABYTE:,.0f} MB; at most "
            f"{limits.input_bytes / MEGABYTE:,.0f} MB can be read. Split it into parts."
        )
    return path.resolve()


@contextlib.contextmanager
def _own_folder() -> Iterator[str | None]:
    """A folder for the child alone; None where the system has no place to write."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="spelunker-", ignore_cleanup_errors=True)
    except OSError:
        yield None
        return
    with folder as name:
        yield name


def _specification(
    target: str, path: Path, arguments: Mapping[str, Any], limits: Limits, folder: str | None
) -> bytes:
    libraries = _library_folders()
    packages = {str(_PROJECT / "solution_library"), str(_PROJECT / target.partition(".")[0])}
    spec = {
        "target": target,
        "path": str(path),
        "arguments": dict(arguments),
        "import_from": [str(_PROJECT), *libraries],
        "parent_pid": os.getpid(),
        "confinement": {
            # Not the project's whole folder: settings, keys and other documents live there.
            "readable": [*libraries, *sorted(packages), str(path)],
            "writable": folder,
            "cpu_seconds": limits.cpu_seconds,
            "address_space_bytes": limits.address_space_bytes,
            "written_file_bytes": limits.written_file_bytes,
            "open_files": limits.open_files,
        },
    }
    return json.dumps(spec).encode()


def _library_folders() -> list[str]:
    """Where this process finds its libraries, without the project and what encloses it."""
    found = dict.fromkeys(os.path.realpath(entry) for entry in sys.path if entry)
    return [
        entry
        for entry in found
        if os.path.exists(entry) and not _PROJECT.is_relative_to(Path(entry))
    ]


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the child ended: what it wrote, its exit code, and what we stopped it for, if so."""

    output: bytes
    code: int
    stopped_for: str = ""


def _run(spec: bytes, folder: str, limits: Limits) -> _Ended:
    deadline = time.monotonic() + limits.wall_seconds
    with _in_memory(spec) as standard_input:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-X", "utf8", str(_PROGRAM)],
            stdin=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={},
            start_new_session=True,
        )
    output = bytearray()
    answers = cast(IO[bytes], child.stdout)
    try:
        stopped_for = _collect(answers.fileno(), output, deadline, limits.output_bytes)
    finally:
        # Its answer is complete or worthless by now. Killed before it is waited for, so the
        # process group cannot have passed to somebody else.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        answers.close()
        code = child.wait()
    return _Ended(bytes(output), code, stopped_for)


@contextlib.contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A file without a name: unlike a pipe it takes any size without blocking."""
    descriptor = os.memfd_create("specification", os.MFD_CLOEXEC)
    with open(descriptor, "w+b") as stream:
        stream.write(content)
        stream.seek(0)
        yield descriptor


def _collect(source: int, output: bytearray, deadline: float, cap: int) -> str:
    """Read until the child closes its end; otherwise return what it has to be stopped for."""
    poll = select.poll()
    poll.register(source, select.POLLIN | select.POLLHUP)
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return "time"
        if not poll.poll(left * 1000):
            continue
        piece = os.read(source, _READ_AT_ONCE)
        if not piece:
            return ""
        output += piece
        if len(output) > cap:
            return "output"


def _result(ended: _Ended, limits: Limits) -> dict[str, Any]:
    if ended.stopped_for == "time":
        raise ChildFailed(f"Reading took longer than {limits.wall_seconds:g} seconds.")
    if ended.stopped_for == "output":
        size = limits.output_bytes // MEGABYTE
        raise ChildRefused(f"The file unfolds to more than {size} MB of text.")
    envelope = _envelope(ended.output)
    if "ok" in envelope and isinstance(envelope["ok"], dict):
        return envelope["ok"]
    if "refused" in envelope:
        raise ChildRefused(str(envelope["refused"]))
    if "failed" in envelope:
        raise ChildFailed(str(envelope["failed"]), str(envelope.get("detail", "")))
    raise _crash(ended.code, limits)


def _envelope(output: bytes) -> dict[str, Any]:
    """What the child said; nothing when it died before or while saying it."""
    try:
        envelope = json.loads(output)
    except (ValueError, RecursionError):
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _crash(code: int, limits: Limits) -> ChildFailed:
    detail = f"the child ended with code {code}"
    if code == -signal.SIGXCPU:
        return ChildFailed(f"Reading took more than {limits.cpu_seconds} seconds of work.", detail)
    if code == -signal.SIGKILL:
        return ChildFailed("The reader was killed, most likely because memory ran out.", detail)
    if code < 0:
        name = signal.Signals(-code).name
        return ChildFailed(
            f"The reader crashed ({name}): the file is damaged or needs too much memory.", detail
        )
    return ChildFailed("The reader stopped without an answer.", detail)
