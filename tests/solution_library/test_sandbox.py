"""A foreign file is read by a child that can do nothing but read it, and always ends."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from solution_library.parsing.limits import Limits
from solution_library.parsing.sandbox import ChildFailed, ChildRefused, run_in_child

TARGETS = "tests.solution_library.sandbox_targets"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "input.txt"
    path.write_text("content")
    return path


def run(name: str, path: Path, limits: Limits | None = None, **arguments: Any) -> dict[str, Any]:
    return run_in_child(
        f"{TARGETS}:{name}", path=path, arguments=arguments, limits=limits or Limits()
    )


def test_the_result_comes_back_with_the_arguments_given(file: Path) -> None:
    assert run("echo", file, number=3, word="ä") == {"text": "content", "number": 3, "word": "ä"}


def test_a_refusal_keeps_its_sentence(file: Path) -> None:
    with pytest.raises(ChildRefused, match="^This file is odd.$"):
        run("refuse", file)


def test_any_other_error_is_a_failure_that_shows_no_content(file: Path) -> None:
    with pytest.raises(ChildFailed) as caught:
        run("break_down", file)
    assert "KeyError" in caught.value.reason
    assert "secret" not in caught.value.reason
    assert "secret content" in caught.value.detail


def test_an_unknown_function_is_a_failure_that_says_which(file: Path) -> None:
    with pytest.raises(ChildFailed) as caught:
        run("no_such_function", file)
    assert "no_such_function" in caught.value.detail


def test_endless_recursion_is_refused(file: Path) -> None:
    with pytest.raises(ChildRefused, match="nested"):
        run("recurse", file)


def test_empty_missing_and_too_big_files_never_start_a_child(tmp_path: Path, file: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(ChildRefused, match="empty"):
        run("echo", tmp_path / "empty")
    with pytest.raises(ChildFailed, match="opened"):
        run("echo", tmp_path / "missing")
    with pytest.raises(ChildRefused, match="not a plain file"):
        run("echo", tmp_path)
    with pytest.raises(ChildRefused, match="at most"):
        run("echo", file, Limits(input_bytes=3))


def test_a_child_that_sleeps_is_stopped_by_the_wall_clock(file: Path) -> None:
    with pytest.raises(ChildFailed, match="longer than 0.3 seconds"):
        run("sleep", file, Limits(wall_seconds=0.3))


@pytest.mark.slow
def test_a_child_that_works_for_ever_is_stopped_by_its_cpu_limit(file: Path) -> None:
    with pytest.raises(ChildFailed, match="more than 1 seconds of work"):
        run("work", file, Limits(cpu_seconds=1))


def test_a_child_that_wants_too_much_memory_says_so(file: Path) -> None:
    with pytest.raises(ChildFailed, match="memory"):
        run("hoard", file)


@pytest.mark.parametrize(
    ("target", "reason"), [("crash", "SIGSEGV"), ("abort", "SIGABRT"), ("kill_itself", "memory")]
)
def test_a_crash_is_a_failure_with_a_reason(file: Path, target: str, reason: str) -> None:
    with pytest.raises(ChildFailed, match=reason):
        run(target, file)


def test_too_long_an_answer_is_refused(file: Path) -> None:
    with pytest.raises(ChildRefused, match="more than 1 MB of text"):
        run("flood", file, Limits(output_bytes=1 << 20))


def test_half_a_surrogate_pair_does_not_lose_the_rest(file: Path) -> None:
    assert run("surrogate", file) == {"text": "half ? a pair"}


def test_what_a_library_prints_does_not_mix_with_the_answer(file: Path) -> None:
    assert run("talk", file) == {"said": True}


def test_the_child_starts_with_nothing_and_leaves_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_KEYS", "canary")
    readable, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        found = run("surroundings", file)
    finally:
        os.close(readable)
        os.close(writing)
    # LC_CTYPE is the interpreter's own doing.
    assert set(found["environment"]) <= {"LC_CTYPE"}
    assert found["input"] == ""
    assert len(found["open"]) <= 1  # its own way to answer
    assert not found["django"]
    assert not Path(found["folder"]).exists()


def test_python_code_can_neither_connect_nor_run_nor_change_anything(
    file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("keep me")
    outcomes = run("attempts", file, outside=str(tmp_path / "new"), other_file=str(other))
    assert outcomes == dict.fromkeys(outcomes, "forbidden")
    assert other.read_text() == "keep me"
    assert not (tmp_path / "new").exists()


def test_machine_code_has_no_network_and_no_other_process(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("keep me")
    mode = other.stat().st_mode
    outcomes = run("machine_code", file, outside=str(tmp_path / "new"), other_file=str(other))
    assert outcomes == dict.fromkeys(outcomes, -1)
    assert other.stat().st_mode == mode


def test_machine_code_sees_no_other_file(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("keep me")
    outcomes = run("machine_files", file, outside=str(tmp_path / "new"), other_file=str(other))
    if not _kernel_has_landlock():
        pytest.skip("this kernel has no Landlock")
    assert outcomes == dict.fromkeys(outcomes, -1)
    assert other.read_text() == "keep me"


def _kernel_has_landlock() -> bool:
    modules = Path("/sys/kernel/security/lsm")
    return not modules.exists() or "landlock" in modules.read_text()


def test_its_own_folder_takes_small_files_only(file: Path) -> None:
    assert run("write_inside", file) == {"text": "mine"}
    with pytest.raises(ChildFailed):
        run("write_much", file)


def test_many_threads_may_read_at_once(file: Path) -> None:
    results: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda number=n: results.append(run("echo", file, number=number)))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result["number"] for result in results) == list(range(6))


def test_a_file_name_with_odd_characters_is_no_option_and_no_path(tmp_path: Path) -> None:
    path = tmp_path / '-rf "$(id)" \n ünï'
    path.write_text("content")
    assert run("echo", path) == {"text": "content"}
