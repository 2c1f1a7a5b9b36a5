"""Finds labelled sets in folders: by what is in the files, not by their names."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solution_library.evaluating.corpora import ID, TEXT
from solution_library.evaluating.errors import SetRefused
from solution_library.evaluating.labelled import QUESTION, RELEVANT
from solution_library.evaluating.rows import Row, read_rows

PAIRS = ("question_1", "question_2", "similar")


@dataclass(frozen=True)
class Task:
    """Questions, and the passages that they are asked of."""

    name: str
    questions: Path
    corpus: Path


def tasks_in(path: Path, made: Path) -> Iterator[Task]:
    """The sets in a folder and those below it. Tasks that have to be made are put into `made`."""
    folders = [path, *sorted(p for p in path.rglob("*") if p.is_dir())] if path.is_dir() else []
    for folder in folders:
        files = sorted(p for p in folder.iterdir() if p.suffix in (".json", ".jsonl", ".csv"))
        yield from _of_files(folder, files, made)
    if path.is_file():
        yield from _of_files(path.parent, [path, *_corpora_beside(path)], made)


def _corpora_beside(path: Path) -> list[Path]:
    beside = (p for p in sorted(path.parent.iterdir()) if p != path)
    return [p for p in beside if p.suffix in (".json", ".jsonl") and _kind(p) == "corpus"]


def _of_files(folder: Path, files: list[Path], made: Path) -> Iterator[Task]:
    kinds = {file: _kind(file) for file in files}
    corpora = [file for file, kind in kinds.items() if kind == "corpus"]
    if not corpora and (folder / "corpus").is_dir():
        corpora = [folder / "corpus"]
    for file, kind in kinds.items():
        if kind == "pairs":
            yield _of_pairs(file, made)
        elif kind == "questions" and len(corpora) == 1:
            sets = [other for other in kinds if kinds[other] == "questions"]
            yield Task(folder.name if len(sets) == 1 else file.stem, file, corpora[0])


def _kind(file: Path) -> str:
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8-sig") as opened:
            header = next(csv.reader(opened), [])
        return "pairs" if set(PAIRS) <= set(header) else ""
    try:
        row = next(read_rows(file, "an object"), None)
    except SetRefused:
        return ""
    return "" if row is None else _kind_of(row)


def _kind_of(row: Row) -> str:
    names = [name for name in QUESTION if name not in ("text", "title")]
    if row.name(names) and row.first(RELEVANT):
        return "questions"
    if row.name(TEXT) and row.name(ID):
        return "corpus"
    return "questions" if row.name(QUESTION) and row.first(RELEVANT) else ""


def _of_pairs(file: Path, made: Path) -> Task:
    """Pairs of questions that mean the same become a search: for the one, find the other among
    all that stand on the right."""
    with file.open(newline="", encoding="utf-8-sig") as opened:
        rows = list(csv.DictReader(opened))
    ids = {text: f"q{n}" for n, text in enumerate(dict.fromkeys(r["question_2"] for r in rows))}
    right: dict[str, list[str]] = {}
    for row in rows:
        if float(row["similar"] or 0) > 0:
            right.setdefault(row["question_1"], []).append(ids[row["question_2"]])
    name = file.parent.name
    corpus = [{"id": key, "text": text} for text, key in ids.items()]
    questions = [
        {"id": n, "question": text, "relevant": sorted(set(keys))}
        for n, (text, keys) in enumerate(right.items())
    ]
    return Task(name, _write(made / f"{name}.set.jsonl", questions),
                _write(made / f"{name}.corpus.jsonl", corpus))  # fmt: skip


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path
