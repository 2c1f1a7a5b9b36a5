"""What programs write into a PDF sign by sign becomes lines as a person reads them."""

from pathlib import Path

from rfp_manager.importing.pdf.document import read_document
from rfp_manager.importing.pdf.heights import on_their_heights
from rfp_manager.importing.pdf.model import Part, PartCell, PartRow
from rfp_manager.importing.pdf.spacing import as_read
from solution_library.parsing.pdf_lines import Box, TextLine, Word
from tests.rfp_manager.pdf_maker import Maker


def line(*words: tuple[str, float, float], at: float = 100.0, order: int = 0) -> TextLine:
    return TextLine([Word(text, x, end, 0) for text, x, end in words], at, at - 10, order=order)


def test_ideographs_that_were_written_one_by_one_are_one_word() -> None:
    written = [line((sign, 50 + 7 * at, 56 + 7 * at)) for at, sign in enumerate("機能要件")]
    assert [found.text for found in as_read(written)] == ["機能要件"]


def test_ideographs_of_two_cells_stay_apart() -> None:
    written = [
        line(("要", 50, 56)),
        line(("件", 57, 63)),
        line(("必", 72, 78)),
        line(("須", 79, 85)),
    ]
    assert [found.text for found in as_read(written)] == ["要件", "必須"]


def test_boxes_to_tick_stand_before_their_words_whenever_they_were_written() -> None:
    written = line(("☐", 50, 60), ("☐", 90, 100), ("Yes", 64, 84), ("No", 104, 120))
    assert as_read([written])[0].text == "☐ Yes ☐ No"


def test_the_full_stop_of_a_line_from_the_right_ends_it() -> None:
    written = line((".الدخول", 80, 120), ("الموحد", 50, 76))
    assert as_read([written])[0].text == "الدخول الموحد."


def test_words_at_other_heights_are_other_lines() -> None:
    """PDFium takes "No. Question 1 Do" for one line, if 1 was written right after Question."""
    heights = {0: 100.0, 4: 100.0, 13: 76.0, 15: 76.0}
    found = on_their_heights(
        [
            TextLine(
                [Word("No.", 50, 66, 0), Word("Question", 90, 130, 4), Word("1", 50, 56, 13),
                 Word("Do", 90, 103, 15)], 100, 90,
            )
        ],
        lambda place: (0.0, 5.0, heights[place], heights[place] - 10),
    )  # fmt: skip
    assert [part.text for part in found] == ["No. Question", "1 Do"]


def test_digits_below_each_other_are_numbers_of_their_own() -> None:
    def box_of(place: int) -> Box:
        return 50.0, 56.0, 100.0 - 20 * place, 90.0 - 20 * place

    found = on_their_heights([TextLine([Word("234", 50, 56, 0)], 100, 90)], box_of)
    assert [part.text for part in found] == ["2", "3", "4"]


def test_narrow_letters_side_by_side_stay_one_word() -> None:
    def box_of(place: int) -> Box:
        return 50.0 + 2 * place, 52.0 + 2 * place, 100.0, 90.0

    found = on_their_heights([TextLine([Word("ill", 50, 56, 0)], 100, 90)], box_of)
    assert [part.text for part in found] == ["ill"]


def test_a_table_from_the_right_has_its_first_column_there() -> None:
    box = (0.0, 1.0, 1.0, 0.0)
    row = PartRow(100, 90, {0: PartCell("", box), 1: PartCell("هل لديكم سياسة؟", box)})
    row.cells[2] = PartCell("1", box)
    part = Part(1, [0, 100, 200, 220], [row], 0, ruled=True)
    part.from_the_right()
    assert row.texts == {0: "1", 1: "هل لديكم سياسة؟"}


def test_the_number_of_a_page_is_none_of_a_row(tmp_path: Path) -> None:
    maker = Maker()
    for number in (1, 2):
        page = maker.page()
        page.text(60, 100, "What stands on this page is of no use here, and it is not asked.")
        page.text(270, 812, f"- {number} -", size=8)
    path = tmp_path / "form.pdf"
    path.write_bytes(maker.data())
    document = read_document(path)
    assert [paragraph.running for paragraph in document.paragraphs] == [False, True] * 2
