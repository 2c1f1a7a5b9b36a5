"""The statements of the task contract, and the tests that prove them.

`python -m tests.contract.catalogue` writes docs/task-contract.md. A test of this folder names
statements in its name (`test_a9_…`, `test_f13_and_a25_…`), any other by a marker:
`@pytest.mark.contract("F1", "F23")`.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
HERE = TESTS / "contract"
PAGE = ROOT / "docs" / "task-contract.md"
DECISIONS = ROOT / "docs" / "decisions"
#: How many statements each part has.
SIZES = {"A": 42, "B": 15, "C": 9, "D": 10, "E": 11, "F": 37}
IN_A_NAME = re.compile(r"(?<=_)([a-f]\d+)(?=_|$)")
INTRODUCTION = """\
# The task contract

What background work must do, and the tests that prove it. Parts A to E are promises; where they
contradict each other, part F says what holds. The words are in `tests/contract/statements.toml`,
the tests are found by their names and markers, and `make contract` writes this page.
"""


@dataclass(frozen=True)
class Statement:
    number: str
    says: str
    settled: str = ""
    changed: str = ""
    decision: str = ""
    note: str = ""

    @property
    def state(self) -> str:
        if self.changed:
            return "changed"
        return f"settled by {self.settled}" if self.settled else "kept"


@dataclass(frozen=True, order=True)
class Proof:
    """A test: its file below the repository, its name, and what in it may skip it."""

    path: str
    name: str
    skips: tuple[str, ...] = ()

    @property
    def runs_anywhere(self) -> bool:
        """Whether it needs no servers that must be installed first."""
        return self.path.split("/")[1] not in ("browser", "chaos", "integration")


def parts() -> dict[str, str]:
    """The letters of the parts and what they are about."""
    found: dict[str, str] = _file()["parts"]
    return found


def statements() -> dict[str, Statement]:
    """By number, in the order of the file."""
    return {n: Statement(n, **s) for n, s in _file().items() if n != "parts"}


def _file() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "statements.toml").read_text())


def proofs() -> dict[str, list[Proof]]:
    """The tests of each statement that any test names, known or not."""
    found: dict[str, set[Proof]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        for function in _tests_of(path):
            proof = Proof(str(path.relative_to(ROOT)), function.name, _skips(function))
            for number in named_by(function, path):
                found[number].add(proof)
    return {number: sorted(tests) for number, tests in found.items()}


def _tests_of(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def named_by(function: ast.FunctionDef, path: Path) -> set[str]:
    """The statements that a test says it proves, by its name (in this folder) or its marker."""
    names: set[str] = set()
    if path.parent == HERE:
        names |= {token.upper() for token in IN_A_NAME.findall(function.name)}
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and _mark_of(decorator) == "contract":
            names |= {str(ast.literal_eval(argument)) for argument in decorator.args}
    return names


def _skips(function: ast.FunctionDef) -> tuple[str, ...]:
    marks = [_mark_of(decorator) for decorator in function.decorator_list]
    calls = [ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)]
    found = [mark for mark in marks if mark in ("skip", "skipif", "xfail")]
    return (*found, *(c for c in calls if c in ("pytest.skip", "pytest.xfail")))


def _mark_of(decorator: ast.expr) -> str:
    """`skip` of `@pytest.mark.skip` and of `@pytest.mark.skip(reason=…)`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    prefix, _, mark = ast.unparse(called).rpartition(".")
    return mark if prefix == "pytest.mark" else ""


def page() -> str:
    """The text of docs/task-contract.md."""
    known, tests = statements(), proofs()
    sections = [INTRODUCTION]
    for letter, title in parts().items():
        rows = [_row(s, tests.get(n, [])) for n, s in known.items() if n[0] == letter]
        head = f"## {letter}. {title}\n\n| | what holds | state | proven by |\n|---|---|---|---|\n"
        sections.append(head + "\n".join(rows) + "\n")
    return "\n".join(sections)


def _row(statement: Statement, tests: list[Proof]) -> str:
    says = " ".join(filter(None, (statement.says, statement.note)))
    proven = "<br>".join(_link(test) for test in tests)
    return f"| {statement.number} | {says} | {_state(statement)} | {proven} |"


def _state(statement: Statement) -> str:
    if not statement.changed:
        return statement.state
    return f"[changed](decisions/{statement.decision}.md): {statement.changed}"


def _link(test: Proof) -> str:
    short = test.path.removeprefix("tests/")
    return f"[{short}](../{test.path})::{test.name}"


if __name__ == "__main__":
    PAGE.write_text(page())
