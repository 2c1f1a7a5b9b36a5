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
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from solution_library.parsing.errors import ChildError, ChildFailed, ChildRefused, Refusal
from solution_library.parsing.limits import DEFAULT, MEGABYTE, Limits
from solution_library.parsing.nursery import NURSERY, Forked, NurseryFailed

__all__ = [
    "ChildError",
    "ChildFailed",
    "ChildRefused",
    "Limits",
    "Refusal",
    "run_in_child",
    "stream_from_child",
]

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
    with contextlib.closing(
        stream_from_child(target, path=path, arguments=arguments, limits=limits)
    ) as answers:
        for answer in answers:
            return answer
    raise ChildFailed("The reader stopped without an answer.")


def stream_from_child(
    target: str, *, path: Path, arguments: Mapping[str, Any], limits: Limits = DEFAULT
) -> Generator[dict[str, Any], None, None]:
    """As run_in_child, for a generator function: its JSON objects, each as soon as it is there.

    What came before an error is good: a page that kills its reader does not take the pages
    before it along. The time the caller takes with an object does not count.
    """
    path = _checked(path, limits)
    with _own_folder() as folder:
        spec = _specification(target, path, arguments, limits, folder)
        yield from _conversation(spec, folder or "/", limits)


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


class _Stopped(Exception):
    """The child has to be stopped, for want of "time" or too much "output"."""


def _conversation(
    spec: bytes, folder: str, limits: Limits
) -> Generator[dict[str, Any], None, None]:
    child = _start(spec, folder)
    answers = child.stdout
    stopped_for = ""
    try:
        for line in _lines(answers.fileno(), limits):
            envelope = _envelope(line)
            if "end" in envelope:
                return
            yield _content(envelope)
            if "ok" in envelope:
                return
    except _Stopped as stopped:
        stopped_for = str(stopped)
    finally:
        child.kill()  # its answer is complete or worthless by now
        answers.close()
        code = child.wait()
    raise _stop_reason(stopped_for, limits) if stopped_for else _crash(code, limits)


def _start(spec: bytes, folder: str) -> "Forked | _Fresh":
    with _in_memory(spec) as standard_input:
        try:
            return NURSERY.fork(standard_input, folder, [str(_PROJECT), *_library_folders()])
        except NurseryFailed:
            os.lseek(standard_input, 0, os.SEEK_SET)
            return _Fresh(standard_input, folder)


class _Fresh:
    """A child in a new interpreter, where the nursery does not work."""

    def __init__(self, standard_input: int, folder: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-X", "utf8", str(_PROGRAM)],
            stdin=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={},
            start_new_session=True,
        )
        self.stdout = cast(IO[bytes], self._process.stdout)

    def kill(self) -> None:
        """Before it is waited for, so its group cannot have passed to somebody else."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self) -> int:
        return self._process.wait()


@contextlib.contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A file without a name: unlike a pipe it takes any size without blocking."""
    descriptor = os.memfd_create("specification", os.MFD_CLOEXEC)
    with open(descriptor, "w+b") as stream:
        stream.write(content)
        stream.seek(0)
        yield descriptor


def _lines(source: int, limits: Limits) -> Iterator[bytes]:
    """The child's complete lines until it closes its end; half a line is worth nothing.

    Raises _Stopped. The clock stands still while the caller has a line in hand.
    """
    poll = select.poll()
    poll.register(source, select.POLLIN | select.POLLHUP)
    left, size = limits.wall_seconds, 0
    waiting: list[bytes] = []
    while True:
        began = time.monotonic()
        if not poll.poll(max(0.0, left) * 1000):
            raise _Stopped("time")
        piece = os.read(source, _READ_AT_ONCE)
        left -= time.monotonic() - began
        if not piece:
            return
        size += len(piece)
        if size > limits.output_bytes:
            raise _Stopped("output")
        *complete, rest = piece.split(b"\n")
        for end in complete:
            yield b"".join((*waiting, end))
            waiting.clear()
        waiting.append(rest)


def _content(envelope: dict[str, Any]) -> dict[str, Any]:
    """What an answer holds; raises what it says went wrong."""
    for key in ("item", "ok"):
        if isinstance(envelope.get(key), dict):
            return cast(dict[str, Any], envelope[key])
    if "refused" in envelope:
        raise ChildRefused(str(envelope["refused"]))
    if "failed" in envelope:
        raise ChildFailed(str(envelope["failed"]), str(envelope.get("detail", "")))
    raise ChildFailed("The reader's answer could not be understood.")


def _stop_reason(stopped_for: str, limits: Limits) -> ChildError:
    if stopped_for == "time":
        return ChildFailed(f"Reading took longer than {limits.wall_seconds:g} seconds.")
    size = limits.output_bytes // MEGABYTE
    return ChildRefused(f"The file unfolds to more than {size} MB of text.")


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
        return ChildFailed(
            f"Reading took more than {limits.cpu_seconds} seconds of work: the file is damaged, or "
            "too large to be read in one piece. Split it into parts.",
            detail,
        )
    if code == -signal.SIGKILL:
        return ChildFailed("The reader was killed, most likely because memory ran out.", detail)
    if code < 0:
        name = signal.Signals(-code).name
        return ChildFailed(
            f"The reader crashed ({name}): the file is damaged or needs too much memory.", detail
        )
    return ChildFailed("The reader stopped without an answer.", detail)
