"""Whatever layout a buyer chose, the questions and their answer cells are found."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from rfp_manager.importing import Questionnaire, read_questionnaire

ASKED = [
    "Do you encrypt customer data at rest?",
    "Describe your incident response process.",
    "The provider shall notify the customer within 72 hours of a breach.",
    "How often are access rights reviewed?",
    "Please list all certifications currently held.",
    "Is multi-factor authentication enforced for administrators?",
]
GERMAN = [
    "Werden Kundendaten verschlüsselt gespeichert?",
    "Beschreiben Sie Ihren Prozess bei Sicherheitsvorfällen.",
    "Der Auftragnehmer muss Vorfälle innerhalb von 72 Stunden melden.",
    "Wie oft werden Zugriffsrechte überprüft?",
]
FRENCH = [
    "Les données sont-elles chiffrées au repos ?",
    "Décrivez votre processus de gestion des incidents.",
    "Le prestataire doit notifier le client sous 72 heures.",
]
SPANISH = [
    "¿Se cifran los datos en reposo?",
    "Describa su proceso de respuesta a incidentes.",
    "El proveedor deberá notificar al cliente en 72 horas.",
]


@dataclass
class Expected:
    """What a layout must yield: text -> (answer cell, comment cell or None)."""

    questions: dict[str, tuple[str, str | None]]


Layout = Callable[[Workbook], Expected]
LAYOUTS: dict[str, Layout] = {}


def layout(build: Layout) -> Layout:
    LAYOUTS[build.__name__] = build
    return build


def put(sheet: Worksheet, *rows: list[object]) -> None:
    for row in rows:
        sheet.append(row)


def first(book: Workbook, title: str = "Questionnaire") -> Worksheet:
    sheet = book.worksheets[0]
    sheet.title = title
    return sheet


def expect(texts: list[str], start: int, answer: str, comment: str | None) -> Expected:
    return Expected(
        {
            text: (f"{answer}{row}", f"{comment}{row}" if comment else None)
            for row, text in enumerate(texts, start=start)
        }
    )


@layout
def plain_header_in_the_first_row(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["No.", "Question", "Answer", "Comments"])
    put(sheet, *([n, text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 2, "C", "D")


@layout
def title_rows_above_the_header(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Vendor Security Assessment"], ["Acme Corp"], [])
    put(sheet, ["Please complete all questions below and return this file by Friday."], [])
    put(sheet, ["Company name:", "", ""], ["Date completed:", "", ""], [])
    put(sheet, ["Ref", "Requirement", "Supplier Response"])
    put(sheet, *([f"R{n}", text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 10, "C", None)


@layout
def header_over_two_rows(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["ID", "Question", "Vendor response", None], [None, None, "Answer", "Comments"])
    for area in ("A1:A2", "B1:B2", "C1:D1"):
        sheet.merge_cells(area)
    put(sheet, *([f"1.{n}", text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 3, "C", "D")


@layout
def answer_left_of_the_question(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["ID", "Response", "Question", "Remarks"])
    put(sheet, *([n, None, text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 2, "B", "D")


@layout
def comment_left_of_the_answer(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["ID", "Question", "Comments", "Answer"])
    put(sheet, *([n, text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 2, "D", "C")


@layout
def answers_from_last_year(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["ID", "Question", "Answer", "Comments"])
    prose = "We do. Our policy requires that every system must be reviewed each year. "
    put(sheet, *([n, text, prose * n, "See policy"] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 2, "C", "D")


@layout
def yes_no_column_and_comments(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["#", "Security question", "Yes/No/NA", "Comments"])
    put(sheet, *([n, text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 2, "C", "D")


@layout
def caiq_like(book: Workbook) -> Expected:
    sheet = first(book, "CAIQ")
    put(sheet, ["CONSENSUS ASSESSMENTS INITIATIVE QUESTIONNAIRE"])
    put(sheet, ["Question ID", "Question", "CSP CAIQ Answer", "SSRM Control Ownership",
                "CSP Implementation Description (Optional/Recommended)",
                "CSC Responsibilities (Optional/Recommended)", "CCM Control ID",
                "CCM Control Specification", "CCM Control Title", "CCM Domain Title"])  # fmt: skip
    for n, text in enumerate(ASKED, 1):
        put(sheet, [f"A&A-01.{n}", text, None, None, None, None, "A&A-01",
                    f"Establish and maintain policy number {n}; review it at least annually.",
                    "Audit Policy", "Audit & Assurance"])  # fmt: skip
    return expect(ASKED, 3, "C", "E")


@layout
def older_caiq_with_ticks(book: Workbook) -> Expected:
    sheet = first(book, "CAIQ 3")
    put(sheet, ["Control Group", "CGID", "CID", "Control Specification",
                "Consensus Assessment Questions", "Consensus Assessment Answers", None, None,
                "Notes"])  # fmt: skip
    put(sheet, [None, None, None, None, None, "Yes", "No", "Not Applicable"])
    sheet.merge_cells("F1:H1")
    for n, text in enumerate(ASKED, 1):
        spec = (
            "Applications shall be designed in accordance with industry standards."
            if n == 1
            else None
        )
        put(sheet, ["Application Security", "AIS-01", f"AIS-01.{n}", spec, text])
    sheet.merge_cells("D3:D8")
    sheet.merge_cells("B3:B8")
    return expect(ASKED, 3, "F", "I")


@layout
def sig_like(book: Workbook) -> Expected:
    about = first(book, "Instructions")
    put(about, ["How to use this workbook"], ["Select an answer for each question on every tab."],
        ["Please provide additional information where necessary."])  # fmt: skip
    sheet = book.create_sheet("A. Risk Management")
    put(sheet, ["A. Risk Assessment and Treatment"], [])
    put(sheet, ["Ques Num", "Question/Request", "Response", "Additional Information",
                "AUP 2019 Reference", "ISO 27002:2013 Relevance"])  # fmt: skip
    put(
        sheet,
        *([f"A.{n}", text, None, None, "A.1 IT Risk", "5.1"] for n, text in enumerate(ASKED, 1)),
    )
    return expect(ASKED, 4, "C", "D")


@layout
def vsa_like_with_sections(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Id", "Question", "Answer", "Evidence"])
    put(sheet, ["1", "Data Protection"])
    put(sheet, ["1.1", ASKED[0]], ["1.2", ASKED[1]], ["1.3", ASKED[2]])
    put(sheet, ["2", "Access Control"])
    put(sheet, ["2.1", ASKED[3]], ["2.2", ASKED[5]])
    return Expected(
        {
            ASKED[0]: ("C3", "D3"),
            ASKED[1]: ("C4", "D4"),
            ASKED[2]: ("C5", "D5"),
            ASKED[3]: ("C7", "D7"),
            ASKED[5]: ("C8", "D8"),
        }
    )


@layout
def merged_banners(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["No", "Requirement", "Compliance", "Details"])
    put(sheet, ["Encryption"], [1, ASKED[0]], ["Operations"], [2, ASKED[1]], [3, ASKED[2]])
    sheet.merge_cells("A2:D2")
    sheet.merge_cells("A4:D4")
    return Expected({ASKED[0]: ("C3", "D3"), ASKED[1]: ("C5", "D5"), ASKED[2]: ("C6", "D6")})


@layout
def no_header_at_all(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, *([text] for text in ASKED))
    return expect(ASKED, 1, "B", None)


@layout
def no_header_with_numbers(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Security questions for our suppliers"], [])
    put(sheet, *([f"{n}.", text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 3, "C", None)


@layout
def german(book: Workbook) -> Expected:
    sheet = first(book, "Fragebogen")
    put(sheet, ["Lieferantenfragebogen"], ["Lfd. Nr.", "Frage", "Antwort", "Bemerkungen"])
    put(sheet, *([n, text] for n, text in enumerate(GERMAN, 1)))
    return expect(GERMAN, 3, "C", "D")


@layout
def french(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["N°", "Exigence", "Réponse du soumissionnaire", "Commentaires"])
    put(sheet, *([n, text] for n, text in enumerate(FRENCH, 1)))
    return expect(FRENCH, 2, "C", "D")


@layout
def spanish(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Nº", "Pregunta", "Respuesta", "Observaciones"])
    put(sheet, *([n, text] for n, text in enumerate(SPANISH, 1)))
    return expect(SPANISH, 2, "C", "D")


@layout
def two_languages_in_one_header(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Nr. / No.", "Frage / Question", "Antwort / Answer", "Bemerkung / Comment"])
    put(sheet, *([n, text] for n, text in enumerate(GERMAN, 1)))
    return expect(GERMAN, 2, "C", "D")


@layout
def two_tables_on_one_sheet(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Part A"], ["No", "Question", "Answer"])
    put(sheet, [1, ASKED[0]], [2, ASKED[1]], [], ["Part B"])
    put(sheet, ["No", "Category", "Question", "Weight", "Response"])
    put(sheet, [1, "Legal", ASKED[2], 5], [2, "Access", ASKED[3], 3])
    return Expected(
        {
            ASKED[0]: ("C3", None),
            ASKED[1]: ("C4", None),
            ASKED[2]: ("E8", None),
            ASKED[3]: ("E9", None),
        }
    )


@layout
def section_titles_in_repeated_headers(book: Workbook) -> Expected:
    sheet = first(book, "HECVAT")
    put(sheet, ["Higher Education Vendor Assessment"], [])
    header = ["Vendor Answers", "Additional Information", "Guidance"]
    put(sheet, ["Company Overview", None, *header])
    put(sheet, ["COMP-01", ASKED[0], None, None, "Include the algorithm."], ["COMP-02", ASKED[1]])
    put(sheet, ["Documentation", None, *header])
    put(sheet, ["DOCU-01", ASKED[3]], ["DOCU-02", ASKED[4]])
    sheet.merge_cells("A3:B3")
    sheet.merge_cells("A6:B6")
    return Expected(
        {
            ASKED[0]: ("C4", "D4"),
            ASKED[1]: ("C5", "D5"),
            ASKED[3]: ("C7", "D7"),
            ASKED[4]: ("C8", "D8"),
        }
    )


@layout
def buyers_own_columns_around(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Priority", "Weight", "Req ID", "Category", "Requirement Description",
                "Mandatory (Y/N)", "Vendor Response", "Vendor Comments", "Evaluator Score",
                "Evaluator Comments"])  # fmt: skip
    put(
        sheet,
        *(["High", 5, f"SEC-{n:03}", "Security", text, "Y"] for n, text in enumerate(ASKED, 1)),
    )
    return expect(ASKED, 2, "G", "H")


@layout
def drop_down_beside_free_text(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["ID", "Requirement", "Compliance", "Vendor Response"])
    put(sheet, *([n, text] for n, text in enumerate(ASKED, 1)))
    listed = DataValidation(type="list", formula1='"Full,Partial,None"')
    sheet.add_data_validation(listed)
    listed.add("C2:C7")
    return expect(ASKED, 2, "C", "D")


@layout
def bold_section_rows_in_the_question_column(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Question", "Answer"])
    put(sheet, ["Encryption"], [ASKED[0]], [ASKED[1]], ["Access"], [ASKED[3]], [ASKED[5]])
    for row in (2, 5):
        sheet.cell(row, 1).font = Font(bold=True)
    return Expected(
        {
            ASKED[0]: ("B3", None),
            ASKED[1]: ("B4", None),
            ASKED[3]: ("B6", None),
            ASKED[5]: ("B7", None),
        }
    )


@layout
def short_requests_without_a_question_mark(book: Workbook) -> Expected:
    sheet = first(book)
    texts = ["Legal name of company", "Year founded", "Number of employees", "Headquarters"]
    put(sheet, ["No.", "Question", "Response"])
    put(sheet, *([n, text] for n, text in enumerate(texts, 1)))
    return expect(texts, 2, "C", None)


@layout
def requirements_without_a_question_word(book: Workbook) -> Expected:
    sheet = first(book)
    texts = [
        "Single sign-on with SAML 2.0",
        "Export of all data as CSV",
        "Role based access control",
        "Audit log kept for at least one year",
    ]
    put(sheet, ["Feature", "Supported (Y/N)", "Notes"])
    put(sheet, *([text] for text in texts))
    return expect(texts, 2, "B", "C")


@layout
def merged_answer_cells(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["No", "Question", "Answer", None, None, "Comment"])
    put(sheet, *([n, text] for n, text in enumerate(ASKED, 1)))
    for row in range(1, 8):
        sheet.merge_cells(f"C{row}:E{row}")
    return expect(ASKED, 2, "C", "F")


@layout
def questions_far_right_and_down(book: Workbook) -> Expected:
    sheet = first(book)
    for column, title in zip("KLMN", ["Ref", "Question", "Answer", "Notes"], strict=True):
        sheet[f"{column}30"] = title
    for row, text in enumerate(ASKED, 31):
        sheet[f"K{row}"], sheet[f"L{row}"] = f"Q{row}", text
    return expect(ASKED, 31, "M", "N")


@layout
def section_column_named_once(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Domain", "Question", "Answer"])
    put(sheet, ["Encryption", ASKED[0]], [None, ASKED[1]], ["Access", ASKED[3]], [None, ASKED[5]])
    sheet.merge_cells("A2:A3")
    return Expected(
        {
            ASKED[0]: ("C2", None),
            ASKED[1]: ("C3", None),
            ASKED[3]: ("C4", None),
            ASKED[5]: ("C5", None),
        }
    )


@layout
def two_tables_side_by_side(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Question", "Answer", None, "Question", "Answer"])
    put(sheet, *([ASKED[n], None, None, ASKED[n + 3]] for n in range(3)))
    left, right = expect(ASKED[:3], 2, "B", None), expect(ASKED[3:], 2, "E", None)
    return Expected(left.questions | right.questions)


@layout
def answers_on_the_line_below(book: Workbook) -> Expected:
    sheet = first(book)
    for text in ASKED:
        put(sheet, [text], ["Response:"])
    return Expected({text: (f"B{2 * n}", None) for n, text in enumerate(ASKED, 1)})


@layout
def numbers_inside_the_text(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["DDQ"], ["1. Security"], [f"1.1 {ASKED[0]}"], [f"1.2 {ASKED[1]}"])
    put(sheet, ["2. Access"], [f"2.1 {ASKED[3]}"], [f"2.2 {ASKED[5]}"])
    rows = {"1.1": (0, 3), "1.2": (1, 4), "2.1": (3, 6), "2.2": (5, 7)}
    return Expected({f"{n} {ASKED[i]}": (f"B{row}", None) for n, (i, row) in rows.items()})


@layout
def group_titles_above_the_header(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Customer requirement", None, None, "To be completed by supplier", None,
                "For internal use only"])  # fmt: skip
    put(sheet, ["ID", "Area", "Description", "Compliant? (Y/N)", "Remarks", "Score", "Comment"])
    put(sheet, *([n, "Security", text] for n, text in enumerate(ASKED, 1)))
    for area in ("A1:C1", "D1:E1", "F1:G1"):
        sheet.merge_cells(area)
    return expect(ASKED, 3, "D", "E")


@layout
def ticks_beside_comments(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["No", "Question", "Yes", "No", "N/A", "Comments"])
    put(sheet, *([n, text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 2, "C", "F")


@layout
def instructions_above_and_signature_below(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Vendor Questionnaire"], ["1. Use the drop-down in column C."])
    put(sheet, ["2. Provide comments in column D."], [], ["Ref", "Question", "Answer", "Comments"])
    put(sheet, *([f"Q{n}", text] for n, text in enumerate(ASKED, 1)))
    put(sheet, [], ["Signature:"], ["Name:"], ["End of questionnaire"])
    return expect(ASKED, 6, "C", "D")


@layout
def titles_in_capitals_with_numbers_of_their_own(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["#", "Question", "Answer"], ["A", "DATA PROTECTION"], [1, ASKED[0]], [2, ASKED[1]])
    put(sheet, ["B", "ACCESS CONTROL"], [3, ASKED[3]], ["Section 3", "Logging"], [4, ASKED[5]])
    rows = {0: 3, 1: 4, 3: 6, 5: 8}
    return Expected({ASKED[i]: (f"C{row}", None) for i, row in rows.items()})


@layout
def a_title_instead_of_the_word_question(book: Workbook) -> Expected:
    sheet = first(book)
    put(sheet, ["Security at your company", "Your answer"])
    put(sheet, *([text, "given last year"] for text in ASKED))
    return expect(ASKED, 2, "B", None)


@layout
def a_legend_of_answers_on_another_sheet(book: Workbook) -> Expected:
    legend = first(book, "Legend")
    put(legend, ["Response", "Description"], ["Yes", "The control is in place and is tested."])
    put(legend, ["No", "The control is not in place today."], ["N/A", "It does not apply to us."])
    sheet = book.create_sheet("Questions")
    put(sheet, ["No", "Question", "Response"])
    put(sheet, *([n, text] for n, text in enumerate(ASKED, 1)))
    return expect(ASKED, 2, "C", None)


def import_layout(name: str, tmp_path: Path) -> tuple[Questionnaire, Expected]:
    book = Workbook()
    expected = LAYOUTS[name](book)
    path = tmp_path / "book.xlsx"
    book.save(path)
    return read_questionnaire(path, filename="book.xlsx"), expected


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_question_is_found_with_its_answer_and_comment_cell(
    name: str, tmp_path: Path
) -> None:
    found, expected = import_layout(name, tmp_path)
    cells = {
        q.text: (q.answer_place.ref, q.comment_place.ref if q.comment_place else None)
        for q in found.questions
    }
    assert cells == expected.questions
    assert [q.ordinal for q in found.questions] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_filled_row_is_a_question_or_listed_with_a_reason(name: str, tmp_path: Path) -> None:
    book = Workbook()
    LAYOUTS[name](book)
    book.save(tmp_path / "book.xlsx")
    found = read_questionnaire(tmp_path / "book.xlsx", filename="book.xlsx")
    for report in found.sheets:
        sheet = book[report.name]
        filled = {c.row for row in sheet.iter_rows() for c in row if str(c.value or "").strip()}
        asked = {q.place.row for q in found.questions if q.place.sheet == report.name}
        skipped = {row.row for row in report.skipped}
        assert asked | skipped == filled
        assert not asked & skipped
        assert all(row.reason for row in report.skipped)


def test_sections_come_from_banners_headers_and_section_columns(tmp_path: Path) -> None:
    sections = {
        name: [q.section for q in import_layout(name, tmp_path)[0].questions]
        for name in (
            "merged_banners",
            "vsa_like_with_sections",
            "section_titles_in_repeated_headers",
            "section_column_named_once",
        )
    }
    assert sections == {
        "merged_banners": ["Encryption", "Operations", "Operations"],
        "vsa_like_with_sections": ["Data Protection"] * 3 + ["Access Control"] * 2,
        "section_titles_in_repeated_headers": ["Company Overview"] * 2 + ["Documentation"] * 2,
        "section_column_named_once": ["Encryption"] * 2 + ["Access"] * 2,
    }
