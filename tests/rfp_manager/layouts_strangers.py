"""Layouts written by somebody who had not read the rules; the texts are made up here."""

from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, Font, PatternFill, Side

from tests.rfp_manager.layouts_strangers_texts import (
    ASKED,
    ENGLISH_OF_FRENCH,
    FEATURES,
    FRENCH_ASKED,
    GERMAN_ASKED,
    GERMAN_NOUNS,
    SHALLS,
    STATED,
    TOPICS,
)
from tests.rfp_manager.layouts_wild import (
    ANY,
    Form,
    choices,
    cycle,
    layout,
    paint,
    protect,
)

THIN = Border(*(Side(style="thin") for _ in range(4)))


@layout
def long_book_with_many_sections_and_other_sheets(form: Form) -> None:
    sheet = form.sheet("Read me")
    form.put(sheet, ["Third Party Risk Assessment"], [], ["1. Complete every tab in blue."],
             ["2. Do not add or delete rows."], ["3. Return the file by 30 June."],
             ["Questions about this form: tprm@example.com"])  # fmt: skip
    sheet = form.sheet("Company")
    form.put(sheet, ["Company profile"], ["Legal name", ""], ["Street", ""], ["City", ""],
             ["Completed by", ""], ["Date", ""])  # fmt: skip
    sheet = form.sheet("Assessment")
    form.put(sheet, ["Assessment"], [])
    head = form.put(sheet, ["Ref", "Question", "Response", "Comments", "Evidence ref."])
    paint(sheet, head, 5)
    texts = list(cycle(ASKED + STATED, 220))
    for k in range(22):
        row = form.put(sheet, [f"{k + 1}", f"Domain {TOPICS[k % 20]}"])
        paint(sheet, row, 5, "FFD9E1F2")
        for n, text in enumerate(texts[k * 10 : k * 10 + 10], 1):
            row = form.ask(sheet, [f"{k + 1}.{n}", text], "B", "C", "D")
        choices(sheet, f"C{row - 9}:C{row}", "Yes,No,Partial,N/A")
    sheet = form.sheet("Lookups")
    form.put(sheet, ["Yes"], ["No"], ["Partial"], ["N/A"])


@layout
def two_vendor_columns_ours_is_empty(form: Form) -> None:
    sheet = form.sheet("Comparison")
    form.put(sheet, ["#", "Requirement", "Vendor A", "Vendor B", "Notes"])
    form.ask_all(sheet, FEATURES, lambda n, t: [n, t], "B", "C|D", ANY)


@layout
def response_y_n_and_if_no_explain(form: Form) -> None:
    sheet = form.sheet("Due Diligence")
    form.put(sheet, ["Supplier due diligence"], [])
    form.put(sheet, ["Section", "Q-ID", "Question", "Response (Y/N)", "If no, explain"])
    for k in range(2):
        for n, text in enumerate(ASKED[k * 8 : k * 8 + 8], 1):
            form.ask(sheet, [f"Section {k + 1}" if n == 1 else "", f"Q-{k * 8 + n:03}", text],
                     "C", "D", "E")  # fmt: skip
        sheet.merge_cells(start_row=4 + k * 8, end_row=11 + k * 8, start_column=1, end_column=1)


@layout
def requirement_priority_code_remarks(form: Form) -> None:
    sheet = form.sheet("Matrix")
    form.put(sheet, ["ID", "Requirement", "Priority", "F/P/N", "Remarks"])
    for k in range(3):
        form.put(sheet, [f"{k + 1}", ["Finance", "Purchasing", "Reporting"][k]], bold=True)
        for n, text in enumerate(FEATURES[k * 5 : k * 5 + 5], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text, "MSC"[n % 3]], "B", "D", "E")


@layout
def topic_and_question_in_two_columns(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["Topic", "Question", "Vendor answer"])
    form.ask_all(sheet, ASKED, lambda n, t: [TOPICS[n - 1], t], "B", "C")


@layout
def headings_in_b_and_items_in_c(form: Form) -> None:
    sheet = form.sheet("Security")
    form.put(sheet, ["", "Area", "Requirement", "Supplier statement"])
    for k in range(4):
        row = form.put(sheet, ["", f"{'ABCD'[k]}. {TOPICS[k]}"])
        sheet.cell(row, 2).font = Font(bold=True)
        for n, text in enumerate(STATED[k * 4 : k * 4 + 4]):
            form.ask(sheet, [f"{'ABCD'[k]}.1.{'abcd'[n]})", "", text], "C", "D")


@layout
def header_repeats_on_each_printed_page(form: Form) -> None:
    sheet = form.sheet("Tabelle1")
    for page in range(3):
        row = form.put(sheet, [f"Seite {page + 1} von 3"])
        head = form.put(sheet, ["Nr.", "Frage", "Antwort Lieferant", "Kommentar"])
        paint(sheet, head, 4)
        for n, text in enumerate(GERMAN_ASKED[page * 2 : page * 2 + 2], 1):
            row = form.ask(sheet, [page * 2 + n, text], "B", "C", "D")
        for n, text in enumerate(GERMAN_NOUNS[page * 3 : page * 3 + 3], 1):
            row = form.ask(sheet, [100 + page * 3 + n, text], "B", "C", "D")
        sheet.cell(row, 1).border = THIN
        form.put(sheet, [])


@layout
def answer_column_left_of_the_question(form: Form) -> None:
    sheet = form.sheet("Checkliste")
    form.put(sheet, ["Checkliste Lieferantenaudit"], [])
    form.put(sheet, ["Status", "Nr.", "Prüfpunkt", "Bemerkung"])
    first, last = form.ask_all(sheet, GERMAN_NOUNS, lambda n, t: ["", n, t], "C", "A", "D")
    choices(sheet, f"A{first}:A{last}", "erfüllt,teilweise,nicht erfüllt")


@layout
def hidden_translation_column(form: Form) -> None:
    sheet = form.sheet("Fragebogen")
    form.put(sheet, ["Nr.", "Frage (DE)", "Question (EN)", "Antwort / Answer"])
    for n, (german, english) in enumerate(zip(GERMAN_ASKED, ENGLISH_OF_FRENCH, strict=True), 1):
        form.ask(sheet, [n, german, english], "C", "D")
    sheet.column_dimensions["B"].hidden = True


@layout
def two_languages_side_by_side(form: Form) -> None:
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["N°", "Français", "English", "Réponse / Response"])
    for n, (french, english) in enumerate(zip(FRENCH_ASKED, ENGLISH_OF_FRENCH, strict=True), 1):
        form.ask(sheet, [n, french, english], "B", "D")


@layout
def cell_comments_hold_hints(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Item", "Your entry"])
    for text in TOPICS[:12]:
        row = form.ask(sheet, [text], "A", "B")
        sheet.cell(row, 1).comment = Comment(f"Please describe: {text.lower()}", "Buyer")


@layout
def very_wide_sheet_of_controls(form: Form) -> None:
    sheet = form.sheet("Controls")
    head = ["Control ID", "Domain", "Control specification", *(f"Framework {n}" for n in range(24)),
            "Implementation status", "Implementation description", "Owner"]  # fmt: skip
    paint(sheet, form.put(sheet, head), 30)
    form.ask_all(
        sheet,
        STATED,
        lambda n, t: [f"C-{n:02}", "Ops", t, *(f"A.{n}.{k}" for k in range(24))],
        "C", "AB|AC", ANY,
    )  # fmt: skip


@layout
def empty_leading_rows_and_columns(form: Form) -> None:
    sheet = form.sheet("Sheet1")
    form.put(sheet, *([] for _ in range(11)))
    form.put(sheet, ["", "", "", "", "Item", "", "Description", "", "Offer"])
    form.ask_all(sheet, SHALLS, lambda n, t: ["", "", "", "", n, "", t], "G", "I")


@layout
def sheets_with_one_question_each(form: Form) -> None:
    for n, text in enumerate((ASKED[5], ASKED[14], ASKED[11]), 1):
        sheet = form.sheet(f"Q{n}")
        form.put(sheet, [f"Question {n}"], [])
        form.put(sheet, ["Question", "Weight", "Response"])
        form.ask(sheet, [text, "20%"], "A", "C")


@layout
def cover_sheet_and_unknown_titles(form: Form) -> None:
    sheet = form.sheet("Cover")
    form.put(sheet, ["ACME Holding"], ["Tender 2026-114"], [], ["Company name:", ""],
             ["Contact person:", ""], ["E-mail:", ""])  # fmt: skip
    sheet = form.sheet("Part B")
    form.put(sheet, ["Key", "Subject", "Declaration of the undertaking", "Proof"])
    form.ask_all(sheet, ASKED, lambda n, t: [f"B-{n}", t], "B", "C", ANY)


@layout
def unknown_titles_with_unlocked_cells(form: Form) -> None:
    sheet = form.sheet("Annex")
    form.put(sheet, ["Ser.", "Aspect", "Band", "Stance", "Marks"])
    form.ask_all(sheet, STATED, lambda n, t: [n, t, "II", "", 5], "B", "D")
    protect(sheet, "D2:D17")


@layout
def unknown_titles_beside_a_drop_down(form: Form) -> None:
    sheet = form.sheet("Fit")
    form.put(sheet, ["Module", "Capability sought", "Grade", "Narrative"])
    first, last = form.ask_all(
        sheet, FEATURES, lambda n, t: ["FIN" if n < 9 else "PUR", t], "B", "C", "D"
    )
    choices(sheet, f"C{first}:C{last}", "Standard,Configurable,Custom,Not available")


@layout
def emptiest_column_right_of_the_texts(form: Form) -> None:
    sheet = form.sheet("List")
    form.put(sheet, ["Seq", "What we look for", "Tier", "Remit", "Over to you"])
    form.ask_all(sheet, TOPICS, lambda n, t: [n, t, "1", "IT"], "B", "E")


@layout
def filtered_rows_are_hidden(form: Form) -> None:
    sheet = form.sheet("RFI")
    form.put(sheet, ["No.", "Lot", "Question", "Answer"])
    for n, text in enumerate(ASKED, 1):
        if n % 2:
            form.ask(sheet, [n, "Lot 1", text], "C", "D")
        else:
            row = form.put(sheet, [n, "Lot 2", text])
            sheet.row_dimensions[row].hidden = True
    sheet.auto_filter.ref = "A1:D21"


@layout
def expanded_outline_groups(form: Form) -> None:
    sheet = form.sheet("Grouped")
    form.put(sheet, ["Ref", "Control", "Implemented?", "How"])
    for k in range(4):
        form.put(sheet, [f"{k + 1}", TOPICS[k].upper()])
        for n, text in enumerate(STATED[k * 4 : k * 4 + 4], 1):
            row = form.ask(sheet, [f"{k + 1}.{n}", text], "B", "C", "D")
            sheet.row_dimensions[row].outlineLevel = 1


@layout
def conditional_colours_and_score_formulas(form: Form) -> None:
    sheet = form.sheet("Scored")
    form.put(sheet, ["ID", "Question", "Weight", "Your rating (0-5)", "Weighted", "Justification"])
    for n, text in enumerate(ASKED, 2):
        form.ask(sheet, [n - 1, text, 3, "", f"=C{n}*D{n}"], "B", "D", "F")
    form.put(sheet, ["", "Total", "", "", "=SUM(E2:E21)"])
    red = PatternFill("solid", bgColor="FFFF0000")
    sheet.conditional_formatting.add("D2:D21", CellIsRule("equal", ["0"], fill=red))


@layout
def noun_phrases_in_sections_by_indent_of_numbers(form: Form) -> None:
    sheet = form.sheet("Lastenheft")
    form.put(sheet, ["Pos.", "Leistungsmerkmal", "K.O.", "vorhanden", "geplant", "nicht möglich",
                     "Erläuterung"])  # fmt: skip
    form.put(sheet, ["1", "Allgemeines"])
    for n, text in enumerate(GERMAN_NOUNS, 1):
        form.ask(sheet, [f"1.{n}", text, "x" if n < 3 else ""], "B", "D", "G")


@layout
def merged_requirement_table_with_gaps(form: Form) -> None:
    sheet = form.sheet("SRS")
    row = form.put(sheet, ["Requirement", "", "", "Bidder", "", ""])
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("D1:F1")
    form.put(sheet, ["No.", "Group", "Text", "Compliance", "", "Explanation"])
    sheet.merge_cells("D2:E2")
    for n, text in enumerate(SHALLS, 1):
        row = form.ask(sheet, [f"R{n}", "Legal" if n % 4 == 1 else "", text], "C", "D", "F")
        sheet.merge_cells(f"D{row}:E{row}")
    for top in (3, 7, 11):
        sheet.merge_cells(f"B{top}:B{top + 3}")


@layout
def text_by_formula_joined_from_parts(form: Form) -> None:
    data = form.sheet("Master")
    form.put(data, ["Key", "Wording"])
    sheet = form.sheet("To complete")
    form.put(sheet, ["Key", "Wording of the question", "Supplier input", "Docs"])
    for n, text in enumerate(ASKED, 1):
        form.put(data, [f"K{n}", text])
        row = form.ask(sheet, [f"K{n}", text], "B", "C", ANY)
        sheet.cell(row, 2).value = f"=VLOOKUP(A{row},Master!A:B,2,FALSE)"
        form.cached["To complete", f"B{row}"] = text
    data.sheet_state = "hidden"


@layout
def several_sheets_with_different_layouts(form: Form) -> None:
    sheet = form.sheet("General")
    form.put(sheet, ["Question", "Answer"])
    form.ask_all(sheet, ASKED[:5], lambda n, t: [t], "A", "B")
    sheet = form.sheet("Technical")
    form.put(sheet, ["Req #", "Mandatory", "Requirement", "Comply?", "Deviation"])
    form.ask_all(sheet, SHALLS, lambda n, t: [f"T{n}", "M", t], "C", "D", "E")
    sheet = form.sheet("Features")
    form.put(sheet, ["Feature", "Yes", "No", "Roadmap", "Comment"])
    form.ask_all(sheet, FEATURES, lambda n, t: [t], "A", "B", "E")
    sheet = form.sheet("Pricing")
    form.put(sheet, ["Item", "Unit", "Quantity", "Unit price", "Total"],
             ["Licence", "user", 100, "", "=C2*D2"], ["Setup", "day", 10, "", "=C3*D3"])  # fmt: skip


@layout
def numbers_like_a1a_in_the_text(form: Form) -> None:
    sheet = form.sheet("Q")
    form.put(sheet, ["Questionnaire for suppliers of services"], [])
    form.put(sheet, ["Question / Requirement", "Supplier's reply"])
    letters = "abcdefgh"
    for n, text in enumerate(ASKED[:16]):
        form.ask(sheet, [f"{'AB'[n // 8]}.{n // 8 + 1}.{letters[n % 8]}) {text}"], "A", "B")


@layout
def control_and_guidance_and_three_empty_columns(form: Form) -> None:
    sheet = form.sheet("ISMS")
    form.put(sheet, ["Clause", "Control objective", "Guidance", "Current practice",
                     "Gap (buyer)", "Action (buyer)"])  # fmt: skip
    form.ask_all(
        sheet,
        STATED,
        lambda n, t: [f"A.{n}", t, f"Consider item {n} of the guidance note and its annexes."],
        "B", "D",
    )  # fmt: skip


@layout
def lead_in_question_with_lettered_parts(form: Form) -> None:
    sheet = form.sheet("RFP")
    form.put(sheet, ["Item", "Question", "Proposer Response"])
    for n in range(1, 5):
        form.ask(sheet, [f"{n}", ASKED[n]], "B", "C")
        for k, text in enumerate(("Scope", "Frequency", "Responsible role")):
            form.ask(sheet, [f"{n}{'abc'[k]}", f"{text} of {TOPICS[n].lower()}"], "B", "C")


@layout
def question_text_in_merged_cells_over_many_columns(form: Form) -> None:
    sheet = form.sheet("Form 7")
    row = form.put(sheet, ["Form 7 - Technical capability"])
    sheet.merge_cells(f"A{row}:L{row}")
    row = form.put(sheet, ["No", "Question", "", "", "", "", "Answer", "", "", "", "", ""])
    for area in ("B2:F2", "G2:L2"):
        sheet.merge_cells(area)
    for n, text in enumerate(ASKED, 1):
        row = form.ask(sheet, [n, text], "B", "G")
        sheet.merge_cells(f"B{row}:F{row}")
        sheet.merge_cells(f"G{row}:L{row}")


@layout
def chinese_and_english_lines_in_one_cell(form: Form) -> None:
    sheet = form.sheet("供应商调查表")
    form.put(
        sheet, ["序号 No.", "调查内容 Survey content", "供应商填写 Filled by supplier", "备注"]
    )
    texts = ["贵公司是否通过ISO9001认证？\nIs your company certified to ISO 9001?",
             "员工总人数\nTotal number of employees", "主要生产设备清单\nList of main equipment",
             "是否有环境管理体系？\nDo you have an environmental management system?"]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", "D")


@layout
def swiss_tender_with_must_and_weights(form: Form) -> None:
    sheet = form.sheet("Zuschlagskriterien")
    form.put(sheet, ["Projekt Beschaffung Fachapplikation"], ["Beilage 3"], [])
    form.put(sheet, ["ID", "Kriterium", "Typ (MUSS/KANN)", "Gewicht", "Nachweis / Antwort der "
                     "Anbieterin", "Max. Punkte"])  # fmt: skip
    texts = GERMAN_ASKED + GERMAN_NOUNS
    form.ask_all(sheet, texts, lambda n, t: [f"ZK{n:02}", t, "MUSS", 5, "", 10], "B", "E")
