"""A Word form comes back with the answers in it and nothing else changed."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from rfp_manager.exporting import ExportRefused, Fill, UntouchedReport, fill
from rfp_manager.importing import read_questionnaire
from rfp_manager.importing.types import Place
from rfp_manager.importing.word.document import read_document
from tests.rfp_manager.layouts_word import LAYOUTS, make
from tests.rfp_manager.word_world import (
    Form,
    cell,
    drop_down,
    old_box,
    paragraph,
    run,
    save,
    table,
    text_control,
    tick_box,
)

MAIN = "word/document.xml"
TEXTS = ['Yes: <b> & "quotes"\nand a second line', "=1+1", " blanks ", "日本語 😀 é", "a\ttab\n\nb"]
ASKING = [name for name in LAYOUTS if make(name).asks]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def filled(source: Path, *fills: tuple[str, int, int, str]) -> tuple[Path, UntouchedReport]:
    out = source.with_name("out.docx")
    given = [Fill(Place(sheet, row, column), text) for sheet, row, column, text in fills]
    return out, fill(source, fills=given, out=out)


def main_part(path: Path) -> str:
    return parts(path)[MAIN].decode()


def doc(folder: Path, *pieces: str) -> Path:
    return save(folder / "form.docx", "".join(pieces))


def fill_all(form: Form, folder: Path) -> tuple[Path, Path, dict[Place, str]]:
    source, out = form.save(folder / "form.docx"), folder / "filled.docx"
    found = read_questionnaire(source, filename="form.docx")
    texts = {}
    for n, question in enumerate(found.questions):
        choices = question.allowed_choices
        texts[question.answer_place] = choices[-1] if choices else TEXTS[n % len(TEXTS)]
        if question.comment_place:
            texts[question.comment_place] = TEXTS[(n + 1) % len(TEXTS)]
    report = fill(source, fills=[Fill(p, t) for p, t in texts.items()], out=out)
    assert report.untouched
    return source, out, texts


@pytest.mark.parametrize("name", ASKING)
def test_whatever_the_form_all_answers_can_be_read_and_all_other_words_stay(
    name: str, tmp_path: Path
) -> None:
    source, out, texts = fill_all(make(name), tmp_path)
    before, after = words(source), words(out)
    assert [word for word in before if word not in after] == []
    shown = " ".join(after)
    for text in texts.values():
        assert " ".join(text.split()) in shown


def words(path: Path) -> list[str]:
    """All words of the text in order, without what only waits to be written over."""
    root = etree.fromstring(parts(path)[MAIN])
    lines = []
    for p in root.iter(f"{W}p"):
        pieces = [" " if e.tag in (f"{W}br", f"{W}tab") else e.text or ""
                  for e in p.iter(f"{W}t", f"{W}br", f"{W}tab")]  # fmt: skip
        lines.append("".join(pieces))
    flat = re.sub(r"Click or tap here to enter text\.|Choose an item\.|\[Insert response here\]|_{2,}|[☐☒]", " ",
                  "\n".join(lines))  # fmt: skip
    return flat.split()


@pytest.mark.parametrize("name", ASKING)
def test_only_the_text_part_differs_and_a_second_reading_finds_the_same_questions(
    name: str, tmp_path: Path
) -> None:
    source, out, _ = fill_all(make(name), tmp_path)
    before, after = parts(source), parts(out)
    assert list(before) == list(after)
    assert {part for part in before if before[part] != after[part]} == {MAIN}


def test_without_answers_the_copy_is_the_same_file(tmp_path: Path) -> None:
    source = doc(tmp_path, paragraph("Text"), table(["Question", "Answer"]))
    out, report = filled(source)
    assert out.read_bytes() == source.read_bytes()
    assert report.untouched


def test_a_cell_keeps_its_own_look(tmp_path: Path) -> None:
    look = '<w:p><w:pPr><w:jc w:val="right"/><w:rPr><w:sz w:val="18"/></w:rPr></w:pPr></w:p>'
    out, _ = filled(doc(tmp_path, table(["Do you?", cell(look)])), ("Table 1", 1, 2, "Yes"))
    assert (
        '<w:p><w:pPr><w:jc w:val="right"/></w:pPr><w:r><w:rPr><w:sz w:val="18"/></w:rPr>'
        '<w:t xml:space="preserve">Yes</w:t></w:r></w:p></w:tc>'
    ) in main_part(out)


def test_an_empty_cell_without_a_look_takes_the_letters_of_its_neighbour(tmp_path: Path) -> None:
    left = cell(paragraph("Do you?", run_properties='<w:b/><w:sz w:val="16"/>'))
    out, _ = filled(doc(tmp_path, table([left, ""])), ("Table 1", 1, 2, "Yes"))
    assert '<w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t xml:space="preserve">Yes' in main_part(out)


def test_every_byte_outside_of_the_answer_stays(tmp_path: Path) -> None:
    odd = "<w:p  ><w:r><w:t>odd &#8211; but  valid</w:t></w:r><!-- kept --></w:p>"
    source = doc(tmp_path, odd, table(["Do you?", ""]), odd)
    out, _ = filled(source, ("Table 1", 1, 2, "Yes"))
    old, new = main_part(source), main_part(out)
    written = '<w:p><w:r><w:t xml:space="preserve">Yes</w:t></w:r></w:p>'
    assert new.replace(written, "<w:p></w:p>") == old


def test_a_drop_down_shows_the_chosen_entry_and_no_prompt(tmp_path: Path) -> None:
    source = doc(tmp_path, table(["Met?", cell(paragraph(inside=drop_down("Yes", "No")))]))
    out, _ = filled(source, ("Table 1", 1, 2, "No"))
    assert "showingPlcHdr" not in main_part(out)
    assert "Choose an item.</w:t>" not in main_part(out)
    assert read_document(out).tables["Table 1"].cells[1, 2].text == "No"
    assert 'w:displayText="Yes"' in main_part(out)


def test_a_box_control_is_ticked_and_its_state_kept(tmp_path: Path) -> None:
    boxes = paragraph(inside=tick_box() + run(" Yes ") + tick_box(ticked=True) + run(" No"))
    out, _ = filled(doc(tmp_path, table(["Met?", cell(boxes)])), ("Table 1", 1, 2, "Yes"))
    assert re.findall(r'checked w14:val="(\d)"', main_part(out)) == ["1", "0"]
    assert read_document(out).tables["Table 1"].cells[1, 2].text == "☒ Yes ☐ No"


def test_a_box_of_an_old_form_field_is_ticked(tmp_path: Path) -> None:
    boxes = paragraph(inside=old_box() + run(" Yes ") + old_box() + run(" No"))
    out, _ = filled(doc(tmp_path, table(["Met?", cell(boxes)])), ("Table 1", 1, 2, "No"))
    assert main_part(out).count("<w:checked/>") == 1
    assert read_document(out).tables["Table 1"].cells[1, 2].text == "☐ Yes ☒ No"


def test_a_box_made_of_letters_of_a_symbol_font_is_ticked(tmp_path: Path) -> None:
    sign = '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>'
    boxes = cell(paragraph(inside=sign + run(" Yes ") + sign + run(" No")))
    out, _ = filled(doc(tmp_path, table(["Met?", boxes])), ("Table 1", 1, 2, "Yes"))
    assert re.findall(r'w:char="(\w+)"', main_part(out)) == ["F0FE", "F0A8"]


def test_of_boxes_in_lines_of_their_own_only_the_chosen_one_is_ticked(tmp_path: Path) -> None:
    form = make("fourth_a_box_in_each_line_below")
    source = form.save(tmp_path / "form.docx")
    asked = read_questionnaire(source, filename="form.docx").questions[1]
    row, column = asked.further_places["ticks"]["Partly"]
    out, report = filled(source, (asked.place.sheet, row, column, "X"))
    assert report.untouched
    assert main_part(out).count("☒") == main_part(out).count("☒ Partly") == 1


def test_a_text_beside_boxes_stands_below_them(tmp_path: Path) -> None:
    source = doc(tmp_path, table(["Met?", "☐ Yes ☐ No"]))
    out, _ = filled(source, ("Table 1", 1, 2, "Only in part"))
    assert read_document(out).tables["Table 1"].cells[1, 2].text == "☐ Yes ☐ No\nOnly in part"


def test_a_text_control_is_filled_and_keeps_its_place(tmp_path: Path) -> None:
    source = doc(tmp_path, paragraph("Name: ", inside=text_control()))
    out, _ = filled(source, ("Text", 1, 1, "Northwind Ltd"))
    assert "<w:sdt>" in main_part(out)
    assert "showingPlcHdr" not in main_part(out)
    assert read_document(out).paragraphs[1].text == "Name: Northwind Ltd"


def test_a_control_bound_to_another_part_is_freed_so_that_word_shows_the_answer(
    tmp_path: Path,
) -> None:
    bound = text_control().replace("<w:text/>", '<w:dataBinding w:xpath="/x"/><w:text/>')
    out, _ = filled(doc(tmp_path, paragraph(inside=bound)), ("Text", 1, 1, "Mine"))
    assert "dataBinding" not in main_part(out)


def test_an_answer_takes_the_place_of_the_line_to_write_on(tmp_path: Path) -> None:
    source = doc(tmp_path, paragraph("Company name: ____________"), paragraph("Answer:"))
    out, _ = filled(source, ("Text", 1, 1, "Northwind"), ("Text", 2, 1, "Yes.\nAlways."))
    found = read_document(out).paragraphs
    assert [p.text for p in found.values()] == ["Company name: Northwind", "Answer: Yes.\nAlways."]


def test_an_answer_after_a_paragraph_is_a_new_one_without_its_number_or_heading(
    tmp_path: Path,
) -> None:
    asked = paragraph("Describe it.", style="Heading2", num=(2, 0), run_properties="<w:b/>")
    out, _ = filled(doc(tmp_path, asked, paragraph("End")), ("Text", 1, 2, "It works."))
    found = read_document(out).paragraphs
    assert [p.text for p in found.values()] == ["Describe it.", "It works.", "End"]
    assert (found[2].level, found[2].label, found[2].bold) == (0, "", False)


@settings(max_examples=20, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(texts=st.lists(st.text(min_size=1, max_size=60), min_size=3, max_size=3))
def test_any_text_can_be_written_and_read_again(texts: list[str], tmp_path: Path) -> None:
    source = doc(tmp_path, paragraph("Answer:"), table(["Q", ""]), paragraph("End"))
    places = [("Text", 1, 1), ("Table 1", 1, 2), ("Text", 2, 2)]
    _, report = filled(source, *((*place, text) for place, text in zip(places, texts, strict=True)))
    assert report.untouched


def test_arabic_answers_run_from_right_to_left(tmp_path: Path) -> None:
    out, _ = filled(doc(tmp_path, table(["Q", ""])), ("Table 1", 1, 2, "نعم، دائما"))
    assert "<w:bidi/>" in main_part(out)
    assert "<w:rtl/>" in main_part(out)


def test_control_characters_are_shown_and_reported(tmp_path: Path) -> None:
    out, report = filled(doc(tmp_path, table(["Q", ""])), ("Table 1", 1, 2, "a\x07b"))
    assert read_document(out).tables["Table 1"].cells[1, 2].text == "a␇b"
    assert [c.character for c in report.changed] == ["U+0007"]


def test_the_box_below_a_paragraph_takes_its_answer(tmp_path: Path) -> None:
    source = doc(tmp_path, paragraph("Describe it."), table([""]), paragraph("End"))
    out, report = filled(source, ("Text", 1, 3, "Here."))
    assert read_document(out).tables["Table 1"].cells[1, 1].text == "Here."
    assert report.untouched
    with pytest.raises(ExportRefused, match="no box below paragraph 2"):
        filled(source, ("Text", 2, 3, "Nowhere."))


def test_a_row_without_room_takes_the_answer_below_its_question(tmp_path: Path) -> None:
    source = doc(tmp_path, table(["M1", "It must work all day long.", "Must"]))
    out, _ = filled(source, ("Table 1", 1, 4, "It does."))
    cells = read_document(out).tables["Table 1"].cells
    assert cells[1, 2].text == "It must work all day long.\nIt does."
    assert cells[1, 3].text == "Must"


def test_merged_cells_are_filled_at_their_first(tmp_path: Path) -> None:
    rows = [["Q", cell("", merge="top")], ["R", cell("", merge="on")]]
    out, _ = filled(doc(tmp_path, table(*rows)), ("Table 1", 2, 2, "both"))
    assert read_document(out).tables["Table 1"].cells[1, 2].text == "both"


def test_a_place_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    source = doc(tmp_path, paragraph("Text"))
    with pytest.raises(ExportRefused, match="import it again"):
        filled(source, ("Table 9", 1, 1, "x"))
    with pytest.raises(ExportRefused, match="import it again"):
        filled(source, ("Text", 7, 1, "x"))
    assert [p.name for p in tmp_path.iterdir()] == ["form.docx"]


def test_macros_stay_as_they_are(tmp_path: Path) -> None:
    macro = {"word__vbaProject.bin": "not run"}
    source = save(tmp_path / "form.docm", table(["Q", ""]), **macro)
    out, report = filled(source, ("Table 1", 1, 2, "Yes"))
    assert parts(out)["word/vbaProject.bin"] == b"not run"
    assert report.untouched


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_a_filled_form(tmp_path: Path) -> None:
    _, out, _ = fill_all(make("controls_to_tick_on_the_line_below"), tmp_path)
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", "txt:Text", "--outdir", tmp_path, out],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert "☒ No" in (tmp_path / "filled.txt").read_text(encoding="utf-8-sig")
