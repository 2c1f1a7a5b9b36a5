"""Fails when a function has more than 60 lines or a file more than 400."""

import ast
import subprocess
import sys
from pathlib import Path

MAX_FUNCTION = 60
MAX_FILE = 400


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    skip = ("/migrations/", "tests/", "benchmarks/")
    return [Path(n) for n in names if not any(s in f"/{n}" for s in skip) and Path(n).exists()]


def problems(path: Path) -> list[str]:
    text = path.read_text()
    found = []
    if (lines := text.count("\n")) > MAX_FILE:
        found.append(f"{path}: {lines} lines, at most {MAX_FILE}")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                found.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    return found


found = [line for path in tracked() for line in problems(path)]
print("\n".join(found))
sys.exit(bool(found))
