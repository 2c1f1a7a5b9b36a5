"""Whatever the form, a filled copy differs from the original in its answers and nothing else."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from rfp_manager.exporting import Fill, fill
from rfp_manager.importing import read_questionnaire
from tests.rfp_manager.layouts_wild import LAYOUTS, build

TEXTS = [
    'Yes: <b> & "quotes"\nand a second line', "=1+1", "+49 30 1234", "-none", "@home",
    " blanks around ", "日本語 😀 é", "_x000D_", "a\ttab",
]  # fmt: skip


def fill_all(name: str, folder: Path) -> tuple[Path, Path, dict[tuple[str, int, int], str]]:
    source, out = folder / "form.xlsx", folder / "filled.xlsx"
    build(name).save(source)
    found = read_questionnaire(source, filename="form.xlsx")
    places = [p for q in found.questions for p in (q.answer_place, q.comment_place) if p]
    texts = {place: TEXTS[n % len(TEXTS)] for n, place in enumerate(dict.fromkeys(places))}
    fill(source, fills=[Fill(place, text) for place, text in texts.items()], out=out)
    return source, out, {(p.sheet, p.row, p.column): text for p, text in texts.items()}


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def values(path: Path) -> dict[tuple[str, int, int], Any]:
    return {
        (sheet.title, cell.row, cell.column): cell.value
        for sheet in load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


@pytest.mark.parametrize("name", LAYOUTS)
def test_another_reader_sees_the_answers_and_everything_else_as_before(
    name: str, tmp_path: Path
) -> None:
    source, out, answers = fill_all(name, tmp_path)
    before, after = values(source), values(out)
    assert {cell: after.pop(cell) for cell in answers} == {
        cell: after_reading(text) for cell, text in answers.items()
    }
    assert after == {cell: value for cell, value in before.items() if cell not in answers}


def after_reading(text: str) -> str:
    # That reader leaves the format's escape for a literal "_x000D_" as it stands in the file.
    return text.replace("_x000D_", "_x005F_x000D_") if unescape("_x005F_") != "_x005F_" else text


@pytest.mark.parametrize("name", LAYOUTS)
def test_all_other_parts_are_equal_byte_by_byte_and_rows_stay_in_order(
    name: str, tmp_path: Path
) -> None:
    source, out, answers = fill_all(name, tmp_path)
    before, after = parts(source), parts(out)
    assert list(before) == list(after)
    changed = [part for part in before if before[part] != after[part]]
    assert all(part.startswith("xl/worksheets/sheet") for part in changed)
    assert len(changed) <= len({sheet for sheet, _, _ in answers})
    for part in changed:
        old, new = etree.fromstring(before[part]), etree.fromstring(after[part])
        assert [rest(element) for element in old] == [rest(element) for element in new]
        rows = [int(row.get("r", "0")) for row in new.iter("{*}row")]
        assert rows == sorted(set(rows))


def rest(element: Any) -> bytes:
    """An element as bytes; of the table of cells only that it is there."""
    return b"" if element.tag.endswith("}sheetData") else bytes(etree.tostring(element))
