"""Runs git with nothing of the server's own: no configuration, hooks, helpers or protocols.

A repository is only ever cloned bare, and its files are read out of the object store. So
symbolic links, hooks, filters and odd path names in it never touch the disk.
"""

import contextlib
import functools
import io
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from solution_library.fetching import (
    FetchFailed,
    FetchRefused,
    Target,
    ca_bundle,
    checked_address,
)

CLONE_SECONDS = 300.0
HEAD_SECONDS = 30.0
# The answer to a question about one branch; a server that says more is not believed.
MAX_HEAD_BYTES = 65_536
# For a local command that has already given all of its output.
END_SECONDS = 20.0
MAX_PACK_BYTES = 2 * 1024**3
# Space for one pack of the largest size must be there before we begin.
NEEDED_FREE_BYTES = MAX_PACK_BYTES + 512 * 1024**2
# The first version that can be told which IP address to use (http.curloptResolve).
OLDEST_GIT = (2, 37)

_HEAD = re.compile(rb"([0-9a-f]{40,64})\t(\S+)\n")
_ASKPASS = """#!/bin/sh
case "$1" in
Username*) cat "$HOME/username" ;;
*) cat "$HOME/token" ;;
esac
"""


class GitProblem(Exception):
    """Why a repository cannot be read, as a sentence."""


@dataclass(frozen=True)
class Remote:
    """`token` is shown in no representation and reaches git by a file that only we read."""

    url: str
    branch: str = ""
    username: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class TreeEntry:
    mode: str
    object_id: str
    path: str


@contextlib.contextmanager
def cloned(remote: Remote, *, max_blob_bytes: int) -> Iterator["Clone"]:
    """A shallow bare clone in a temporary folder. Raises GitProblem."""
    _check_git()
    with tempfile.TemporaryDirectory(prefix="spelunker-git-") as folder:
        if shutil.disk_usage(folder).free < NEEDED_FREE_BYTES:
            raise GitProblem("The server's disk is too full to clone a repository now.")
        clone = Clone(Path(folder))
        clone.fetch(remote, max_blob_bytes)
        yield clone


def newest_commit(remote: Remote) -> str:
    """The name of the branch's newest commit, for a fraction of a clone's cost. "" if that cannot
    be told; a clone then says what is wrong. Raises GitProblem for an address that is refused."""
    _check_git()
    with tempfile.TemporaryDirectory(prefix="spelunker-git-") as folder:
        return Clone(Path(folder)).newest_commit(remote)


class Clone:
    def __init__(self, folder: Path) -> None:
        self._home = folder / "home"
        self._home.mkdir(mode=0o700)
        self._repository = folder / "repository"

    def fetch(self, remote: Remote, max_blob_bytes: int) -> None:
        target, options, protocol = _connection(remote.url)
        environment = self._environment(protocol) | self._credentials(remote)
        branch = [f"--branch={remote.branch}"] if remote.branch else []
        arguments = [
            *options, "clone", "--quiet", "--bare", "--depth=1", "--single-branch", "--no-tags",
            f"--filter=blob:limit={max_blob_bytes}", *branch, "--", target.url,
            str(self._repository),
        ]  # fmt: skip
        with tempfile.TemporaryFile(dir=self._home) as errors:
            process = _start(arguments, environment, errors, cwd=self._home)
            code = _wait(process, CLONE_SECONDS)
            if code != 0:
                errors.seek(0)
                raise GitProblem(_explanation(code, errors.read(20_000).decode("utf-8", "replace")))

    def newest_commit(self, remote: Remote) -> str:
        target, options, protocol = _connection(remote.url)
        environment = self._environment(protocol) | self._credentials(remote)
        wanted = f"refs/heads/{remote.branch}" if remote.branch else "HEAD"
        arguments = [*options, "ls-remote", "--quiet", "--", target.url, wanted]
        process = _start(arguments, environment, subprocess.DEVNULL, cwd=self._home)
        timer = threading.Timer(HEAD_SECONDS, process.kill)
        timer.start()
        try:
            answer = process.stdout.read(MAX_HEAD_BYTES) if process.stdout else b""
        finally:
            timer.cancel()
            _kill(process)
        match = _HEAD.fullmatch(answer)
        return match[1].decode() if match and match[2].decode() == wanted else ""

    def commit(self) -> str:
        """The name of the commit that was cloned."""
        with self._reading(["rev-parse", "--verify", "HEAD^{commit}"]) as output:
            return output.read(200).decode("ascii", "replace").strip()

    def entries(self) -> Iterator[TreeEntry]:
        """Every file of the newest commit, without reading any."""
        with self._reading(["ls-tree", "-r", "-z", "--full-tree", "HEAD"]) as output:
            for record in _records(output):
                head, _, path = record.partition(b"\t")
                mode, _, object_id = head.decode("ascii").split(" ")
                yield TreeEntry(mode, object_id, path.decode("utf-8", "backslashreplace"))

    def sizes(self) -> dict[str, int]:
        """Bytes of each file that the server sent; it leaves out what is over the limit."""
        arguments = ["cat-file", "--batch-all-objects", "--unordered"]
        arguments.append("--batch-check=%(objecttype) %(objectname) %(objectsize)")
        sizes: dict[str, int] = {}
        with self._reading(arguments) as output:
            for line in output:
                kind, object_id, size = line.decode("ascii").split()
                if kind == "blob":
                    sizes[object_id] = int(size)
        return sizes

    def blobs(self, object_ids: Sequence[str]) -> Iterator[bytes]:
        """The contents in the given order; each is held by the caller alone."""
        with self._reading(["cat-file", "--batch"], feed=object_ids) as output:
            for _ in object_ids:
                header = output.readline(1_000).decode("ascii", "replace").split()
                if len(header) != 3 or header[1] != "blob":
                    raise GitProblem("The repository is damaged: a file cannot be read.")
                body = output.read(int(header[2]))
                if len(body) != int(header[2]) or output.read(1) != b"\n":
                    raise GitProblem("The repository is damaged: a file ends too early.")
                yield body

    @contextlib.contextmanager
    def _reading(self, arguments: list[str], feed: Sequence[str] = ()) -> Iterator[IO[bytes]]:
        """Local commands may use no protocol at all, so nothing is fetched behind our back.

        A command that fails has told less than there is, so its end is checked: an empty
        list of files must never pass for an emptied repository.
        """
        options = ["-c", "core.hooksPath=/dev/null", f"--git-dir={self._repository}"]
        environment = self._environment("none")
        process = _start([*options, *arguments], environment, subprocess.DEVNULL, cwd=self._home)
        threading.Thread(target=_feed, args=(process.stdin, feed), daemon=True).start()
        try:
            yield process.stdout or io.BytesIO()
            if process.wait(timeout=END_SECONDS) != 0:
                raise GitProblem("The repository is damaged, or has no commit on this branch.")
        except subprocess.TimeoutExpired:
            raise GitProblem("git did not come to an end.") from None
        finally:
            _kill(process)

    def _environment(self, protocol: str) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self._home),
            "LC_ALL": "C",
            "GIT_ALLOW_PROTOCOL": protocol,
            "GIT_ASKPASS": "/bin/false",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def _credentials(self, remote: Remote) -> dict[str, str]:
        if not remote.token:
            return {}
        for name, value in (("username", remote.username), ("token", remote.token)):
            _write_private(self._home / name, f"{value}\n", 0o600)
        script = self._home / "askpass"
        _write_private(script, _ASKPASS, 0o700)
        return {"GIT_ASKPASS": str(script)}


def _connection(url: str) -> tuple[Target, list[str], str]:
    """Checks the address as `fetching` does and pins git to the IP that was checked."""
    try:
        target, address, is_allowed = checked_address(url)
    except (FetchRefused, FetchFailed) as problem:
        raise GitProblem(problem.reason) from None
    if target.scheme != "https" and not is_allowed:
        raise GitProblem("Repositories are only read by https.")
    settings = {
        "core.hooksPath": "/dev/null",
        "core.symlinks": "false",
        "credential.helper": "",
        "http.curloptResolve": f"{target.host}:{target.port}:{address}",
        # A redirect would be a second address, and nobody would have checked it.
        "http.followRedirects": "false",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "30",
        "http.userAgent": "git/Spelunker",
    }
    if ca_bundle():
        settings["http.sslCAInfo"] = ca_bundle()
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return target, options, target.scheme


@functools.cache
def _git_version() -> tuple[int, ...]:
    try:
        output = subprocess.run(["git", "--version"], capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    match = re.search(rb"(\d+)\.(\d+)", output.stdout)
    return (int(match[1]), int(match[2])) if match else ()


def _check_git() -> None:
    if _git_version() < OLDEST_GIT:
        raise GitProblem("The server needs git 2.37 or newer for sources of this kind.")


def _start(
    arguments: list[str], environment: dict[str, str], errors: IO[bytes] | int, cwd: Path
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        ["git", *arguments],
        env=environment,
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (MAX_PACK_BYTES, MAX_PACK_BYTES))
    return process


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise GitProblem(f"The repository was not complete after {seconds:g} seconds.") from None
    finally:
        _kill(process)
    return process.returncode


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The whole group: git leaves the network to children of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _feed(stdin: IO[bytes] | None, lines: Sequence[str]) -> None:
    """In a thread, since git answers before it has read everything."""
    if stdin is None:
        return
    with contextlib.suppress(OSError, ValueError):
        for line in lines:
            stdin.write(line.encode("ascii") + b"\n")
        stdin.close()


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while part := stream.read(65_536):
        *records, rest = (rest + part).split(b"\0")
        yield from records


def _write_private(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _explanation(code: int, errors: str) -> str:
    """Our own words: git's messages quote addresses and whatever the server says."""
    known = {
        "Authentication failed": "The repository needs a token, or the token is not accepted.",
        "could not read Username": "The repository does not exist or needs a token.",
        "could not read Password": "The repository does not exist or needs a token.",
        "Remote branch": "The repository has no branch of this name.",
        "not found": "The repository does not exist. Check the address.",
        "redirect": "The address redirects elsewhere. Enter the final address.",
        "returned error: 30": "The address redirects elsewhere. Enter the final address.",
        "returned error: 403": "The token does not permit reading this repository.",
        "SSL certificate": "The certificate of the host cannot be verified.",
        "dumb http": "The address is no git server that can be used (its protocol is too old).",
        "not valid: is this a git repository": "The address is not a git repository.",
        "Could not resolve host": "The host cannot be found. Check the spelling.",
        "File too large": "The repository is larger than 2 GB.",
        "No space left": "The server's disk is too full to clone a repository now.",
    }  # fmt: skip
    if code == -signal.SIGXFSZ or code == 128 + signal.SIGXFSZ:
        return "The repository is larger than 2 GB."
    lowered = errors.lower()
    for words, sentence in known.items():
        if words.lower() in lowered:
            return sentence
    return "The repository cannot be read now. Try again later."
