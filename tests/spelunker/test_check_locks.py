"""A lock file that lets in what nobody has looked at is red, without asking anybody."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.check_locks import FLOORS, locked, problems

ROOT = Path(__file__).resolve().parents[2]
HASH = " --hash=sha256:" + "0" * 64


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for path in ROOT.glob("requirements*"):
        shutil.copy(path, tmp_path)
    return tmp_path


def changed(copy: Path, name: str, change: Callable[[str], str]) -> str:
    path = copy / name
    path.write_text(change(path.read_text()))
    return "\n".join(problems(copy))


def pinned(package: str, line: str) -> Callable[[str], str]:
    """The lock file with this line in the place of a package's."""

    def change(text: str) -> str:
        head, _, rest = text.partition(f"\n{package}==")
        assert rest, package
        return f"{head}\n{line}\n" + rest[rest.index("    # via") :]

    return change


def test_the_lock_files_of_this_repository_are_whole() -> None:
    assert list(problems(ROOT)) == []
    assert len(locked((ROOT / "requirements.txt").read_text())) > 90
    assert set(FLOORS) <= set(locked((ROOT / "requirements-dev.txt").read_text()))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lxml==6.1.3", "lxml has no hashes"),
        ("lxml==6.1.3 --hash=md5:00", "lxml has no hashes"),
        ("lxml==5.0.0" + HASH, "lxml 5.0.0 has a known hole; 6.1 is the first"),
        ("lxml>=6.1" + HASH, "lxml>=6.1 is not pinned to one version"),
        ("lxml @ https://files.example/lxml.whl" + HASH, "comes from another place"),
        ("--extra-index-url=packages.example", "comes from another place"),
        ("", "“lxml>=6.1” is asked for, nothing is locked"),
    ],
)
def test_a_pin_that_is_old_open_or_from_elsewhere_is_red(copy: Path, line: str, said: str) -> None:
    assert said in changed(copy, "requirements.txt", pinned("lxml", line))


def test_what_is_shipped_is_what_was_tested(copy: Path) -> None:
    said = changed(copy, "requirements.txt", lambda text: text + f"newcomer==1.0{HASH}\n")
    assert said == "newcomer is tested as None and shipped as 1.0"


def test_what_is_asked_for_and_not_locked_is_red(copy: Path) -> None:
    said = changed(copy, "requirements.in", lambda text: text + "\nnewcomer>=2\n")
    assert "“newcomer>=2” is asked for, nothing is locked" in said


def test_lint_looks_at_the_locks() -> None:
    assert "scripts/check_locks.py" in (ROOT / "scripts" / "lint").read_text()
