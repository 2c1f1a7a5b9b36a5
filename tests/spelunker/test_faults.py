"""The table of faults has no hole, and what it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "developers" / "faults.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| (\d+) \| .* \| (.*) \|$", TABLE, re.MULTILINE))
#: Rows that nothing proves. Whoever proves one takes it out here.
OPEN: set[str] = set()


def test_every_fault_is_in_the_table_with_its_proof_or_said_to_be_open() -> None:
    assert set(ROWS) == {str(number) for number in range(1, 133)}
    assert {number for number, cell in ROWS.items() if "**open**" in cell} == OPEN
    assert [number for number, cell in ROWS.items() if "::" not in cell] == []


def test_every_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"\]\(\.\./\.\./tests/([\w./]+)\)::(\w+)", TABLE))
    texts = {file: (ROOT / "tests" / file).read_text("utf-8") for file, _ in named}
    assert len(named) > 120
    assert sorted(f"{f}::{t}" for f, t in named if f"def {t}(" not in texts[f]) == []
