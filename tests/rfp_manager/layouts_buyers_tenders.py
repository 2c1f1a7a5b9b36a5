"""Layouts of requirement matrices and forms by formula; the texts are made up here."""

from openpyxl.styles import Font, PatternFill

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    NOUNS,
    PRIVACY,
    SECURITY,
    Form,
    Gold,
    choices,
    cycle,
    layout,
    paint,
)

ABILITIES = [
    "Ability to define approval workflows without programming",
    "Ability to attach files up to 100 MB to a case",
    "Provides dashboards that each user can arrange",
    "Supports mass update of records",
    "Integration with Active Directory and Azure AD",
    "Automatic escalation when a deadline passes",
    "Allows the customer to brand the login page",
    "Works on tablets (iOS, Android) without an app",
]
LONG = [
    "Describe your company's experience with projects of similar size. Include the customer, the "
    "period, the volume and the role of the people you propose. Add at least two references that "
    "we may call.\nIf parts were done by partners, say which.",
    "Explain how you would carry out the migration.\n- data cleansing\n- test runs\n- cut-over\n"
    "State the downtime that the business must expect.",
    "The Authority expects a named service manager. Set out the duties of this person and the "
    "hours in which they can be reached.",
    "Outline the exit plan, with the formats in which data are handed back.",
    "Please detail your approach to accessibility (WCAG 2.1 AA), including how it is tested.",
]


@layout
def moscow_matrix_with_codes_explained_above(form: Form) -> None:
    sheet = form.sheet("Functional Req")
    form.put(sheet, ["Functional requirements"], ["Enter one of these codes in column E:"])
    form.put(sheet, ["F", "Fully provided out of the box"], ["P", "Provided with configuration"])
    form.put(sheet, ["C", "Customisation"], ["N", "Not provided"], [])
    head = form.put(sheet, ["Ref", "Area", "Requirement", "M/S/C", "Code", "Vendor Comments"])
    paint(sheet, head, 6)
    first, last = form.ask_all(
        sheet, ABILITIES, lambda n, t: [f"FR{n:03}", "Cases", t, "MSC"[n % 3]], "C", "E", "F"
    )
    choices(sheet, f"E{first}:E{last}", "F,P,C,N")


@layout
def weighted_criteria_with_evaluator_columns(form: Form) -> None:
    sheet = form.sheet("Award criteria")
    form.put(
        sheet,
        ["Criterion", "Weight %", "Question", "Max. points", "Tenderer's answer (max. 2000 "
         "characters)", "Points awarded", "Reason for points (evaluators only)"],
    )  # fmt: skip
    for n, text in enumerate(LONG, 1):
        form.ask(sheet, [f"C{n}", 20, text, 10], "C", "E", ANY)
    form.put(sheet, ["Total", 100, "", 50, "", "=SUM(F2:F6)"])


@layout
def text_by_formula_from_a_hidden_list(form: Form) -> None:
    texts = form.sheet("Lists")
    texts.sheet_state = "hidden"
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["No.", "Question", "Answer"])
    for n, text in enumerate(SECURITY, 1):
        form.put(texts, [text])
        row = form.ask(sheet, [n, text], "B", "C")
        sheet.cell(row, 2).value = f"=Lists!A{n}"
        form.cached["Questionnaire", f"B{row}"] = text


@layout
def text_joined_by_formula_with_cached_value(form: Form) -> None:
    parts = form.sheet("Parts")
    sheet = form.sheet("Form")
    form.put(sheet, ["Ref", "Requirement", "Supplier response", "Comments"])
    form.put(parts, ["The supplier shall", "text"])
    for n, text in enumerate(DEMANDS, 2):
        form.put(parts, ["The supplier shall", text])
        row = form.ask(sheet, [f"R{n}", text], "B", "C", "D")
        sheet.cell(row, 2).value = f'=Parts!A{n}&" "&Parts!B{n}'
        form.cached["Form", f"B{row}"] = text


@layout
def text_by_formula_never_calculated(form: Form) -> None:
    texts = form.sheet("Source texts")
    texts.sheet_state = "hidden"
    sheet = form.sheet("Form")
    form.put(sheet, ["Ref", "Question", "Reply"])
    for n, text in enumerate(PRIVACY, 1):
        form.put(texts, [text[:10], text[10:]])
        row = form.ask(sheet, [n, text], "B", "C")
        sheet.cell(row, 2).value = (
            f"='Source texts'!$A${n}&'Source texts'!B{n}"
            if n % 2
            else f"=CONCATENATE('Source texts'!A{n},'Source texts'!B{n})"
        )


@layout
def matrix_with_three_header_rows(form: Form) -> None:
    sheet = form.sheet("Matrix")
    form.put(
        sheet,
        ["REQUIREMENTS", "", "", "VENDOR", "", "", "AGENCY"],
        ["ID", "Description", "Priority", "Response", "", "", "Evaluation"],
        ["", "", "", "Code", "Explanation", "Document / page", "Score"],
    )
    for area in ("A1:C1", "D1:F1", "A2:A3", "B2:B3", "C2:C3", "D2:F2"):
        sheet.merge_cells(area)
    form.ask_all(sheet, DEMANDS, lambda n, t: [f"{n}", t, "High"], "B", "D", "E")


@layout
def statements_grouped_by_merged_cells(form: Form) -> None:
    sheet = form.sheet("Technical")
    form.put(sheet, ["Topic", "Requirement", "Compliant?", "If no, explain"])
    for topic, texts in ("Hosting", DEMANDS[:4]), ("Data", DEMANDS[4:]):
        first = form.at["Technical"] + 1
        for n, text in enumerate(texts):
            form.ask(sheet, [topic if n == 0 else "", text], "B", "C", "D")
        sheet.merge_cells(f"A{first}:A{first + 3}")


@layout
def requirement_cells_merged_over_several_rows(form: Form) -> None:
    sheet = form.sheet("Spec")
    form.put(sheet, ["Item", "Required specification", "Offered", "Deviation"])
    for n, text in enumerate(DEMANDS, 1):
        row = form.ask(sheet, [n, text], "B", "C", "D")
        form.put(sheet, [])
        for column in "ABCD":
            sheet.merge_cells(f"{column}{row}:{column}{row + 1}")


@layout
def two_tables_below_each_other_with_other_columns(form: Form) -> None:
    sheet = form.sheet("Annex B")
    form.put(sheet, ["Part 1 - Mandatory requirements"], [])
    form.put(sheet, ["No", "Mandatory requirement", "Met? (Yes/No)"])
    form.ask_all(sheet, DEMANDS[:4], lambda n, t: [f"M{n}", t], "B", "C")
    form.put(sheet, [], [], ["Part 2 - Open questions"], [])
    form.put(sheet, ["No", "Topic", "Question", "Your answer", "Attachments"])
    form.ask_all(sheet, LONG, lambda n, t: [f"O{n}", "Company", t], "C", "D", "E")


@layout
def annexes_that_ask_nothing_around(form: Form) -> None:
    sheet = form.sheet("Instructions")
    for n, text in enumerate(
        ["The tenderer must complete all sheets.", "Do not change the layout of the workbook.",
         "Answers shall be given in English.", "Questions about the tender must be sent by mail.",
         "The Authority will not pay for the preparation of offers."], 1,
    ):  # fmt: skip
        form.put(sheet, [f"{n}.", text])
    sheet = form.sheet("Timetable")
    form.put(
        sheet,
        ["Step", "Date", "Responsible"],
        ["Publication", "2026-01-10", "Authority"],
        ["Questions due", "2026-02-01", "Tenderers"],
        ["Award", "2026-04-01", "Authority"],
    )
    sheet = form.sheet("Requirements")
    form.put(sheet, ["ID", "Requirement", "Answer"])
    form.ask_all(sheet, DEMANDS, lambda n, t: [n, t], "B", "C")
    sheet = form.sheet("Prices")
    form.put(sheet, ["Pos", "Description", "Quantity", "Unit price", "Total price"],
             [1, "Licence per user", 500, "", "=C2*D2"], [2, "Support per year", 4, "", "=C3*D3"],
             ["", "Total", "", "", "=SUM(E2:E3)"])  # fmt: skip
    sheet = form.sheet("Contract terms")
    form.put(sheet, ["Clause", "Text"], ["1.1", "The Supplier shall deliver the Services."],
             ["1.2", "The Customer shall pay within 30 days."],
             ["1.3", "Neither party shall disclose confidential information."])  # fmt: skip


@layout
def key_personnel_and_references_tables_beside(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["#", "Question", "Bidder response"])
    form.ask_all(sheet, LONG, lambda n, t: [n, t], "B", "C")
    sheet = form.sheet("Key staff")
    form.put(sheet, ["Name", "Role", "Years of experience", "Certificates"], ["", "", "", ""])
    form.put(sheet, ["A. Example", "Project manager", 12, "PMP"])


@layout
def numbering_inside_the_text_without_header(form: Form) -> None:
    sheet = form.sheet("Sheet1")
    form.put(sheet, ["SUPPLIER QUESTIONNAIRE"], [])
    form.put(sheet, ["1. General"], bold=True)
    form.ask_all(sheet, PRIVACY, lambda n, t: [f"1.{n} {t}"], "A", "B", ANY)
    form.put(sheet, ["2. Security"], bold=True)
    form.ask_all(sheet, SECURITY, lambda n, t: [f"2.{n} {t}"], "A", "B", ANY)


@layout
def conditional_questions_lettered(form: Form) -> None:
    sheet = form.sheet("RFI")
    form.put(sheet, ["No.", "Question", "Response"])
    for n, text in enumerate(SECURITY[:5], 1):
        form.ask(sheet, [f"{n}", text], "B", "C")
        form.ask(sheet, [f"{n}a", "If yes, how often?"], "B", "C")
        form.ask(sheet, [f"{n}b", "If not, when is it planned?"], "B", "C")


@layout
def hundreds_of_rows(form: Form) -> None:
    sheet = form.sheet("All requirements")
    form.put(sheet, ["Req ID", "Module", "Requirement description", "Compliance", "Comment"])
    for n, text in enumerate(cycle(ABILITIES + DEMANDS + NOUNS, 400), 1):
        form.ask(sheet, [f"REQ-{n:04}", f"Module {n // 100}", text], "C", "D", "E")


@layout
def coloured_answer_cells_without_a_title(form: Form) -> None:
    sheet = form.sheet("Fragen")
    form.put(sheet, ["Please fill in the yellow cells"], [])
    for n, text in enumerate(PRIVACY + SECURITY[:4], 1):
        row = form.ask(sheet, ["", n, text], "C", "D", ANY)
        sheet.cell(row, 4).fill = PatternFill("solid", fgColor="FFFFFF00")
    form.put(sheet, [], ["", "", "Signature"], ["", "", "Date"])


@layout
def sub_totals_between_sections(form: Form) -> None:
    sheet = form.sheet("Evaluation")
    form.put(sheet, ["No", "Requirement", "Weight", "Self-score (0-5)", "Supplier explanation",
                     "Weighted"])  # fmt: skip
    for title, texts in ("Functions", ABILITIES[:4]), ("Security", SECURITY[:4]):
        form.put(sheet, ["", title], bold=True)
        for n, text in enumerate(texts, 1):
            form.ask(sheet, [n, text, 3, "", "", "=C2*D2"], "B", "D", "E")
        row = form.put(sheet, ["", f"Subtotal {title}", 12, "", "", "=SUM(F2:F6)"])
        sheet.cell(row, 2).font = Font(bold=True)
    form.put(sheet, ["", "TOTAL", 24, "", "", "=SUM(F2:F12)"])


@layout
def statement_with_accept_columns_and_page(form: Form) -> None:
    sheet = form.sheet("Compliance Sheet")
    form.put(sheet, ["Tender ref. 2026/12"], ["Clause-by-clause compliance"], [])
    form.put(sheet, ["Clause", "Description", "Comply", "Partially Comply", "Not Comply",
                     "Page no. in offer", "Remarks"])  # fmt: skip
    form.ask_all(sheet, DEMANDS, lambda n, t: [f"4.{n}", t], "B", "C", "G")


@layout
def answers_in_the_row_below_merged(form: Form) -> None:
    sheet = form.sheet("Method statements")
    row = form.put(sheet, ["Method statements (each no more than 500 words)"])
    sheet.merge_cells(f"A{row}:C{row}")
    for n, text in enumerate(LONG, 1):
        row = form.put(sheet, [f"Q{n}", text])
        sheet.merge_cells(f"B{row}:C{row}")
        form.gold.append(Gold(sheet.title, row, text, "B+1|A+1|C+1", ANY))
        row = form.put(sheet, ["Response:"])
        sheet.merge_cells(f"B{row}:C{row}")
