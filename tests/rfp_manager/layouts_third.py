"""Layouts written by a third stranger to the rules: assessments of security and risk."""

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from tests.rfp_manager.layouts_third_texts import AREAS, ASKS, MUSTS, STATES, many
from tests.rfp_manager.layouts_wild import ANY, Form, Gold, choices, layout, paint, protect


def ask_by_formula(
    form: Form, sheet: Worksheet, values: list[object], texts: dict[str, str], a: str, c: str = ANY
) -> int:
    """A row with formulas whose stored results are `texts` by column; the last one asks."""
    row = form.put(sheet, values)
    for column, text in texts.items():
        form.cached[sheet.title, f"{column}{row}"] = text
    form.gold.append(Gold(sheet.title, row, list(texts.values())[-1], a, c))
    return row


@layout
def third_caiq_three_full(form: Form) -> None:
    sheet = form.sheet("CAIQ v3")
    form.put(sheet, ["CONSENSUS ASSESSMENTS INITIATIVE QUESTIONNAIRE v3"], [],
             ["Control Domain", "Control ID", "Question ID", "Control Specification",
              "Consensus Assessment Questions", "Consensus Assessment Answers", "", "", "Notes"],
             ["", "", "", "", "", "Yes", "No", "Not Applicable"])  # fmt: skip
    for ref in "A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:E4", "F3:H3", "I3:I4":
        sheet.merge_cells(ref)
    texts = many(ASKS, 150)
    for k in range(30):
        domain = f"{AREAS[k % 16]}\nAudit Planning {k + 1}"
        for n, text in enumerate(texts[k * 5 : k * 5 + 5], 1):
            first = n == 1
            row = form.ask(sheet, [domain if first else "", f"AIS-{k + 1:02}" if first else "",
                                   f"AIS-{k + 1:02}.{n}", STATES[k % 18] if first else "", text],
                           "E", "F|G|H", "I")  # fmt: skip
        for column in "ABD":
            sheet.merge_cells(f"{column}{row - 4}:{column}{row}")
    form.put(sheet, ["© The alliance. All rights reserved. You may download and store this file."])


@layout
def third_sig_like_with_tabs(form: Form) -> None:
    sheet = form.sheet("Terms of Use")
    form.put(sheet, ["TERMS OF USE"], ["Licensee shall not distribute this document."],
             ["The licensee must comply with all applicable laws."])  # fmt: skip
    for k, tab in enumerate(["A. Risk Management", "B. Policy", "C. Organisation", "D. Assets"]):
        sheet = form.sheet(tab)
        form.put(sheet, [f"{tab}"], ["Assessment Name:", "", "", "Percent complete", "=1/4"], [],
                 ["Serial No", "SIG Question Num", "SIG Question Text", "Response",
                  "Additional Information", "Category", "ISO 27001:2022", "NIST CSF", "Score"])  # fmt: skip
        paint(sheet, 4, 9)
        texts = many(ASKS, 60)
        for n, text in enumerate(texts, 1):
            number = f"{tab[0]}.{(n + 4) // 5}" + (f".{(n - 1) % 5}" if (n - 1) % 5 else "")
            form.ask(sheet, [k * 100 + n, number, text, "", "", AREAS[n % 16], f"A.5.{n}",
                             "ID.AM-1", 0], "C", "D", "E")  # fmt: skip
        choices(sheet, "D5:D64", "Yes,No,N/A")
        sheet.column_dimensions["A"].hidden = True


@layout
def third_questions_by_lookup_formula(form: Form) -> None:
    sheet = form.sheet("Start Here")
    form.put(sheet, ["Higher education vendor assessment"], ["Version 3.05"],
             ["Step 1: Complete the General Information tab."],
             ["Step 2: Answer each question in the tabs that follow."])  # fmt: skip
    for tab, code in ("Organization", "ORG"), ("Product", "PRD"):
        sheet = form.sheet(tab)
        for k in range(4):
            head = form.put(sheet, [AREAS[k], "", "Vendor Answers", "Additional Information",
                                    "Guidance"])  # fmt: skip
            paint(sheet, head, 5)
            for n, text in enumerate(many(ASKS, 40)[k * 10 : k * 10 + 10], 1):
                row = form.at[tab] + 1
                ask_by_formula(
                    form, sheet,
                    [f"{code}-{k}{n}", f"=VLOOKUP($A{row},Questions!$A:$C,2,FALSE)", "", "",
                     f'=IF(C{row}="","",VLOOKUP($A{row},Questions!$A:$C,3,FALSE))'],
                    {"E": "State plans if the answer is no.", "B": text}, "C", "D",
                )  # fmt: skip
            choices(sheet, f"C{row - 9}:C{row}", "Yes,No,N/A")
    sheet = form.sheet("Questions")
    for n, text in enumerate(ASKS, 1):
        form.put(sheet, [f"ORG-{n}", text, "Describe."])
    sheet.sheet_state = "hidden"


@layout
def third_number_and_text_joined_in_one_formula(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Key", "Text", "Question", "Answer", "Remarks"])
    for n, text in enumerate(ASKS[:25], 1):
        row = form.at["Form"] + 1
        ask_by_formula(form, sheet, [f"Q{n}", text, f'=A{row}&" "&B{row}'],
                       {"C": f"Q{n} {text}"}, "D", "E")  # fmt: skip
    sheet.column_dimensions["A"].hidden = sheet.column_dimensions["B"].hidden = True


@layout
def third_numbers_counted_by_formula(form: Form) -> None:
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["Nr", "Topic", "Requirement", "Mandatory?", "Your answer", "Reference"])
    for n, text in enumerate(STATES + MUSTS, 1):
        row = form.ask(sheet, [f"=A{n}+1" if n > 1 else 1, AREAS[n % 16], text, "Y"],
                       "C", "E", "F|*")  # fmt: skip
        if n > 1:
            form.cached["Questionnaire", f"A{row}"] = str(n)
    form.gold[:] = [Gold(g.sheet, g.row, g.text, g.answer, ANY) for g in form.gold]


@layout
def third_tables_as_list_objects(form: Form) -> None:
    sheet = form.sheet("Assessment")
    form.put(sheet, ["Supplier assessment 2026"], [])
    form.put(sheet, ["Ref", "Control objective", "Vendor position", "Justification", "Owner"])
    first, last = form.ask_all(sheet, STATES, lambda n, t: [f"C{n}", t], "B", "C", "D")
    sheet.add_table(Table(displayName="Controls", ref=f"A3:E{last}"))
    choices(sheet, f"C{first}:C{last}", "In place,Planned,Not in place")
    sheet = form.sheet("Reference")
    form.put(sheet, ["Code", "Meaning", "Colour"], ["In place", "The control is in operation", ""],
             ["Planned", "The control is planned", ""],
             ["Not in place", "The control does not exist", ""])  # fmt: skip
    sheet.add_table(Table(displayName="Codes", ref="A1:C4"))


@layout
def third_protected_with_estonian_titles(form: Form) -> None:
    sheet = form.sheet("Küsimustik")
    texts = [
        "Kas ettevõttel on kehtiv ISO 27001 sertifikaat?", "Kirjeldage varukoopiate tegemist.",
        "Kus asuvad andmekeskused?", "Kas administraatorid kasutavad mitmetasemelist autentimist?",
        "Kui kaua logisid säilitatakse?", "Loetlege alltöövõtjad.",
        "Kas töötajaid koolitatakse igal aastal?", "Milline on taastamise aeg?",
    ]  # fmt: skip
    form.put(sheet, ["Pakkuja küsimustik"], [], ["Jrk", "Küsimus", "Pakkuja vastus", "Märkused"])
    first, last = form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C")
    protect(sheet, f"C{first}:D{last}")


@layout
def third_lists_by_name_and_indirect(form: Form) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    sheet = form.sheet("Controls")
    form.put(sheet, ["Domain", "Control", "Scope", "Provider feedback", "Evidence"])
    first, last = form.ask_all(sheet, STATES, lambda n, t: [AREAS[n % 16], t, "All"], "B", "D", "E")
    choices(sheet, f"D{first}:D{last - 9}", "=Answers")
    choices(sheet, f"D{last - 8}:D{last}", "=INDIRECT($C2)")
    lists = form.sheet("Lists")
    form.put(lists, ["Compliant", "All"], ["Partly compliant", "Part"], ["Not compliant", ""])
    form.book.defined_names["Answers"] = DefinedName("Answers", attr_text="Lists!$A$1:$A$3")
    form.book.defined_names["All"] = DefinedName("All", attr_text="Lists!$A$1:$A$3")
    lists.sheet_state = "hidden"


@layout
def third_hidden_edition_of_last_year(form: Form) -> None:
    sheet = form.sheet("2026")
    form.put(sheet, ["ID", "Question", "Answer 2025", "Answer 2026", "Changed?", "Reviewer"])
    form.ask_all(sheet, ASKS[:20], lambda n, t: [n, t, "Yes, see policy"], "B", "D")
    sheet.column_dimensions["C"].hidden = True
    for row in range(12, 15):
        sheet.row_dimensions[row].hidden = True
    form.gold[:] = [g for g in form.gold if not 12 <= g.row < 15]
    old = form.sheet("2025")
    form.put(old, ["ID", "Question", "Answer 2025"])
    form.put(old, *[[n, t, "Yes"] for n, t in enumerate(ASKS[:20], 1)])
    old.sheet_state = "veryHidden"


@layout
def third_placeholders_of_several_kinds(form: Form) -> None:
    sheet = form.sheet("Response")
    form.put(sheet, ["No.", "Question", "Status", "Supplier narrative"])
    held = ["[Vendor response]", "TBD", "<enter text here>", "Click here to enter text", "..."]
    form.ask_all(sheet, ASKS[:30], lambda n, t: [n, t, "Please select", held[n % 5]], "B", "C|D")
    choices(sheet, "C2:C31", "Please select,Yes,No")


@layout
def third_lettered_parts_within_one_cell(form: Form) -> None:
    sheet = form.sheet("RFI")
    form.put(sheet, ["Item", "Information requested", "Respondent's reply"])
    for n, area in enumerate(AREAS, 1):
        text = (f"With regard to {area.lower()}:\na) who is responsible?\nb) which standards apply?"
                f"\nc) how is it measured?\nd) when was it last audited?")  # fmt: skip
        form.ask(sheet, [n, text], "B", "C")


@layout
def third_lead_in_with_grey_answer_and_lettered_rows(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["#", "Question", "Answer", "Comment"])
    for n in range(6):
        row = form.put(sheet, [n + 1, f"Regarding {AREAS[n].lower()}, please state:"])
        sheet.cell(row, 3).fill = PatternFill("solid", fgColor="FF808080")
        sheet.cell(row, 4).fill = PatternFill("solid", fgColor="FF808080")
        for k, text in enumerate(ASKS[n * 4 : n * 4 + 4]):
            form.ask(sheet, [f"{n + 1}{'abcd'[k]}", text], "B", "C", "D")


@layout
def third_maturity_with_levels_and_target(form: Form) -> None:
    sheet = form.sheet("Maturity")
    form.put(sheet, ["Maturity self-assessment"], ["0", "Not existing"], ["1", "Initial"],
             ["2", "Repeatable"], ["3", "Defined"], ["4", "Managed"], ["5", "Optimised"], [],
             ["Function", "Category", "Practice", "Current maturity", "Rationale",
              "Target (by customer)", "Gap"])  # fmt: skip
    for n, text in enumerate(STATES):
        row = form.ask(sheet, [["Identify", "Protect", "Detect"][n // 6] if n % 6 == 0 else "",
                               AREAS[n // 2] if n % 2 == 0 else "", text, "", "", 3,
                               f'=IF(D{n + 10}="","",F{n + 10}-D{n + 10})'],
                       "C", "D", "E")  # fmt: skip
        form.cached["Maturity", f"G{row}"] = ""
        if n % 6 == 5:
            sheet.merge_cells(f"A{row - 5}:A{row}")
        if n % 2:
            sheet.merge_cells(f"B{row - 1}:B{row}")
    choices(sheet, "D10:D27", "0,1,2,3,4,5")


@layout
def third_privacy_requirements_with_suggested_evidence(form: Form) -> None:
    sheet = form.sheet("DPR")
    form.put(sheet, ["Data Protection Requirements"], ["Applicable to all suppliers"], [],
             ["#", "Supplier Data Protection Requirements", "Suggested Evidence of Compliance",
              "Compliance status", "Supplier comments"])  # fmt: skip
    for k in range(4):
        row = form.put(sheet, [f"Section {'ABCD'[k]}: {AREAS[k]}"], bold=True)
        sheet.merge_cells(f"A{row}:E{row}")
        for n, text in enumerate(many(MUSTS, 32)[k * 8 : k * 8 + 8], 1):
            form.ask(sheet, [k * 8 + n, text, "The supplier can show:\n• a policy\n• a record"],
                     "B", "D", "E")  # fmt: skip


@layout
def third_why_we_ask_and_assessor_columns(form: Form) -> None:
    sheet = form.sheet("TPRM")
    head = form.put(sheet, ["Topic", "Sub-topic", "Question", "Why we ask", "Response type",
                            "Response", "Evidence link", "Assessor comments", "Risk rating",
                            "Follow-up needed?"])  # fmt: skip
    paint(sheet, head, 10)
    form.ask_all(sheet, many(ASKS, 80),
                 lambda n, t: [AREAS[n // 10], AREAS[n // 5 % 16], t,
                               "To understand how risk is managed.", "Yes/No"], "C", "F")  # fmt: skip


@layout
def third_questions_left_and_right_on_one_sheet(form: Form) -> None:
    sheet = form.sheet("Cyber form")
    form.put(sheet, ["Cyber insurance proposal"], [])
    form.put(sheet, ["Question", "Answer", "", "Question", "Answer"])
    for left, right in zip(ASKS[:10], ASKS[10:20], strict=True):
        row = form.ask(sheet, [left, "", "", right], "A", "B")
        form.gold.append(Gold("Cyber form", row, right, "E", ANY))


@layout
def third_insurer_boxes_in_two_untitled_columns(form: Form) -> None:
    sheet = form.sheet("Proposal form")
    form.put(sheet, ["CYBER LIABILITY PROPOSAL FORM"], [],
             ["Important: answer all questions fully. Signing this form does not bind anyone."])  # fmt: skip
    for k in range(4):
        form.put(sheet, [f"Section {k + 1} – {AREAS[k]}"], bold=True)
        for n, text in enumerate(ASKS[k * 6 : k * 6 + 6], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text, "☐ Yes", "☐ No"], "B", "C|D|E")
    form.put(sheet, [], ["Declaration"], ["I declare that the statements above are true."],
             ["Name:", "", "Signature:", "", "Date:"])  # fmt: skip


@layout
def third_control_catalogue_with_lettered_rows(form: Form) -> None:
    sheet = form.sheet("Moderate baseline")
    form.put(sheet, ["Control ID", "Control name", "Control requirement", "Implementation status",
                     "Responsible role", "How is the control implemented?"])  # fmt: skip
    for n in range(15):
        for k, text in enumerate(many(STATES, 45)[n * 3 : n * 3 + 3]):
            form.ask(sheet, [f"AC-{n + 1}" if k == 0 else "", AREAS[n] if k == 0 else "",
                             f"{'abc'[k]}. {text}"], "C", "D|F")  # fmt: skip
        for column in "AB":
            sheet.merge_cells(f"{column}{n * 3 + 2}:{column}{n * 3 + 4}")
    choices(sheet, "D2:D46", "Implemented,Partially,Planned,Not applicable")


@layout
def third_annex_of_controls_to_declare(form: Form) -> None:
    sheet = form.sheet("SoA")
    form.put(sheet, ["Statement of Applicability (to be returned by the supplier)"], [],
             ["Clause", "Control title", "Control", "Applicable?", "Implemented?",
              "Justification for exclusion"])  # fmt: skip
    for k in range(3):
        form.put(sheet, [f"A.{k + 5}", f"{AREAS[k]} controls"], bold=True)
        for n, text in enumerate(STATES[k * 6 : k * 6 + 6], 1):
            form.ask(sheet, [f"A.{k + 5}.{n}", AREAS[n + k], text], "C", "D|E", "F")


@layout
def third_esg_form_with_options_and_attachments(form: Form) -> None:
    sheet = form.sheet("ESG")
    form.put(sheet, ["Question number", "Question", "Response options", "Response",
                     "Attachments", "Is the response confidential?"])  # fmt: skip
    form.ask_all(sheet, many(ASKS, 50), lambda n, t: [
        f"C{n // 10}.{n % 10}", t, "Select from:\n• Yes\n• No\n• Don't know" if n % 3 else
        "Open text"], "B", "D")  # fmt: skip


@layout
def third_answer_line_below_with_prefix(form: Form) -> None:
    sheet = form.sheet("Tender questions")
    form.put(sheet, ["Part B – award questions"], [])
    for n, text in enumerate(ASKS[:15], 1):
        row = form.ask(sheet, ["", f"B{n}", text], "C", "D+1|C+1")
        sheet.merge_cells(f"C{row}:F{row}")
        form.put(sheet, ["", "", "Response:"])
        sheet.merge_cells(f"D{row + 1}:F{row + 1}")
        form.put(sheet, [])


@layout
def third_cells_grey_and_yellow_without_titles(form: Form) -> None:
    sheet = form.sheet("Fragebogen")
    form.put(sheet, ["Lieferantenselbstauskunft"], ["Bitte nur die gelben Felder ausfüllen."], [])
    for k in range(3):
        form.put(sheet, [AREAS[k]], bold=True)
        for text in ASKS[k * 6 : k * 6 + 6]:
            row = form.ask(sheet, ["", text], "B", "C|D|E")
            sheet.cell(row, 4).fill = PatternFill("solid", fgColor="FFFFFF99")
            sheet.cell(row, 2).alignment = Alignment(wrap_text=True)
            sheet.cell(row, 2).font = Font(size=10)
