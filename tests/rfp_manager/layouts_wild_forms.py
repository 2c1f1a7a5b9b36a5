"""Layouts of other forms: intake sheets, due diligence lists, forms of small buyers."""

from openpyxl.styles import Font

from tests.rfp_manager.layouts_wild import (
    DEMANDS,
    JAPANESE,
    NOUNS,
    PRIVACY,
    SECURITY,
    Form,
    choices,
    layout,
    paint,
)


@layout
def japanese_security_checklist(form: Form) -> None:
    sheet = form.sheet("セキュリティチェックシート")
    form.put(sheet, ["クラウドサービス セキュリティチェックシート"], [])
    form.put(sheet, ["No.", "分類", "確認項目", "回答", "備考"])
    form.ask_all(sheet, JAPANESE, lambda n, t: [n, "運用管理", t], "C", "D", "E")


@layout
def japanese_with_question_word(form: Form) -> None:
    sheet = form.sheet("質問票")
    form.put(sheet, ["番号", "質問", "回答欄", "コメント"])
    form.ask_all(sheet, JAPANESE, lambda n, t: [n, t], "B", "C", "D")


@layout
def bold_questions_without_any_header(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["Security questions for Example Ltd"], [])
    for text in SECURITY[:8]:
        form.ask(sheet, [text], "A", "B")
        form.put(sheet, [])
    for row in range(3, 20, 2):
        sheet.cell(row, 1).font = Font(bold=True)


@layout
def example_row_before_the_first_question(form: Form) -> None:
    sheet = form.sheet("DDQ")
    form.put(sheet, ["No.", "Question", "Answer", "Comments"])
    form.put(
        sheet,
        [
            "Example",
            "Example: Do you have a security policy?",
            "Yes",
            "Last approved in January by the board.",
        ],
    )
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "C", "D")


@layout
def sub_bullets_in_one_cell(form: Form) -> None:
    sheet = form.sheet("RFP questions")
    form.put(sheet, ["Ref", "Question", "Supplier response"])
    texts = [
        "Describe your support model, including:\n- opening hours\n- languages\n- escalation",
        "Please provide for each data centre:\na) location\nb) tier\nc) certifications",
        "What is your approach to testing?\n\nYour answer should cover:\n• unit tests\n• load",
        "Provide the following documents:\n1. Certificate\n2. Policy\n3. Last test report",
    ]
    form.ask_all(sheet, texts, lambda n, t: [f"{n}", t], "B", "C")


@layout
def question_split_over_two_columns(form: Form) -> None:
    sheet = form.sheet("Controls")
    form.put(sheet, ["Control objective", "Control question", "Answer", "Comment"])
    objectives = [
        "Access is limited to those who need it.",
        "Data is protected on its way.",
        "Losses can be made good.",
        "Weaknesses are found early.",
    ]
    form.ask_all(sheet, SECURITY[:8], lambda n, t: [objectives[n % 4], t], "B", "C", "D")


@layout
def long_guidance_beside_short_questions(form: Form) -> None:
    sheet = form.sheet("Assessment")
    form.put(sheet, ["ID", "Question", "Guidance / what good looks like", "Response", "Evidence"])
    guide = (
        "A good answer names the owner, how often the control is tested, and what happened the "
        "last time. Do you have records? Provide them. The assessor should be able to check."
    )
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t, guide + " " * n, None, None], "B", "D", "E")


@layout
def sheets_of_prose_before_the_questions(form: Form) -> None:
    cover = form.sheet("Cover")
    form.put(cover, ["Supplier Assurance Questionnaire"], [], ["Supplier name"], ["Contact e-mail"])
    faq = form.sheet("FAQ")
    form.put(
        faq,
        ["Who should complete this form?", "The person responsible for security."],
        ["How long does it take?", "About two hours for most suppliers."],
        ["What happens next?", "Our team will review the answers within ten days."],
    )
    words = form.sheet("Glossary")
    form.put(
        words,
        ["Term", "Definition"],
        ["Control", "A measure that must reduce risk."],
        ["Incident", "An event that should be reported to the contact above."],
    )
    scoring = form.sheet("Scoring")
    form.put(
        scoring,
        ["Score", "Description"],
        [0, "The response does not address the question."],
        [1, "The response shall be regarded as weak."],
        [2, "The response is complete."],
    )
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["Ref", "Question", "Answer"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "C")


@layout
def answers_merged_over_several_columns(form: Form) -> None:
    sheet = form.sheet("Form")
    row = form.put(sheet, ["No.", "Question", None, None, "Answer", None, None, "Office use only"])
    sheet.merge_cells(f"B{row}:D{row}")
    sheet.merge_cells(f"E{row}:G{row}")
    for n, text in enumerate(SECURITY[:8], 1):
        row = form.ask(sheet, [n, text], "B", "E")
        sheet.merge_cells(f"B{row}:D{row}")
        sheet.merge_cells(f"E{row}:G{row}")


@layout
def two_rows_for_each_question(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["No.", "Question", "Answer"])
    for n, text in enumerate(SECURITY[:6], 1):
        row = form.ask(sheet, [n, text], "B", "C")
        form.put(sheet, [])
        for column in "ABC":
            sheet.merge_cells(f"{column}{row}:{column}{row + 1}")


@layout
def old_answers_to_be_updated(form: Form) -> None:
    sheet = form.sheet("Renewal")
    form.put(sheet, ["Q#", "Question", "2025 Answer", "2026 Answer", "Changed since last year?"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t, "Yes, see our policy."], "B", "D")


@layout
def previous_response_left_of_current_response(form: Form) -> None:
    sheet = form.sheet("Renewal")
    form.put(sheet, ["Q#", "Question", "Previous Response", "Current Response", "Comments"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t, "Yes, see our policy."], "B", "D", "E")


@layout
def blank_rows_between_and_groups(form: Form) -> None:
    sheet = form.sheet("Due diligence")
    form.put(
        sheet, ["Due Diligence Request List"], [], ["", "Request", "Response", "Document index"]
    )
    for n, text in enumerate(
        [
            "Articles of incorporation",
            "List of shareholders above 5 %",
            "Audited financial statements for 3 years",
            "Pending or threatened litigation",
            "Insurance policies and claims history",
            "Organisation chart",
        ],
        1,
    ):
        form.ask(sheet, [n, text], "B", "C", "D")
        form.put(sheet, [])
        sheet.row_dimensions[form.at[sheet.title]].outlineLevel = 1


@layout
def hidden_helper_columns_between(form: Form) -> None:
    sheet = form.sheet("Vendor intake")
    form.put(sheet, ["Key", "Weight", "Question", "Lookup", "Response", "Notes"])
    form.ask_all(sheet, SECURITY, lambda n, t: [f"K{n}", n, t, f"Is row {n} fine?"], "C", "E", "F")
    for column in "ABD":
        sheet.column_dimensions[column].hidden = True


@layout
def insurer_form_with_details_if_yes(form: Form) -> None:
    sheet = form.sheet("Cyber insurance")
    form.put(sheet, ["Cyber Insurance Proposal Form"], ["Insured:"], ["Annual revenue:"], [])
    form.put(sheet, ["Section 1: Protection"], ["", "", "Yes/No", "If Yes, provide details"])
    first, last = form.ask_all(sheet, SECURITY[:6], lambda n, t: [f"1.{n}", t], "B", "C", "D")
    choices(sheet, f"C{first}:C{last}", "Yes,No")


@layout
def esg_form_with_unit_column(form: Form) -> None:
    sheet = form.sheet("ESG")
    head = form.put(
        sheet, ["Indicator ID", "Topic", "Question", "Unit", "Value", "Source / remark"]
    )
    paint(sheet, head, 6)
    texts = [
        "What were your scope 1 emissions in the last financial year?",
        "What share of electricity comes from renewable sources?",
        "How many work accidents were recorded?",
        "Do you publish a code of conduct for suppliers?",
    ]
    form.ask_all(sheet, texts, lambda n, t: [f"E-{n}", "Climate", t, "t CO2e"], "C", "E", "F")


@layout
def statements_to_agree_with(form: Form) -> None:
    sheet = form.sheet("Declaration")
    form.put(sheet, ["Statement", "Agree (Y/N)", "Comment"])
    form.ask_all(
        sheet,
        [
            "We pay all staff at least the legal minimum wage.",
            "No criminal proceedings are pending against our directors.",
            "Our staff are free to join a trade union.",
            "Subcontractors follow the same rules as we do.",
        ],
        lambda n, t: [t],
        "A",
        "B",
        "C",
    )


@layout
def title_column_and_question_column(form: Form) -> None:
    sheet = form.sheet("Privacy")
    form.put(sheet, ["#", "Title", "Question", "Supplier Response (free text)", "Attachment name"])
    form.ask_all(sheet, PRIVACY, lambda n, t: [n, f"Subject {n}", t], "C", "D", "E")


@layout
def requirement_and_question_columns_both(form: Form) -> None:
    sheet = form.sheet("Matrix")
    form.put(sheet, ["ID", "Requirement", "Question", "Answer", "Remarks"])
    form.ask_all(sheet, SECURITY[:8], lambda n, t: [f"R{n}", DEMANDS[n - 1], t], "C", "D", "E")


@layout
def features_with_version_columns(form: Form) -> None:
    sheet = form.sheet("Feature list")
    form.put(sheet, ["Feature", "Included (Y/N)", "Available since version", "Remarks"])
    form.ask_all(sheet, NOUNS, lambda n, t: [t], "A", "B", "D")
