"""Answers come after the buyer's own bytes, can be read again, and are never cut."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdfium2 import PdfDocument

from rfp_manager.exporting import ExportRefused, Fill, UntouchedReport, fill
from rfp_manager.exporting.pdf.child import compare
from rfp_manager.exporting.pdf.fonts import FontSet, ordered
from rfp_manager.exporting.pdf.layout import fit, wrap
from rfp_manager.importing import read_questionnaire
from rfp_manager.importing.pdf.fields import leaves
from rfp_manager.importing.pdf.opening import open_objects
from rfp_manager.importing.types import FoundQuestion, Place
from tests.rfp_manager.layouts_pdf import LAYOUTS
from tests.rfp_manager.pdf_maker import Maker

ANSWER = "Yes, with AES-256. Größe, żółć, Ответ, ελληνικά: all of it."
LONG = "This answer is far longer than the room that the form leaves for it. " * 40


def filled(
    name: str, folder: Path, *, text: str = ANSWER, stream_table: bool = False
) -> tuple[UntouchedReport, Path, Path, list[FoundQuestion]]:
    form = LAYOUTS[name]()
    form.maker.stream_table = stream_table
    source, out = folder / "form.pdf", folder / "out.pdf"
    source.write_bytes(form.maker.data())
    questions = read_questionnaire(source, filename="form.pdf").questions
    fills = [
        Fill(q.answer_place, q.allowed_choices[-1] if q.allowed_choices else text)
        for q in questions
    ]
    return fill(source, fills=fills, out=out), source, out, questions


def values(path: Path) -> dict[str, str]:
    reader = open_objects(path)
    assert reader is not None
    return {name: str(node.get("/V", "")) for name, node in leaves(reader)}


def annex(source: Path, out: Path) -> str:
    old, new = PdfDocument(source), PdfDocument(out)
    pages = [new[n].get_textpage().get_text_range() for n in range(len(old), len(new))]
    return " ".join(" ".join(pages).split())


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_buyers_file_is_the_beginning_of_the_filled_one(name: str, tmp_path: Path) -> None:
    report, source, out, questions = filled(name, tmp_path)
    assert out.read_bytes().startswith(source.read_bytes())
    assert report.untouched and not report.problems
    assert report.answers_written == len(questions)


@pytest.mark.parametrize("name", ["table_with_rules", "table_with_fields", "boxes_to_tick"])
def test_a_file_with_a_table_of_references_as_stream_is_filled_like_any_other(
    name: str, tmp_path: Path
) -> None:
    report, source, out, _ = filled(name, tmp_path, stream_table=True)
    assert report.untouched and out.read_bytes().startswith(source.read_bytes())


@pytest.mark.parametrize("name", ["lines_to_write_on", "table_with_rules", "table_with_fields"])
def test_the_filled_file_asks_the_same_questions_again(name: str, tmp_path: Path) -> None:
    _, _, out, questions = filled(name, tmp_path, text="Yes.")
    again = read_questionnaire(out, filename="out.pdf").questions
    assert {q.text for q in questions} <= {q.text for q in again}


def test_fields_hold_their_answers(tmp_path: Path) -> None:
    _, _, out, _ = filled("fields_below_questions", tmp_path)
    assert set(values(out).values()) == {ANSWER}


def test_the_chosen_one_of_several_buttons_is_on_and_the_others_are_off(tmp_path: Path) -> None:
    _, _, out, _ = filled("buttons_of_which_one_is_chosen", tmp_path)
    reader = open_objects(out)
    assert reader is not None
    for _, node in leaves(reader):
        assert node["/V"] == "/Planned"
        assert [kid.get_object()["/AS"] for kid in node["/Kids"]] == ["/Off", "/Off", "/Planned"]


def test_boxes_to_tick_are_ticked_one_for_each_question(tmp_path: Path) -> None:
    _, _, out, _ = filled("boxes_to_tick", tmp_path)
    ticked = {name for name, value in values(out).items() if value == "/On"}
    assert ticked == {f"q{n}No" for n in range(1, 6)}


def test_a_choice_is_stored_as_the_form_stores_it(tmp_path: Path) -> None:
    _, _, out, _ = filled("table_with_fields", tmp_path)
    assert {value for name, value in values(out).items() if name.startswith("a")} == {"N/A"}


@pytest.mark.parametrize("name", ["lines_to_write_on", "table_with_rules", "a_plain_list"])
def test_what_finds_no_room_stands_whole_in_the_annex(name: str, tmp_path: Path) -> None:
    report, source, out, questions = filled(name, tmp_path, text=LONG)
    shown = annex(source, out)
    assert shown.count(LONG.strip()) == len(questions)
    assert any("annex" in note for note in report.notes)


def test_an_answer_longer_than_its_field_may_be_is_whole_in_the_annex(tmp_path: Path) -> None:
    _, source, out, questions = filled("fields_below_questions", tmp_path, text=LONG)
    assert all(len(value) <= 400 for value in values(out).values())
    assert annex(source, out).count(LONG.strip()) == len(questions)


def test_pages_before_the_annex_stay_as_they_were(tmp_path: Path) -> None:
    _, source, out, _ = filled("table_with_rules", tmp_path, text=LONG)
    seen = compare(out, source.stat().st_size)
    assert seen["problems"] == [] and seen["pages"] > 1


def test_a_second_export_of_the_same_answers_is_the_same_file(tmp_path: Path) -> None:
    _, _, out, _ = filled("table_with_rules", tmp_path)
    first = out.read_bytes()
    filled("table_with_rules", tmp_path)
    assert out.read_bytes() == first


def test_a_place_that_the_pdf_does_not_have_is_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    source, out = tmp_path / "form.pdf", tmp_path / "out.pdf"
    source.write_bytes(LAYOUTS["table_with_rules"]().maker.data())
    with pytest.raises(ExportRefused, match="no place"):
        fill(source, fills=[Fill(Place("Table 9", 1, 1), "Yes")], out=out)
    assert not out.exists()


def test_characters_without_a_font_are_named_and_kept_as_text(tmp_path: Path) -> None:
    text = "Yes \U00013000"  # a hieroglyph: no usual font has it
    report, source, out, _ = filled("table_with_rules", tmp_path, text=text)
    assert {change.character for change in report.changed} == {"U+13000"}
    seen = compare(out, source.stat().st_size)
    assert all(entry[1] == text for entry in seen["annotations"])


def test_the_second_copy_of_a_forms_fields_does_not_hide_the_answers(tmp_path: Path) -> None:
    maker = Maker(form="/XFA (old)")
    page = maker.page()
    page.text(60, 100, "Describe your backups:")
    page.field(260, 98, 200, 16, "a")
    source, out = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(maker.data())
    place = read_questionnaire(source, filename="a.pdf").questions[0].answer_place
    report = fill(source, fills=[Fill(place, "Daily")], out=out)
    assert any("XFA" in note for note in report.notes)
    reader = open_objects(out)
    assert reader is not None and "/XFA" not in reader.trailer["/Root"]["/AcroForm"]


# -- text in boxes ------------------------------------------------------------------------
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=300))
def test_wrapping_loses_no_character_and_keeps_to_the_width(text: str) -> None:
    fonts = FontSet()
    lines = wrap(text, 120, 9, fonts)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(fonts.width(line.strip(), 9) <= 121 or len(line.strip()) == 1 for line in lines)


def test_a_text_is_made_smaller_before_any_of_it_is_left_out() -> None:
    fonts, text = FontSet(), "one two three four five six seven eight nine ten " * 4
    large = fit(text, 200, 200, fonts, note="more")
    small = fit(text, 200, 40, fonts, note="more")
    none = fit(text, 200, 14, fonts, note="more")
    assert large.whole and small.whole and large.size > small.size
    assert not none.whole and none.lines[-1] == "more"


def test_text_from_right_to_left_is_put_in_the_order_in_which_it_is_seen() -> None:
    assert ordered("abc שלום def") == [("abc ", False), ("שלום", True), (" def", False)]
    assert [part for part, _ in ordered("שלום abc עולם")] == [" עולם", "abc", "שלום "]
