"""Dates, criteria and requirements that tender documents state, measured on labelled ones."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rfp_manager.information.dates import dates_in
from rfp_manager.information.findings import MARK, found_in, role_of
from rfp_manager.information.units import units_of
from rfp_manager.models import InformationFinding
from solution_library.chunking import chunk_document
from solution_library.models import Chunk
from solution_library.parsing import ParsedDocument, reader
from tests.rfp_manager.labelled_tenders import TENDERS, Tender

LEAST = 0.9


def found(text: str, folder: Path) -> list[InformationFinding]:
    path = folder / "tender.md"
    path.write_text(text)
    parsed = ParsedDocument.from_dict(reader.read(path, filename=path.name))
    chunks = [Chunk(text=c.text, heading_path=c.heading_path) for c in chunk_document(parsed)]
    return list(found_in(chunks))


def of_kind(rows: list[InformationFinding], kind: str) -> list[InformationFinding]:
    return [row for row in rows if row.kind == kind]


def date_marks(tender: Tender, folder: Path) -> Iterator[tuple[str, bool, object]]:
    """(name, whether it is right, what it is) of all that was found or should have been."""
    rows = of_kind(found(tender.text, folder), "date")
    left = list(tender.dates)
    for row in rows:
        match = next(
            (w for w in left if (w[0], w[1]) == (role_of(row), row.day) and w[2] in row.text), None
        )
        if match:
            left.remove(match)
        yield "found", match is not None, row.text
    for wanted in left:
        yield "missed", False, wanted


def criterion_marks(tender: Tender, folder: Path) -> Iterator[tuple[str, bool, object]]:
    left = list(tender.criteria)
    for row in of_kind(found(tender.text, folder), "criterion"):
        match = next((w for w in left if w[0] in row.text.casefold() and w[1] == row.weight), None)
        if match:
            left.remove(match)
        yield "found", match is not None, (row.text, row.weight)
    for wanted in left:
        yield "missed", False, wanted


@pytest.mark.parametrize("marks_of", [date_marks, criterion_marks])
def test_what_people_read_in_tenders_is_found_and_nothing_else(
    marks_of: object, tmp_path: Path
) -> None:
    marks = [
        (tender.name, *mark)
        for tender in TENDERS
        for mark in marks_of(tender, tmp_path)  # type: ignore[operator]
    ]
    right = sum(mark[2] for mark in marks)
    found_all = sum(mark[1] == "found" for mark in marks)
    wanted = right + sum(mark[1] == "missed" for mark in marks)
    wrong = [mark for mark in marks if not mark[2]]
    print(f"precision {right / found_all:.3f}, recall {right / wanted:.3f} of {wanted}", wrong)
    assert right / found_all >= LEAST and right / wanted >= LEAST, wrong


def test_every_finding_is_quoted_verbatim(tmp_path: Path) -> None:
    for tender in TENDERS:
        assert all(
            row.quote and row.quote in row.chunk.text for row in found(tender.text, tmp_path)
        )


def test_a_date_alone_has_the_meaning_of_the_line_above_it(tmp_path: Path) -> None:
    rows = found("# Tender\n\n**Submission deadline**\n12 March 2027\n", tmp_path)
    assert [(role_of(r), r.day) for r in of_kind(rows, "date")] == [
        ("Submission", date(2027, 3, 12))
    ]


def test_the_time_zone_is_named_as_the_text_names_it(tmp_path: Path) -> None:
    rows = found("# T\n\nBids are due on 12 March 2027 at 14:00 (CET).\n", tmp_path)
    assert of_kind(rows, "date")[0].text.partition(MARK)[2] == "12 March 2027, 14:00 (CET)"


def test_a_month_is_no_day(tmp_path: Path) -> None:
    rows = of_kind(found("# T\n\nThe award is planned for May 2027.\n", tmp_path), "date")
    assert [row.day for row in rows] == [None]


@pytest.mark.parametrize(
    "text",
    ["", " ", "|" * 5000, "1/1/27 " * 2000, "99 % " * 3000, "12. " * 5000, "p.m. " * 4000,
     "31.02.2027 Abgabe", "\x00 due 99/99/2027", "questions " * 3000 + "12 March 2027"],
)  # fmt: skip
def test_hostile_texts_are_read_without_harm(text: str) -> None:
    for unit in units_of(text, "Timetable"):
        list(dates_in(unit))
    list(found_in([Chunk(text=text, heading_path="Award criteria")]))
