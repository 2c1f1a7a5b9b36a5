"""An expert answers in a sheet, offline; what comes back is merged, and nothing of it is lost."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from jobs.models import Notification
from rfp_manager.assigning import assign_questions
from rfp_manager.editing import edit_answer
from rfp_manager.models import RFP, Answer, Assignment, ExpertPacket
from rfp_manager.packets import bringing
from rfp_manager.packets.bringing import Back, Decision, apply, bring_back
from rfp_manager.packets.columns import COLUMNS, Column
from rfp_manager.packets.making import PacketRefused, make_packet, write_packet
from rfp_manager.packets.plan import Plan, plan_of
from rfp_manager.packets.sheet import CUT
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, question

pytestmark = pytest.mark.django_db
TEXTS = ("Do you encrypt backups?", "Where is data kept?", "Who may log in?", "Is there a SOC?")


@pytest.fixture
def rfp(alice: User) -> RFP:
    made = make_rfp(alice, questions=len(TEXTS))
    for number, text in enumerate(TEXTS, 1):
        asked = question(made, number)
        asked.text = text
        asked.save()
        if number < len(TEXTS):
            make_answer(asked, f"Draft {number}.")
    return made


@pytest.fixture
def packet(rfp: RFP, alice: User, bob: User) -> ExpertPacket:
    return make_packet(rfp, ids(rfp), user=alice, expert=bob)


def ids(rfp: RFP) -> list[int]:
    return list(rfp.questions.values_list("pk", flat=True))


Edit = Callable[[Any], None]


def sheet(packet: ExpertPacket, folder: Path, user: Any, edit: Edit | None = None) -> bytes:
    """The packet's workbook as another program saves it after `edit`."""
    path = folder / "sheet.xlsx"
    write_packet(packet, path, user)
    book = openpyxl.load_workbook(path)
    if edit:
        edit(book["Questions"])
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def column(name: Column) -> int:
    return COLUMNS.index(name) + 1


def says(*changes: tuple[int, Column, str]) -> Edit:
    """Questions by their place in the RFP, which is one row higher in the sheet."""

    def edit(cells: Any) -> None:
        for number, name, text in changes:
            cells.cell(number + 1, column(name)).value = text

    return edit


def brought(content: bytes, user: Any, name: str = "sheet.xlsx") -> Back:
    return bring_back(ContentFile(content), filename=name, user=user)


def back(packet: ExpertPacket, folder: Path, user: Any, *changes: tuple[int, Column, str]) -> Plan:
    found = brought(sheet(packet, folder, user, says(*changes)), user)
    return plan_of(found.packet, found.number, user)


def merged(packet: ExpertPacket, folder: Path, user: Any, edit: Edit) -> Plan:
    found = brought(sheet(packet, folder, user, edit), user)
    return apply(found.packet, found.number, {}, user=user)


def answer(rfp: RFP, number: int) -> Answer:
    return Answer.objects.get(question__rfp=rfp, question__ordinal=number)


def test_a_sheet_shows_question_draft_evidence_and_choices(
    rfp: RFP, alice: User, bob: User, tmp_path: Path
) -> None:
    cite(answer(rfp, 1), make_passage())
    rfp.questions.filter(ordinal=1).update(allowed_choices=["Yes, fully", "No", "=1+1"])
    packet = make_packet(rfp, ids(rfp), user=alice, expert=bob)
    book = openpyxl.load_workbook(io.BytesIO(sheet(packet, tmp_path, alice)))
    row = [cell.value or "" for cell in book["Questions"][2]]
    assert row[column(Column.QUESTION) - 1] == TEXTS[0]
    assert row[column(Column.DRAFT) - 1] == "Draft 1."
    assert "All backups are encrypted" in row[column(Column.EVIDENCE) - 1]
    assert [cell.value for cell in book["Choices"]["A"]] == ["Yes, fully", "No", "=1+1"]
    assert book["Choices"]["A3"].data_type == "s"
    rules = book["Questions"].data_validations.dataValidation
    assert any("Choices!$A$1:$A$3" in str(rule.formula1) for rule in rules)
    assert book["Questions"].protection.sheet and not book["Questions"].protection.password


def test_no_cell_of_a_sheet_is_a_formula(rfp: RFP, alice: User, bob: User, tmp_path: Path) -> None:
    edit_answer(answer(rfp, 1), text="=cmd|' /C calc'!A0", user=alice, version=1)
    packet = make_packet(rfp, ids(rfp), user=alice, expert=bob)
    book = openpyxl.load_workbook(io.BytesIO(sheet(packet, tmp_path, alice)))
    kinds = {cell.data_type for row in book["Questions"].iter_rows() for cell in row if cell.value}
    assert kinds == {"s"}


def test_what_an_expert_says_goes_to_review_and_nothing_else_changes(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    merged(packet, tmp_path, alice, says(
        (1, Column.RIGHT, "x"), (2, Column.ANSWER, "In Cork.\nAnd in Graz."),
        (4, Column.ANSWER, "Yes, around the clock."),
    ))  # fmt: skip
    found = {n: (answer(rfp, n).text, answer(rfp, n).state) for n in (1, 2, 3, 4)}
    assert found == {
        1: ("Draft 1.", "in_review"), 2: ("In Cork.\nAnd in Graz.", "in_review"),
        3: ("Draft 3.", "draft"), 4: ("Yes, around the clock.", "in_review"),
    }  # fmt: skip
    assert answer(rfp, 2).versions.count() == 2 and answer(rfp, 1).version == 1


def test_bringing_back_changes_nothing_before_it_is_merged(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    plan = back(packet, tmp_path, alice, (2, Column.ANSWER, "In Cork."), (1, Column.RIGHT, "x"))
    assert plan.counts == {"changed": 1, "accepted": 1, "unchanged": 2}
    assert answer(rfp, 2).text == "Draft 2." and answer(rfp, 1).state == "draft"


def test_the_same_file_twice_does_nothing_twice(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    content = sheet(packet, tmp_path, alice, says((2, Column.ANSWER, "In Cork.")))
    first = brought(content, alice)
    apply(first.packet, first.number, {}, user=alice)
    edit_answer(answer(rfp, 2), text="In Galway.", user=alice, version=2)
    again = brought(content, alice)
    plan = apply(again.packet, again.number, {}, user=alice)
    assert again.was_known and plan.counts["done"] == 1
    assert answer(rfp, 2).text == "In Galway."


def test_a_second_sheet_goes_on_where_the_first_ended(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    merged(packet, tmp_path, alice, says((2, Column.ANSWER, "In Cork.")))
    plan = back(packet, tmp_path, alice, (2, Column.ANSWER, "In Cork, Ireland."))
    assert plan.counts["changed"] == 1


def test_an_answer_that_changed_meanwhile_is_decided_by_a_person(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    content = sheet(packet, tmp_path, alice, says((2, Column.ANSWER, "In Cork.")))
    edit_answer(answer(rfp, 2), text="In Galway.", user=alice, version=1)
    found = brought(content, alice)
    asked = question(rfp, 2).pk
    assert apply(found.packet, found.number, {}, user=alice).counts["conflict"] == 1
    stale = {asked: Decision(take=True, version=1)}
    assert apply(found.packet, found.number, stale, user=alice).counts["conflict"] == 1
    assert answer(rfp, 2).text == "In Galway."
    apply(found.packet, found.number, {asked: Decision(take=True, version=2)}, user=alice)
    assert (answer(rfp, 2).text, answer(rfp, 2).version) == ("In Cork.", 3)


def test_who_keeps_what_stands_here_is_not_asked_again(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    content = sheet(packet, tmp_path, alice, says((2, Column.RIGHT, "x")))
    edit_answer(answer(rfp, 2), text="In Galway.", user=alice, version=1)
    found = brought(content, alice)
    keep = {question(rfp, 2).pk: Decision(take=False, version=2)}
    plan = apply(found.packet, found.number, keep, user=alice)
    assert plan.counts["conflict"] == 0 and plan.counts["kept"] == 1
    assert answer(rfp, 2).text == "In Galway."
    outcome = ExpertPacket.objects.get(pk=packet.pk).outcome["returns"][0]["applied"][0]["rows"]
    assert [row[2] for row in outcome].count("kept") == 1


def test_not_mine_hands_the_question_back_with_the_reason(
    rfp: RFP, alice: User, bob: User, tmp_path: Path
) -> None:
    assign_questions(rfp, [question(rfp, 3).pk], assignee=bob, user=alice)
    packet = make_packet(rfp, ids(rfp), user=bob, expert=bob)
    assert len(packet.contents) == 1
    merged(packet, tmp_path, bob, lambda cells: setattr(
        cells.cell(2, column(Column.DECLINED)), "value", "Ask Carol"))  # fmt: skip
    held = Assignment.objects.get(question=question(rfp, 3))
    assert held.declined_at and held.declined_because == "Ask Carol"


def test_not_mine_of_somebody_who_does_not_hold_the_question_is_told(
    packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    plan = back(packet, tmp_path, alice, (3, Column.DECLINED, "x"))
    assert plan.counts["problem"] == 1


def test_sorted_rows_find_their_questions(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    def upside_down(cells: Any) -> None:
        says((1, Column.ANSWER, "To one."), (4, Column.ANSWER, "To four."))(cells)
        rows = [[cell.value for cell in row] for row in cells.iter_rows(min_row=2)]
        for number, row in enumerate(reversed(rows), 2):
            for place, value in enumerate(row, 1):
                cells.cell(number, place).value = value

    merged(packet, tmp_path, alice, upside_down)
    assert (answer(rfp, 1).text, answer(rfp, 4).text) == ("To one.", "To four.")


def test_what_is_read_beside_the_answer_counts_when_the_keys_were_not_sorted_along(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    def keys_left_behind(cells: Any) -> None:
        says((1, Column.ANSWER, "To one."))(cells)
        for place in range(1, column(Column.KEY)):
            upper, lower = cells.cell(2, place), cells.cell(5, place)
            upper.value, lower.value = lower.value, upper.value

    merged(packet, tmp_path, alice, keys_left_behind)
    assert answer(rfp, 1).text == "To one."
    assert not Answer.objects.filter(question__ordinal=4).exists()


def test_without_the_key_column_rows_are_known_by_their_questions(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    def without_keys(cells: Any) -> None:
        says((2, Column.ANSWER, "In Cork."))(cells)
        cells.delete_cols(column(Column.KEY))
        cells.title = "Tabelle1"

    merged(packet, tmp_path, alice, without_keys)
    assert answer(rfp, 2).text == "In Cork."


def test_added_and_deleted_rows_are_told_and_harm_nothing(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    def rearranged(cells: Any) -> None:
        cells.delete_rows(2)
        cells.insert_rows(1)
        cells.cell(9, column(Column.QUESTION)).value = "One more of mine?"
        cells.cell(9, column(Column.ANSWER)).value = "Yes."

    found = brought(sheet(packet, tmp_path, alice, rearranged), alice)
    plan = plan_of(found.packet, found.number, alice)
    assert plan.missing == 1
    assert [step.row["question"] for step in plan.steps if step.fate == "unknown"] == [
        "One more of mine?"
    ]


def test_one_question_answered_twice_differently_is_answered_by_neither(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    def doubled(cells: Any) -> None:
        says((2, Column.ANSWER, "In Cork."))(cells)
        for place in range(1, len(COLUMNS) + 1):
            cells.cell(8, place).value = cells.cell(3, place).value
        cells.cell(8, column(Column.ANSWER)).value = "In Graz."

    plan = merged(packet, tmp_path, alice, doubled)
    assert plan.counts["unknown"] == 2 and answer(rfp, 2).text == "Draft 2."


def test_a_sheet_saved_as_csv_comes_back_too(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path
) -> None:
    content = sheet(packet, tmp_path, alice, says((2, Column.ANSWER, "In Cork; yes,\nthere.")))
    cells = openpyxl.load_workbook(io.BytesIO(content))["Questions"]
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(
        [cell.value or "" for cell in row] for row in cells.iter_rows()
    )
    found = brought(text.getvalue().encode("cp1252", "replace"), alice, "sheet.csv")
    apply(found.packet, found.number, {}, user=alice)
    assert answer(rfp, 2).text == "In Cork; yes,\nthere."


def test_a_choice_that_is_not_offered_is_told_and_kept_out(
    rfp: RFP, alice: User, bob: User, tmp_path: Path
) -> None:
    rfp.questions.update(allowed_choices=["Yes", "No"])
    packet = make_packet(rfp, ids(rfp), user=alice, expert=bob)
    plan = merged(packet, tmp_path, alice, says(
        (1, Column.CHOICE, "Perhaps"), (2, Column.CHOICE, " no "), (3, Column.ANSWER, "yes"),
    ))  # fmt: skip
    assert plan.counts["problem"] == 1
    assert (answer(rfp, 1).choice, answer(rfp, 2).choice) == ("", "No")
    assert answer(rfp, 2).text == "Draft 2." and answer(rfp, 3).choice == "Yes"


def test_an_answer_longer_than_a_cell_can_be_right_and_is_not_cut(
    rfp: RFP, alice: User, bob: User, tmp_path: Path
) -> None:
    long = "word " * 8000
    edit_answer(answer(rfp, 1), text=long, user=alice, version=1)
    packet = make_packet(rfp, ids(rfp), user=alice, expert=bob)
    assert packet.contents[str(question(rfp, 1).pk)]["text"].endswith(CUT)
    merged(packet, tmp_path, alice, says((1, Column.RIGHT, "x")))
    assert answer(rfp, 1).text == long.strip() and answer(rfp, 1).state == "in_review"


def test_an_expert_gets_and_brings_back_only_what_they_hold(
    rfp: RFP, alice: User, charlie: User, tmp_path: Path
) -> None:
    assign_questions(rfp, [question(rfp, n).pk for n in (1, 2)], assignee=charlie, user=alice)
    packet = make_packet(rfp, ids(rfp), user=charlie, expert=charlie)
    content = sheet(packet, tmp_path, charlie, says((1, Column.RIGHT, "x"), (2, Column.RIGHT, "x")))
    Assignment.objects.filter(question=question(rfp, 2)).delete()
    found = brought(content, charlie)
    plan = apply(found.packet, found.number, {}, user=charlie)
    assert plan.counts["done"] + plan.counts["unchanged"] == 1 and plan.counts["problem"] == 1
    assert answer(rfp, 2).state == "draft"


def test_a_stranger_learns_nothing_from_somebody_elses_sheet(
    packet: ExpertPacket, alice: User, charlie: User, tmp_path: Path
) -> None:
    content = sheet(packet, tmp_path, alice)
    with pytest.raises(PacketRefused, match="may not see"):
        brought(content, charlie)


def test_whoever_made_the_sheet_is_told_once_that_it_came_back(
    rfp: RFP, alice: User, bob: User, tmp_path: Path
) -> None:
    packet = make_packet(rfp, ids(rfp), user=alice, expert=bob)
    rfp.members.add(bob)
    content = sheet(packet, tmp_path, bob, says((1, Column.RIGHT, "x")))
    found = brought(content, bob)
    for _ in range(2):
        apply(found.packet, found.number, {}, user=bob)
    told = Notification.objects.filter(user=alice, text__contains="brought back")
    assert told.count() == 1


def test_a_second_click_makes_no_second_sheet(rfp: RFP, alice: User, bob: User) -> None:
    made = {make_packet(rfp, ids(rfp), user=alice, expert=bob).pk for _ in range(2)}
    assert len(made) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 no sheet", "no sheet"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 90, "picture"),
        (b"PK\x03\x04broken", "."),
        (b"a;b;c\n1;2;3\n", "heads"),
        (b"Question;Your answer;No.\nNever asked?;Yes;1\n", "No question of this sheet"),
    ],
)
def test_what_is_no_sheet_is_refused_with_a_sentence(
    content: bytes, why: str, packet: ExpertPacket, alice: User
) -> None:
    with pytest.raises(PacketRefused, match=why):
        brought(content, alice)


def test_judging_a_sheet_costs_the_same_queries_however_long_it_is(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    found = brought(sheet(packet, tmp_path, alice, says((1, Column.RIGHT, "x"))), alice)
    with django_assert_max_num_queries(6):
        plan_of(found.packet, found.number, alice)


def test_a_merge_that_takes_too_long_leaves_rows_for_the_next_and_does_none_twice(
    rfp: RFP, packet: ExpertPacket, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "SECONDS", 0.0)
    monkeypatch.setattr(bringing, "AT_LEAST", 1)
    said = [(number, Column.ANSWER, f"Ours, {number}.") for number in (1, 2)]
    found = brought(sheet(packet, tmp_path, alice, says(*said)), alice)
    first = apply(found.packet, found.number, {}, user=alice)
    assert (first.counts["done"], first.counts["changed"]) == (1, 1)
    second = apply(found.packet, found.number, {}, user=alice)
    assert (second.counts["done"], second.counts["changed"]) == (2, 0)
    assert [answer(rfp, number).text for number in (1, 2)] == ["Ours, 1.", "Ours, 2."]
    assert [answer(rfp, number).version for number in (1, 2)] == [2, 2]
