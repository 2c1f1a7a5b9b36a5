"""Fills every questionnaire that is given, and proves that nothing but the answers differs.

    python -m benchmarks.exports [--layouts] [--office] [FILE OR FOLDER ...]

Every answer and comment cell that the import finds gets a text made to break things. The copy is
then compared with the original by other libraries (lxml, openpyxl, pypdf, csv), part by part and
cell by cell. --layouts adds the forms that the tests generate, --office opens every copy in
LibreOffice. Ends with 1 if a file differs.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KINDS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".docx": "docx", ".csv": "csv", ".pdf": "pdf"}
TEXTS = (
    'Yes: <b> & "quotes"\nand a second line', "=1+1", "+49 30 1234", "-none", "@home",
    "日本語 😀 é", "_x000D_", "a\ttab", "نعم", "x" * 300,
)  # fmt: skip


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
    import django

    django.setup()
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--layouts", action="store_true")
    parser.add_argument("--office", action="store_true")
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    begun, counts, wrong = time.monotonic(), Counter[str](), []
    with tempfile.TemporaryDirectory() as name:
        folder, made = Path(name), []
        for source in _sources(given, folder):
            out = folder / f"filled-{len(made):04}{source.suffix}"
            problems = _prove(source, out, counts)
            wrong += [f"{source.name}: {problem}" for problem in problems]
            made += [out] if out.exists() else []
        if given.office:
            from benchmarks.exports_parts.office import not_opened

            wrong += [f"{each}: not opened by LibreOffice" for each in not_opened(made)]
    print("\n".join(wrong))
    seconds = round(time.monotonic() - begun)
    print(json.dumps({**counts, "differences": len(wrong), "seconds": seconds}))
    return 1 if wrong else 0


def _sources(given: Any, folder: Path) -> Iterator[Path]:
    for path in given.files:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in files if file.suffix.lower() in KINDS)
    if given.layouts:
        yield from _generated(folder)


def _generated(folder: Path) -> Iterator[Path]:
    from tests.rfp_manager import layouts_pdf, layouts_wild, layouts_word

    for name in layouts_wild.LAYOUTS:
        path = folder / f"{name}.xlsx"
        layouts_wild.build(name).save(path)
        yield path
    for name in layouts_word.LAYOUTS:
        yield layouts_word.make(name).save(folder / f"{name}.docx")
    for name, make in layouts_pdf.LAYOUTS.items():
        path = folder / f"{name}.pdf"
        path.write_bytes(make().maker.data())
        yield path


def _prove(source: Path, out: Path, counts: Counter[str]) -> list[str]:
    """The differences in words; none for a file that is no questionnaire."""
    from benchmarks.exports_parts.comparing import compare
    from rfp_manager.exporting import ExportRefused, Fill, fill
    from rfp_manager.importing import QuestionnaireRefused, read_questionnaire

    kind = KINDS[source.suffix.lower()]
    try:
        found = read_questionnaire(source, filename=source.name)
    except QuestionnaireRefused as refusal:
        counts["no questionnaire"] += 1
        print(f"{source.name}: {refusal}", file=sys.stderr)
        return []
    places = [p for q in found.questions for p in (q.answer_place, q.comment_place) if p]
    texts = {place: TEXTS[n % len(TEXTS)] for n, place in enumerate(dict.fromkeys(places))}
    try:
        report = fill(source, fills=[Fill(p, text) for p, text in texts.items()], out=out)
    except ExportRefused as refusal:
        counts[f"{kind} refused"] += 1
        return [f"refused: {refusal}"]
    counts[f"{kind} files"] += 1
    counts["answers"] += report.answers_written
    counts["cells compared by the export"] += report.cells_compared
    counts["parts compared by the export"] += report.parts_compared
    return compare(kind, source, out, texts)


if __name__ == "__main__":
    sys.exit(main())
