#!/usr/bin/env python3
"""Verifies a bundle of answer receipts, offline, with nothing but Python 3.9 or newer.

    python verify_receipts.py receipts.zip [--expect HASH] [--file EXPORTED ...]

It checks that every file of the bundle is the one that the manifest lists, that each receipt has
the hash it is known by and names the receipt before it, that every quote stands word for word in
the passage it is said to come from, and that the answers that were exported are those of the
receipts. --expect compares the bundle's own hash with the one shown in Spelunker: without it,
somebody who made up a whole new bundle would not be noticed. --file checks that a file is one of
those that were exported.

Exit code: 0 all holds, 1 something does not (each thing is named), 2 the bundle cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

MANIFEST = "manifest.json"
RECEIPTS = "receipts.jsonl"
ANSWERS = "answers.jsonl"
PARTS = ("text", "choice", "comment")


class Unreadable(Exception):
    """The bundle cannot be read at all; the message says why."""


class Report:
    """What was found. `problems` are named one by one; `notes` say what could not be checked."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.receipts = 0
        self.quotes = 0
        self.answers = 0
        self.bundle = ""

    def problem(self, where: str, what: str) -> None:
        self.problems.append(f"{where}: {what}")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        report = verify(options.bundle, expect=options.expect, files=options.file)
    except Unreadable as error:
        say(f"Cannot be read: {error}")
        return 2
    for line in report.notes:
        say(f"Note: {line}")
    for line in report.problems:
        say(f"FOUND: {line}")
    say(f"Bundle: {report.bundle}")
    counts = f"{report.receipts} receipts, {report.quotes} quotes, {report.answers} answers"
    ending = f"{len(report.problems)} problem(s)" if report.problems else "all hold"
    say(f"{counts}: {ending}")
    return 1 if report.problems else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("bundle", help="the .zip file")
    parser.add_argument("--expect", default="", help="the bundle's hash as Spelunker shows it")
    parser.add_argument("--file", action="append", default=[], help="a file that was exported")
    return parser.parse_args(arguments)


def verify(path: str, expect: str = "", files: Sequence[str] = ()) -> Report:
    """Check the bundle at `path`. Raises Unreadable."""
    report = Report()
    try:
        with zipfile.ZipFile(path) as archive:
            contents = _contents(archive, report)
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Unreadable(error) from error
    manifest = _manifest(contents, expect, report)
    _check_files(manifest, contents, report)
    receipts = _receipts(contents.get(RECEIPTS, b""), report)
    _check_chains(receipts, report)
    _check_answers(contents.get(ANSWERS, b""), receipts, manifest, report)
    for name in files:
        _check_export(name, manifest, report)
    return report


# -- the files -----------------------------------------------------------------------------
def _contents(archive: zipfile.ZipFile, report: Report) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for info in archive.infolist():
        if info.filename in found:
            report.problem(info.filename, "stands in the bundle twice")
            continue
        try:
            found[info.filename] = archive.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
            report.problem(info.filename, "its bytes are damaged")
            found[info.filename] = b""
    return found


def _manifest(contents: dict[str, bytes], expect: str, report: Report) -> dict[str, Any]:
    raw = contents.get(MANIFEST)
    if raw is None:
        raise Unreadable(f"it holds no {MANIFEST}; this is no bundle of receipts")
    try:
        whole = json.loads(raw.decode("utf-8"))
        body = whole["body"]
        files = dict(body["files"])
    except (ValueError, KeyError, TypeError):
        report.problem(MANIFEST, "cannot be read")
        return {"files": {}}
    report.bundle = digest(body)
    if canonical(whole) != raw.rstrip(b"\n"):
        report.problem(MANIFEST, "is not written as it was")
    if whole.get("sha256") != report.bundle:
        report.problem(MANIFEST, "was changed: its hash is another one")
    if expect and expect.strip().lower() != report.bundle:
        report.problem(MANIFEST, f"is not the bundle with the hash {expect.strip()}")
    return dict(body, files=files)


def _check_files(manifest: dict[str, Any], contents: dict[str, bytes], report: Report) -> None:
    listed = manifest["files"]
    for name, expected in sorted(listed.items()):
        if name not in contents:
            report.problem(name, "is missing")
        elif hashlib.sha256(contents[name]).hexdigest() != expected:
            report.problem(name, "was changed: its hash is another one")
    for name in sorted(set(contents) - set(listed) - {MANIFEST}):
        report.problem(name, "does not belong to the bundle")


def _check_export(path: str, manifest: dict[str, Any], report: Report) -> None:
    try:
        with open(path, "rb") as stream:
            found = hashlib.sha256(stream.read()).hexdigest()
    except OSError as error:
        report.problem(path, f"cannot be read ({error})")
        return
    known = [f for f in manifest.get("exported_files", []) if f.get("sha256") == found]
    if not known:
        report.problem(path, "is not a file that was exported, or was changed since")


# -- the receipts --------------------------------------------------------------------------
def _lines(data: bytes, name: str, report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line:
            continue
        where = f"{name}, line {number}"
        try:
            entry = json.loads(line.decode("utf-8"))
            if not isinstance(entry, dict):
                raise ValueError
        except ValueError:
            report.problem(where, "cannot be read")
            continue
        if canonical(entry) != line:
            report.problem(where, "is not written as it was")
        yield where, entry


#: Bodies with their hashes, by question and version.
Known = dict["tuple[Any, Any]", "tuple[dict[str, Any], Any]"]


def _receipts(data: bytes, report: Report) -> Known:
    found: Known = {}
    for where, entry in _lines(data, RECEIPTS, report):
        body: Any = entry.get("body")
        known: Any = entry.get("sha256")
        try:
            name = _name(body)
            key = (body["question"]["id"], body["version"])
            if digest(body) != known:
                report.problem(f"{name} ({where})", "the receipt was changed")
            if key in found:
                report.problem(f"{name} ({where})", "stands there twice")
            found[key] = (body, known)
            _check_hashes(body, name, report)
            _check_quotes(body, name, report)
        except (KeyError, TypeError, AttributeError):
            report.problem(where, "is no receipt")
        report.receipts += 1
    return found


def _name(body: dict[str, Any]) -> str:
    question = body["question"]
    return "Question {}, version {}".format(question["number"] or question["id"], body["version"])


def _check_hashes(body: dict[str, Any], name: str, report: Report) -> None:
    """Each text has the hash that stands beside it."""
    texts = [("the question", body["question"]["text"], body["question"]["sha256"])]
    for passage in body["passages"]:
        texts.append(("passage {}".format(passage["chunk"]), passage["text"], passage["sha256"]))
    call = body["call"]
    if call:
        texts.append(("the system prompt", call["system"], call["system_sha256"]))
        texts.append(("the prompt", call["prompt"], call["prompt_sha256"]))
    for what, text, expected in texts:
        if hashlib.sha256(text.encode("utf-8")).hexdigest() != expected:
            report.problem(name, f"the words of {what} were changed")


def _check_quotes(body: dict[str, Any], name: str, report: Report) -> None:
    """Every quote stands at its place; places count characters (Unicode code points)."""
    passages = {passage["chunk"]: passage for passage in body["passages"]}
    for number, cited in enumerate(body["citations"], 1):
        report.quotes += 1
        passage = passages.get(cited["chunk"])
        if passage is None:
            report.problem(name, f"the passage of citation {number} is not in the receipt")
        elif passage["text"][cited["start"] : cited["end"]] != cited["quote"]:
            report.problem(name, f"citation {number} is not what stands in its passage")
        elif passage["document_sha256"] != cited["document_sha256"]:
            report.problem(name, f"citation {number} is of another file than its passage")


def _check_chains(receipts: Known, report: Report) -> None:
    """Each receipt names the one before it, of the same question."""
    latest: dict[Any, Any] = {}
    for question, version in sorted(receipts, key=_in_order):
        body, known = receipts[question, version]
        before = latest.get(question)
        if body.get("previous") != before:
            report.problem(
                _name(body),
                "does not follow the receipt before it: one was changed, taken out or put in",
            )
        latest[question] = known


# -- what was exported ---------------------------------------------------------------------
def _in_order(key: tuple[Any, Any]) -> tuple[str, int]:
    """Also of a forged receipt, whose numbers may be anything."""
    return str(key[0]), key[1] if isinstance(key[1], int) else 0


def _check_answers(data: bytes, receipts: Known, manifest: dict[str, Any], report: Report) -> None:
    for where, entry in _lines(data, ANSWERS, report):
        report.answers += 1
        try:
            _check_answer(entry, where, receipts, report)
        except (KeyError, TypeError, AttributeError):
            report.problem(where, "is no answer")
    expected = manifest.get("answers")
    if expected is not None and expected != report.answers:
        report.problem(ANSWERS, f"holds {report.answers} answers, not {expected}")


def _check_answer(entry: dict[str, Any], where: str, receipts: Known, report: Report) -> None:
    question, version = entry["question"], entry["version"]
    name = f"Exported answer to question {entry['number'] or question}"
    if entry["receipt"] is None:
        report.notes.append(f"{name}: it was written before receipts were kept")
        return
    found = receipts.get((question, version))
    if found is None or found[1] != entry["receipt"]:
        report.problem(f"{name} ({where})", "its receipt is not in the bundle")
        return
    for part in PARTS:
        # What the buyer's file has no place for was not written.
        if entry[part] and entry[part] != found[0]["answer"][part]:
            report.problem(f"{name} ({where})", f"its {part} is not the receipt's")


# -- one way to write ----------------------------------------------------------------------
def canonical(value: Any) -> bytes:
    """Keys in order, no blanks between signs, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
