"""The task contract is complete, proven, and its page is current."""

import ast
from pathlib import Path

import pytest

from tests.contract.catalogue import (
    DECISIONS,
    PAGE,
    ROOT,
    SIZES,
    Proof,
    named_by,
    page,
    parts,
    proofs,
    statements,
)

STATEMENTS = statements()
PROOFS = proofs()
each_statement = pytest.mark.parametrize("number", STATEMENTS)


def test_the_page_is_what_statements_and_tests_make_of_it() -> None:
    assert PAGE.read_text() == page(), "run `make contract`"


def test_every_number_of_every_part_is_there_once() -> None:
    assert list(parts()) == list(SIZES)
    wanted = [f"{part}{n}" for part, size in SIZES.items() for n in range(1, size + 1)]
    assert list(STATEMENTS) == wanted


@each_statement
def test_a_statement_is_proven_by_a_test_that_is_not_skipped(number: str) -> None:
    tests = PROOFS.get(number, [])
    assert tests, f"no test names {number}: {STATEMENTS[number].says}"
    assert [test for test in tests if test.skips] == []
    assert any(test.runs_anywhere for test in tests), "where no server can be installed"


def test_no_test_names_a_statement_that_does_not_exist() -> None:
    assert sorted(set(PROOFS) - set(STATEMENTS)) == []


@each_statement
def test_a_statement_that_is_not_kept_says_what_holds_instead(number: str) -> None:
    statement = STATEMENTS[number]
    assert not (statement.settled and statement.changed)
    assert not statement.settled or statement.settled in STATEMENTS
    if statement.changed:
        assert number in (DECISIONS / f"{statement.decision}.md").read_text()


def function(source: str) -> ast.FunctionDef:
    found = ast.parse(source).body[0]
    assert isinstance(found, ast.FunctionDef)
    return found


def test_names_count_in_the_contracts_folder_only_and_markers_everywhere() -> None:
    named = function("def test_a38_and_f15_a_second_e5_post(): ...")
    marked = function('@pytest.mark.contract("F1", "F23")\ndef test_b7(): ...')
    assert named_by(named, ROOT / "tests/contract/test_a_x.py") == {"A38", "F15", "E5"}
    assert named_by(named, ROOT / "tests/jobs/test_x.py") == set()
    assert named_by(marked, ROOT / "tests/jobs/test_x.py") == {"F1", "F23"}


def test_a_proof_is_a_test_that_pytest_would_collect() -> None:
    for test in {test for tests in PROOFS.values() for test in tests}:
        assert isinstance(test, Proof)
        text = (ROOT / test.path).read_text()
        assert f"\ndef {test.name}(" in text and Path(test.path).name.startswith("test_")
