"""What the export writes, the import reads: whole, as text, and without a formula."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from hypothesis import given, settings
from hypothesis import strategies as st

from solution_library.answers import exporting, listing, sheets
from solution_library.answers.cells import MOST_IN_A_CELL, Joiner, spread
from solution_library.answers.errors import AnswerRefused
from solution_library.answers.importing import take_row
from solution_library.answers.texts import Content, content_of, tidy
from solution_library.answers.writing import Details, content_now
from solution_library.models import LibraryAnswer, Tag, TagKind
from tests.solution_library.answer_world import an_answer, document_of, fresh

WRITERS = {"csv": exporting.as_csv, "xlsx": exporting.as_xlsx}
HOSTILE = (
    "=1+1", "+49 30 1234", "-", "@SUM(A1)", "＝1", "'=quoted", "''=twice", "'plain", "a\n=1\n\tb",
    "_x000D_ and _x0041_", "x" * 32_767, "😀" * 20_000, "word " * 9_000, "a | b", "\u200fעברית",
)  # fmt: skip


def read(data: bytes, ending: str, folder: Path) -> list[dict[str, str]]:
    path = folder / f"answers.{ending}"
    path.write_bytes(data)
    found: list[dict[str, str]] = sheets.read(path, filename=path.name)["rows"]
    return found


def exported(user: Any, ending: str) -> bytes:
    return WRITERS[ending](exporting.rows(listing.visible(user), user))


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_answers_come_back_as_they_were_however_long_and_strange(
    ending: str, alice: User, tmp_path: Path
) -> None:
    for number, text in enumerate(HOSTILE):
        an_answer(alice, f"={number} or not?", text, variants=(f"-{number}, is it | not?",))
    before = {a.pk: content_now(a) for a in LibraryAnswer.objects.all()}
    rows = read(exported(alice, ending), ending, tmp_path)
    assert len(rows) == len(HOSTILE)
    outcomes = [take_row(row, alice, Details(), approve=True)["outcome"] for row in rows]
    assert set(outcomes) == {"unchanged"}
    LibraryAnswer.objects.all().delete()
    for row in rows:
        take_row(row, alice, Details(), approve=True)
    after = {content_now(a) for a in LibraryAnswer.objects.all()}
    assert after == set(before.values())


@pytest.mark.django_db
def test_no_cell_of_the_workbook_is_a_formula_or_longer_than_a_cell_may_be(
    alice: User, tmp_path: Path
) -> None:
    for number, text in enumerate(HOSTILE):
        an_answer(alice, f"Question {number}?", text, choice="=1+1", origin="=cmd()")
    path = tmp_path / "a.xlsx"
    path.write_bytes(exported(alice, "xlsx"))
    cells = [cell for row in openpyxl.load_workbook(path).active for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    assert not [c for c in cells if c.data_type == "n" and c.value is not None]
    assert max(len(str(c.value).encode("utf-16-le")) // 2 for c in cells) <= 32_767
    assert all(c.quotePrefix for c in cells if str(c.value).startswith("="))


@pytest.mark.django_db
def test_no_column_of_the_csv_begins_with_a_sign_of_a_formula(alice: User) -> None:
    alice.username = "@alice"
    alice.save()
    tag = Tag.objects.create(name="=tag")
    an_answer(alice, "=Q?", "+A", choice="-C", variants=("@V",), origin="=O", tags=[tag])
    lines = list(csv.reader(io.StringIO(exported(alice, "csv").decode("utf-8-sig"), newline="")))
    assert not [cell for cell in lines[1] if cell.startswith(exporting_signs())]


def exporting_signs() -> tuple[str, ...]:
    return ("=", "+", "-", "@", "\t", "\r")


def test_a_long_text_is_cut_with_a_mark_that_people_see() -> None:
    rows = list(spread(["Q?", "word " * 20_000, "Yes"]))
    assert [row[0] for row in rows] == [
        "Q?", "[part 2 of 4] Q?", "[part 3 of 4] Q?", "[part 4 of 4] Q?",
    ]  # fmt: skip
    assert rows[0][1].endswith("[…goes on in the next row]")
    assert [row[2] for row in rows] == ["Yes", "", "", ""]
    assert all(len(row[1]) <= 32_767 for row in rows)


@pytest.mark.parametrize("order", [[0, 2], [0], [0, 2, 1], [1, 0, 2], [0, 1], [1, 2]])
def test_parts_that_are_missing_or_not_in_their_order_are_never_taken_for_the_whole(
    order: list[int],
) -> None:
    rows = [
        {"place": str(n), "question": row[0], "answer": row[1]}
        for n, row in enumerate(spread(["Q?", "w" * (3 * MOST_IN_A_CELL - 5)]))
    ]
    joiner = Joiner()
    found: list[dict[str, str]] = []
    for place in order:
        found += joiner.take(rows[place])
    found += joiner.end()
    assert all("problem" in entry for entry in found)


@pytest.mark.django_db
def test_a_row_with_a_missing_part_is_not_taken_and_says_what_to_do(alice: User) -> None:
    row = {"question": "Q?", "answer": "A", "problem": "The rest is missing."}
    with pytest.raises(AnswerRefused, match="rest is missing"):
        take_row(row, alice, Details(), approve=True)
    assert not LibraryAnswer.objects.exists()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(min_size=1, max_size=40), st.text(max_size=20))
def test_any_text_survives_the_csv(question: str, text: str, choice: str) -> None:
    try:
        content = content_of(f"Q {question}", text, choice)
    except AnswerRefused:
        return
    data = exporting.as_csv([[content.question, content.text, content.choice, *[""] * 9]])
    rows = list(sheets._entries("", sheets._csv(data)))
    back = content_of(rows[0]["question"], rows[0]["answer"], rows[0]["choice"])
    assert back == content


def test_control_characters_and_foreign_line_ends_do_not_get_in() -> None:
    assert tidy("a\x0bb\x0cc\u2028d\r\ne\x00\x07\x1f\ufffef") == "a\nb\nc\nd\nef"
    assert content_of("Q\x0b?", "A\x01").text == "A"


@pytest.mark.django_db
def test_a_later_day_and_new_tags_of_an_edited_sheet_are_taken_over(alice: User, bob: User) -> None:
    product = Tag.objects.create(name="Cloud, EU", kind=TagKind.PRODUCT)
    answer = an_answer(alice, "Q?", "A")
    row = {"question": "Q?", "answer": "A", "valid_until": "2031-05-04", "tags": '"Cloud, EU", x'}
    with pytest.raises(AnswerRefused, match="belongs to somebody"):
        take_row(row, bob, Details(), approve=True)
    assert take_row(row, alice, Details(), approve=True)["outcome"] == "updated"
    assert take_row(row, alice, Details(), approve=True)["outcome"] == "unchanged"
    assert str(fresh(answer).valid_until) == "2031-05-04"
    document = document_of(answer)
    assert str(document.review_due) == "2031-05-04"
    assert product in document.tags.all()
    assert {tag.name for tag in document.tags.all()} == {"Cloud, EU", "x"}
    assert fresh(answer).version == 1


def test_content_is_what_people_typed() -> None:
    assert content_of("Q?", "A") == Content("Q?", "A")
