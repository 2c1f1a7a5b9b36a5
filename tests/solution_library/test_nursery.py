"""Children come from an interpreter that holds nothing, and it may die at any moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from solution_library.parsing import parse_file, sandbox
from solution_library.parsing.limits import Limits
from solution_library.parsing.nursery import NURSERY, Nursery, NurseryFailed
from solution_library.parsing.sandbox import ChildFailed, run_in_child

TARGETS = "tests.solution_library.sandbox_targets"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "input.txt"
    path.write_text("content")
    return path


@pytest.fixture(autouse=True)
def ended_afterwards() -> Iterator[None]:
    yield
    NURSERY.close()


def run(name: str, path: Path, **arguments: Any) -> dict[str, Any]:
    limits = arguments.pop("limits", Limits())
    return run_in_child(f"{TARGETS}:{name}", path=path, arguments=arguments, limits=limits)


def process() -> psutil.Process:
    assert NURSERY._process is not None
    return psutil.Process(NURSERY._process.pid)


@linux
def test_files_are_read_by_children_of_one_interpreter(file: Path) -> None:
    parse_file(file, filename="a.txt")
    first = process().pid
    parse_file(file, filename="b.txt")
    assert process().pid == first


@linux
def test_the_interpreter_holds_no_setting_and_no_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_KEYS", "canary")
    parse_file(file, filename="a.txt")
    assert set(process().environ()) <= {"LC_CTYPE"}
    assert process().open_files() == []


@linux
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_was_killed_is_replaced(file: Path, end: signal.Signals) -> None:
    parse_file(file, filename="a.txt")
    process().send_signal(end)
    process().wait(5)
    assert parse_file(file, filename="a.txt").blocks[0].text == "content"


@linux
def test_its_death_takes_the_child_along_and_is_a_failure(file: Path) -> None:
    import threading

    parse_file(file, filename="a.txt")
    threading.Timer(0.3, lambda: process().kill()).start()
    with pytest.raises(ChildFailed):
        run("sleep", file)


@linux
def test_a_child_that_is_stopped_leaves_no_process(file: Path) -> None:
    with pytest.raises(ChildFailed):
        run("sleep", file, limits=Limits(wall_seconds=0.3))
    for _ in range(100):
        if not process().children(recursive=True):
            return
        time.sleep(0.02)
    raise AssertionError("a child is left")


@linux
def test_it_ends_with_the_process_that_started_it(file: Path) -> None:
    program = (
        "from pathlib import Path; from solution_library.parsing import parse_file\n"
        "from solution_library.parsing.nursery import NURSERY\n"
        f"parse_file(Path({str(file)!r}), filename='a.txt')\n"
        "print(NURSERY._process.pid, flush=True); import os; os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    nursery = int(done.stdout)
    for _ in range(250):
        if not psutil.pid_exists(nursery):
            return
        time.sleep(0.02)
    raise AssertionError("it lives on")


@linux
def test_a_fork_of_the_worker_gets_its_own(file: Path) -> None:
    parse_file(file, filename="a.txt")
    pid = os.fork()
    if pid == 0:
        ok = NURSERY._process is None and parse_file(file, filename="a.txt").blocks
        NURSERY.close()
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert parse_file(file, filename="a.txt").blocks


def test_without_it_files_are_read_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Nursery()
    broken._refused = True
    with pytest.raises(NurseryFailed):
        broken.fork(0, "/", [])
    monkeypatch.setattr(sandbox, "NURSERY", broken)
    assert run("echo", file, number=1) == {"text": "content", "number": 1}
