"""PDFs without lines around their cells: white, numbers and titles tell where things stand."""

from pathlib import Path

import pytest

from rfp_manager.importing import Questionnaire, QuestionnaireRefused, read_questionnaire
from rfp_manager.importing.pdf.document import read_document, room_of
from tests.rfp_manager.layouts_pdf import ASKED
from tests.rfp_manager.pdf_maker import Maker, Page

LONG = [ASKED[1], ASKED[0], ASKED[2], ASKED[5], ASKED[6], ASKED[4], ASKED[9], ASKED[3]]


def read(maker: Maker, folder: Path) -> Questionnaire:
    path = folder / "form.pdf"
    path.write_bytes(maker.data())
    return read_questionnaire(path, filename="form.pdf")


def asked(found: Questionnaire) -> list[tuple[str, str]]:
    return [(question.number.rstrip("."), question.text) for question in found.questions]


def counted(texts: list[str]) -> list[tuple[str, str]]:
    return [(str(number), text) for number, text in enumerate(texts, 1)]


def has_room(found: Questionnaire, folder: Path) -> bool:
    """Whether each answer can be written into the PDF."""
    document = read_document(folder / "form.pdf")
    places = [question.answer_place for question in found.questions]
    rooms = [room_of(document, place.sheet, place.row, place.column) for place in places]
    return bool(rooms) and all(room is not None and room.box is not None for room in rooms)


def titles(page: Page, y: float, *columns: tuple[float, str]) -> None:
    for x, text in columns:
        page.text(x, y, text, bold=True)


def wrapped(text: str, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width / 5:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def rows(page: Page, y: float, texts: list[str], *, place: float, white: float) -> float:
    """Numbered rows; `place`: of the height, where the number stands; `white`: between rows."""
    for number, text in enumerate(texts, 1):
        lines = wrapped(text, 200)
        page.text(50, y + place * 12 * (len(lines) - 1), str(number))
        for line in lines:
            page.text(90, y, line)
            y += 12
        y += white
    return y


@pytest.mark.parametrize(
    ("place", "white"), [(0.0, 9), (0.5, 9), (1.0, 9), (0.0, 0), (1.0, 0)],
    ids=["top", "middle", "bottom", "top without white", "bottom without white"],
)  # fmt: skip
def test_a_row_is_what_belongs_to_its_number_wherever_that_stands(
    place: float, white: float, tmp_path: Path
) -> None:
    maker = Maker()
    page = maker.page()
    titles(page, 60, (50, "No."), (90, "Question"), (360, "Answer"), (460, "Evidence"))
    rows(page, 84, LONG, place=place, white=white)
    found = read(maker, tmp_path)
    assert asked(found) == counted(LONG)
    assert has_room(found, tmp_path)


def test_rows_without_numbers_are_parted_by_white(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    titles(page, 60, (50, "Question"), (360, "Answer"))
    y = 84.0
    for text in LONG:
        y = page.wrapped(50, y, text, 220) + 8
    found = read(maker, tmp_path)
    assert [text for _, text in asked(found)] == LONG
    assert has_room(found, tmp_path)


def test_two_columns_full_of_text_are_a_table_if_they_have_titles(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    titles(page, 60, (50, "ID"), (90, "Question"), (260, "Guidance"), (440, "Response"))
    y = 84.0
    for number, text in enumerate(LONG, 1):
        page.text(50, y, f"Q-{number}")
        beside = "A good answer names people, dates and documents, and says where proof is kept."
        y = max(page.wrapped(90, y, text, 150), page.wrapped(260, y, beside, 160)) + 8
    found = read(maker, tmp_path)
    assert asked(found) == [(f"Q-{number}", text) for number, text in counted(LONG)]


def test_a_title_over_two_columns_leaves_them_apart(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    titles(page, 60, (50, "Ref"), (90, "Requirement"), (330, "Answer of supplier"), (450, "Notes"))
    titles(page, 78, (330, "Yes"), (400, "No"))
    rows(page, 96, LONG, place=0, white=8)
    read(maker, tmp_path)
    (table,) = read_document(tmp_path / "form.pdf").stacks
    assert len(table.edges) == 6
    assert [table.grid.cells.get((2, column)) for column in (3, 4)] == ["Yes", "No"]


def test_a_table_goes_on_over_pages_without_titles_running_lines_and_page_numbers(
    tmp_path: Path,
) -> None:
    maker, number = Maker(), 0
    for part in (0, 1):
        page = maker.page()
        y = 60.0
        if not part:
            titles(page, y, (50, "No."), (90, "Question"), (360, "Answer"))
            y += 24
        for text in LONG[part * 4 : part * 4 + 4]:
            number += 1
            page.text(50, y, str(number))
            y = page.wrapped(90, y, text, 220) + 10
        page.text(270, 810, f"Page {part + 1} of 2", size=8)
    found = read(maker, tmp_path)
    assert asked(found) == counted(LONG)
    assert all("Page" not in text for _, text in asked(found))


def test_a_question_that_the_end_of_the_page_cuts_is_one_row(tmp_path: Path) -> None:
    maker = Maker()
    first, second = maker.page(), maker.page()
    titles(first, 60, (50, "No."), (90, "Question"), (360, "Answer"))
    rows(first, 84, LONG, place=0, white=8)
    first.text(50, 780, "9")
    first.text(90, 780, "Describe how you make sure that people who")
    second.text(90, 50, "leave lose all their access rights at once.")
    second.text(50, 72, "10")
    second.text(90, 72, ASKED[7])
    found = read(maker, tmp_path)
    whole = "Describe how you make sure that people who leave lose all their access rights at once."
    assert asked(found) == counted([*LONG, whole, ASKED[7]])


def test_another_table_on_the_next_page_has_columns_of_its_own(tmp_path: Path) -> None:
    """Both are as wide, and their rows are parted by lines across."""
    maker = Maker()
    for extra in ([], [(90, "Topic")]):
        page, x = maker.page(), 160 if extra else 90
        titles(page, 60, (50, "No."), *extra, (x, "Question"), (400, "Answer"))
        y = 78.0
        page.rule(46, 56, 540, 56)
        for number, text in enumerate(LONG, 1):
            page.rule(46, y, 540, y)
            page.text(50, y + 4, str(number))
            if extra:
                page.text(90, y + 4, ("Operations", "Security")[number % 2])
            y = page.wrapped(x, y + 4, text, 210) + 4
        page.rule(46, y, 540, y)
    assert asked(read(maker, tmp_path)) == counted(LONG) * 2


def test_what_is_written_above_and_below_a_table_is_no_row_of_it(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    page.wrapped(50, 40, "Answers that refer to other documents will not be evaluated. " * 2, 480)
    titles(page, 90, (50, "No."), (95, "Question"), (370, "Max. points"), (440, "Answer"))
    y, number = 110.0, 0
    for section in (
        "A. Data protection and confidentiality of information",
        "B. Operations",
        "C. Organisation of the company and its subcontractors",
    ):
        page.text(50, y, section, bold=True)
        y += 18
        for text in LONG[number : number + 3]:
            number += 1
            page.text(50, y, str(number))
            page.text(390, y, str(number % 3 * 5))
            y = page.wrapped(95, y, text, 255) + 7
    y = page.wrapped(50, y + 14, "All statements above are true. False ones exclude us. " * 3, 480)
    page.text(50, y + 20, "Place, date: ____________")
    page.text(300, y + 20, "Signature: ____________")
    assert asked(read(maker, tmp_path)) == counted(LONG)


def test_lines_that_part_sections_only_leave_the_rows_to_their_numbers(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    y = 60.0
    for part in ("one", "two", "three"):
        page.rule(46, y - 4, 540, y - 4)
        titles(page, y, (50, "Ref"), (90, "Requirement"), (300, "Response"), (400, "Comment"))
        page.rule(46, y + 16, 540, y + 16)
        y = rows(page, y + 24, [f"{text} (Part {part})" for text in LONG[:5]], place=0.5, white=5)
        page.rule(46, y, 540, y)
        y += 10
    found = read(maker, tmp_path)
    assert [number for number, _ in asked(found)] == ["1", "2", "3", "4", "5"] * 3
    assert [text for _, text in asked(found)][:5] == [f"{text} (Part one)" for text in LONG[:5]]


def test_rows_beside_a_merged_cell_are_told_by_their_numbers(tmp_path: Path) -> None:
    """The lines between them reach over a few columns only."""
    maker = Maker()
    page = maker.page()
    columns = ((50, "Domain"), (130, "No."), (170, "Question"), (400, "Answer"))
    titles(page, 60, *columns)
    y = 82.0
    for place in (56.0, y - 4):
        page.rule(46, place, 540, place)
    for at, text in enumerate(LONG):
        if at % 2 == 0:
            page.text(50, y, f"Area {'ABCD'[at // 2]}")
        page.text(130, y, f"1.{at + 1}")
        y = page.wrapped(170, y, text, 200) + 6
        page.rule(46 if at % 2 else 165, y - 3, 540 if at % 2 else 390, y - 3)
    found = read(maker, tmp_path)
    assert asked(found) == [(f"1.{number}", text) for number, text in counted(LONG)]


def test_numbers_that_only_stand_apart_are_numbers(tmp_path: Path) -> None:
    maker = Maker()
    rows(maker.page(), 60, LONG, place=0, white=8)
    assert asked(read(maker, tmp_path)) == counted(LONG)


def test_codes_that_count_on_are_numbers(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    for at, text in enumerate(LONG):
        page.wrapped(50, 60 + at * 60, f"B{at + 1} {text}", 480)
        page.text(50, 90 + at * 60, "Response: " + "_" * 40)
    assert asked(read(maker, tmp_path)) == [(f"B{n}", text) for n, text in counted(LONG)]


def test_a_table_of_contents_without_dots_asks_nothing(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    for at, text in enumerate(["How is data protected?", "What about backups?", "Who is asked?"]):
        page.text(60, 60 + at * 16, f"{at + 1}")
        page.text(80, 60 + at * 16, text)
        page.text(500, 60 + at * 16, str(2 + at * 3))
    rows(page, 200, LONG, place=0, white=8)
    assert asked(read(maker, tmp_path)) == counted(LONG)


def test_a_question_over_the_room_for_its_answer_is_found_in_each_box(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    for at, text in enumerate(ASKED[2:6]):
        y = 60.0 + at * 130
        page.text(54, y + 4, f"Question {at + 1}")
        page.text(304, y + 4, "Weighting: 10 %")
        page.wrapped(54, y + 24, text, 470)
        page.text(54, y + 54, "Your response (max. 500 words)")
        for place in (0, 20, 50, 70, 110):
            page.rule(50, y + place, 540, y + place)
        for x in (50, 540):
            page.rule(x, y, x, y + 110)
        page.rule(300, y, 300, y + 20)
    found = read(maker, tmp_path)
    assert [text for _, text in asked(found)] == ASKED[2:6]
    assert has_room(found, tmp_path)


def test_one_coloured_area_beside_many_questions_is_shared_by_them(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    for at, text in enumerate((ASKED[2], ASKED[3], ASKED[4], ASKED[8])):
        page.text(60, 80 + at * 40, text)
    page.drawn.append(f"1 1 0 rg 400 {842 - 240} 140 165 re f 0 g")
    found = read(maker, tmp_path)
    assert len(found.questions) == 4
    assert has_room(found, tmp_path)
    document = read_document(tmp_path / "form.pdf")
    rooms = [paragraph.rooms[0].box for paragraph in document.paragraphs]
    assert len({box and box[2] for box in rooms}) == 4


def test_a_line_that_only_invites_to_write_is_room(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    for at, text in enumerate(ASKED[:4]):
        page.wrapped(60, 60 + at * 80, f"Question {at + 1}: {text}", 470)
        page.text(60, 86 + at * 80, "Guidance: a good answer names people and dates.", size=8)
        page.text(60, 112 + at * 80, "Click or tap here to enter text.")
    found = read(maker, tmp_path)
    assert [text for _, text in asked(found)] == ASKED[:4]
    assert has_room(found, tmp_path)


def test_a_sentence_on_a_new_line_though_it_had_room_is_a_paragraph(tmp_path: Path) -> None:
    demands = [
        "The supplier shall report each security incident to the buyer within a day.",
        "The supplier shall store all data of the buyer in the European Union only.",
        "The supplier shall delete all data of the buyer at the end of the contract.",
        "The supplier shall train its own staff in the protection of data each year.",
    ]
    maker = Maker()
    page = maker.page()
    page.text(60, 60, "Requirements to the bidder", size=16, bold=True)
    for at, text in enumerate(demands):
        page.text(60, 90 + at * 12, text)
    page.text(
        60,
        400,
        "This is the longest line of the page, and it tells where the others could end at most.",
    )
    found = read(maker, tmp_path)
    assert [text for _, text in asked(found)] == demands


def test_a_lead_in_takes_no_room_from_the_first_of_its_points(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    y = 60
    for part, texts in (("1. Protection of data:", ASKED[2:4]), ("2. People:", ASKED[7:9])):
        page.text(60, y, part)
        for letter, text in zip("ab", texts, strict=True):
            page.text(80, y + 16, f"({letter}) {text}")
            page.text(80, y + 32, "Answer: " + "." * 60)
            y += 50
        y += 30
    found = read(maker, tmp_path)
    assert [text for _, text in asked(found)] == [*ASKED[2:4], *ASKED[7:9]]
    assert has_room(found, tmp_path)


# -- what is no questionnaire --------------------------------------------------------------
def article(page: Page) -> None:
    text = "The survey of the coast was finished in spring. It covers the bays and islands. " * 9
    for x in (50, 310):
        page.wrapped(x, 80, text, 220)


def agenda(page: Page) -> None:
    titles(page, 60, (50, "Time"), (130, "Topic"), (380, "Speaker"))
    for at in range(10):
        page.text(50, 80 + at * 18, f"{9 + at}:00")
        page.text(130, 80 + at * 18, f"Report on the work of group {at + 1}")
        page.text(380, 80 + at * 18, "A. Meyer")


def prices(page: Page) -> None:
    titles(page, 60, (50, "Pos."), (90, "Description"), (350, "Quantity"), (440, "Unit price"))
    for at in range(10):
        for x, text in (
            (50, str(at + 1)),
            (90, "Licence for a year"),
            (350, "10"),
            (440, "120.00"),
        ):
            page.text(x, 80 + at * 18, text)


def glossary(page: Page) -> None:
    titles(page, 60, (50, "Term"), (180, "Meaning"))
    y = 80.0
    for at in range(10):
        page.text(50, y, f"Term {'ABCDEFGHIJ'[at]}")
        y = page.wrapped(180, y, "A word that is used for a thing told from other things.", 200) + 8


@pytest.mark.parametrize("make", [article, agenda, prices, glossary])
def test_pages_that_ask_nothing_are_no_questionnaire_however_they_are_set(
    make: object, tmp_path: Path
) -> None:
    maker = Maker()
    make(maker.page())  # type: ignore[operator]
    with pytest.raises(QuestionnaireRefused):
        read(maker, tmp_path)
