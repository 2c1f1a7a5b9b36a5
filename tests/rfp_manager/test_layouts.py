"""A form that was corrected once is read that way when it, or nearly the same, comes again."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from rfp_manager import layouts
from rfp_manager.models import RFP, QuestionnaireLayout
from rfp_manager.reading import read_again
from rfp_manager.remapping import apply, state_of
from tests.rfp_manager.mapping_world import HEADER, form, imported, rows, workbook

pytestmark = pytest.mark.django_db
IN_REMARKS = {"columns": {"answer": 5, "comment": None}}


def corrected(user: Any, content: bytes, overrides: dict[str, Any], **values: Any) -> RFP:
    rfp = imported(content, user, **values)
    apply(rfp, overrides, user, seen=state_of(rfp))
    return RFP.objects.get(pk=rfp.pk)


def answer_columns(rfp: RFP) -> set[int]:
    return set(rfp.questions.values_list("answer_column", flat=True))


def test_the_same_form_has_the_same_fingerprint_whatever_it_asks(alice: User) -> None:
    one, other = imported(form(5), alice), imported(form(9), alice)
    assert one.layout == other.layout and one.layout
    assert imported(form(5, header=(*HEADER[:4], "Notes")), alice).layout != one.layout


def test_the_same_form_is_read_as_it_was_corrected(alice: User) -> None:
    corrected(alice, form(5), {"Security": IN_REMARKS}, name="CAIQ 2025")
    again = imported(form(7), alice)
    assert answer_columns(again) == {5}
    origin = again.mapping["origin"]
    assert (origin["name"], origin["by"], origin["exact"]) == ("CAIQ 2025", "alice", True)


def test_a_renamed_sheet_with_moved_rows_and_columns_is_recognised(alice: User) -> None:
    corrected(alice, form(5), {"Security": IN_REMARKS})
    moved = [(None, *row) for row in [HEADER, *rows(6)]]
    new = workbook(("Intro", [("Welcome to our form",)]), ("Security 2026", [(), (), *moved]))
    again = imported(new, alice)
    assert answer_columns(again) == {6}
    assert list(again.mapping["sheets"]) == ["Security 2026"]
    assert again.mapping["origin"]["exact"] is False


def test_a_column_more_does_not_shift_the_answers(alice: User) -> None:
    corrected(alice, form(5), {"Security": IN_REMARKS})
    wider = ("No", "Topic", "Weight", "Question", "Vendor response", "Remarks")
    body = [(n, topic, "3", text, None, None) for n, topic, text, *_ in rows(6)]
    again = imported(workbook(("Security", [wider, *body])), alice)
    assert answer_columns(again) == {6}


def test_rows_left_out_are_found_again_by_their_words(alice: User) -> None:
    first = imported(form(6), alice)
    row = str(first.questions.get(ordinal=3).row)
    apply(first, {"Security": {"rows": {row: "skip"}}}, alice, seen=state_of(first))
    shifted = workbook(("Security", [("Acme",), (), (), (), HEADER, *rows(8)]))
    again = imported(shifted, alice)
    assert again.questions.count() == 7
    assert not again.questions.filter(text__contains="area 3,").exists()


def test_another_form_with_a_sheet_of_that_name_is_read_as_ever(alice: User) -> None:
    corrected(alice, form(5), {"Security": IN_REMARKS})
    other = ("Ref", "Control requirement", "Compliant?", "Evidence")
    body = [(f"C{n}", f"The provider shall control thing {n} at all times.", None, None)
            for n in range(1, 7)]  # fmt: skip
    again = imported(workbook(("Security", [other, *body])), alice)
    assert again.mapping == {} and again.questions.count() == 6


def test_a_left_out_sheet_stays_left_out_next_time(alice: User) -> None:
    sheets = (("One", [HEADER, *rows(4)]), ("Two", [HEADER, *rows(4, start=10)]))
    corrected(alice, workbook(*sheets), {"Two": {"skip": True}})
    again = imported(workbook(*sheets), alice)
    assert set(again.questions.values_list("sheet", flat=True)) == {"One"}


def test_nobody_is_read_by_what_they_may_not_know_of(alice: User, bob: User) -> None:
    first = corrected(alice, form(5), {"Security": IN_REMARKS})
    assert imported(form(5), bob).mapping == {}
    first.members.add(bob)
    assert answer_columns(imported(form(5), bob)) == {5}


def test_reading_afresh_forgets_the_layout(alice: User) -> None:
    first = corrected(alice, form(5), {"Security": IN_REMARKS})
    assert QuestionnaireLayout.objects.count() == 1
    apply(first, {}, alice, seen=state_of(first))
    assert QuestionnaireLayout.objects.count() == 0
    assert imported(form(5), alice).mapping == {}


def test_a_correction_that_finds_nothing_in_the_new_file_is_not_used(alice: User) -> None:
    corrected(alice, form(5), {"Security": {"skip": True}})
    again = imported(form(5), alice)
    assert again.questions.count() == 5 and again.mapping == {}


def test_what_was_seen_is_said_by_sheet_and_title(alice: User) -> None:
    rfp = imported(form(5), alice)
    seen = layouts.seen_in_words(read_again(rfp).preview)
    assert seen == ["“Security” with 7 rows (no | topic | question | vendor response | remarks)"]
