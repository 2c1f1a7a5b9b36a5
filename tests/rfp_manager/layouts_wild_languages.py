"""Layouts of the second round: other languages, unusual shapes."""

from tests.rfp_manager.layouts_wild import (
    DEMANDS,
    NOUNS,
    PRIVACY,
    SECURITY,
    Form,
    choices,
    layout,
    paint,
)


@layout
def korean_form(form: Form) -> None:
    sheet = form.sheet("점검표")
    form.put(sheet, ["번호", "구분", "질문", "답변", "비고"])
    form.ask_all(
        sheet,
        [
            "정보보호 정책을 수립하고 있습니까?",
            "백업 주기와 방법을 설명해 주십시오.",
            "퇴직자의 접근 권한을 즉시 회수합니까?",
        ],
        lambda n, t: [n, "관리", t],
        "C",
        "D",
        "E",
    )


@layout
def german_english_side_by_side(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["No.", "Frage", "Question", "Answer"])
    german = [
        "Werden Backups verschlüsselt?",
        "Gibt es ein Notfallkonzept?",
        "Werden Zugriffe protokolliert?",
        "Ist die Entwicklung vom Betrieb getrennt?",
    ]
    english = [
        "Are backups encrypted?",
        "Is there an emergency plan?",
        "Is access logged?",
        "Is development kept apart from operations?",
    ]
    form.ask_all(sheet, german, lambda n, t: [n, t, english[n - 1]], "B", "D")


@layout
def subcategory_profile(form: Form) -> None:
    sheet = form.sheet("Profile")
    form.put(sheet, ["Function", "Category", "Subcategory", "Supplier response", "Evidence"])
    texts = [
        "PR.X-1: Identities are issued, managed and revoked for authorised users",
        "PR.X-2: Physical access to assets is managed and protected",
        "PR.X-3: Remote access is managed",
        "DE.X-1: Anomalous activity is detected",
        "RS.X-1: A response plan is carried out during or after an incident",
    ]
    form.ask_all(sheet, texts, lambda n, t: ["PROTECT", "Access", t], "C", "D", "E")


@layout
def control_status_and_narrative(form: Form) -> None:
    sheet = form.sheet("Controls")
    form.put(
        sheet,
        [
            "Control ID",
            "Control Name",
            "Control Description",
            "Supplemental Guidance",
            "Implementation Status",
            "Implementation Narrative",
        ],
    )
    guide = "Account types include individual, shared, group and emergency accounts. See also AC-3."
    texts = [
        "The organization reviews accounts for compliance at planned intervals.",
        "The information system enforces approved authorizations for access.",
        "The information system separates duties of individuals as necessary.",
        "The information system limits consecutive invalid logon attempts.",
    ]
    first, last = form.ask_all(
        sheet, texts, lambda n, t: [f"AC-{n}", f"Name {n}", t, guide], "C", "E|F"
    )
    choices(sheet, f"E{first}:E{last}", "Implemented,Planned,Not applicable")


@layout
def buyers_scores_after_supplier_response(form: Form) -> None:
    sheet = form.sheet("Method statements")
    form.put(
        sheet,
        [
            "Ref",
            "Question",
            "Supplier Response:",
            "For Buyer use only: Score",
            "For Buyer use only: Rationale",
        ],
    )
    form.ask_all(sheet, SECURITY[:6], lambda n, t: [n, t], "B", "C")


@layout
def question_type_and_options_columns(form: Form) -> None:
    sheet = form.sheet("Export")
    head = form.put(
        sheet,
        [
            "Question Id",
            "Section Name",
            "Question Text",
            "Question Type",
            "Answer Options",
            "Max Score",
            "Answer",
            "Answer Comment",
        ],
    )
    paint(sheet, head, 8)
    form.ask_all(
        sheet,
        SECURITY,
        lambda n, t: [1000 + n, "Security", t, "Single choice", "Yes; No; N/A", 10],
        "C",
        "G",
        "H",
    )


@layout
def groups_named_by_the_vendor_to_complete(form: Form) -> None:
    sheet = form.sheet("RTM")
    form.put(sheet, ["Agency to complete", None, None, None, "Vendor to complete", None, None])
    form.put(
        sheet,
        ["Req #", "Module", "Requirement", "Priority", "Response", "Delivery phase", "Comments"],
    )
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("E1:G1")
    form.ask_all(sheet, DEMANDS + NOUNS, lambda n, t: [f"F.{n}", "Finance", t, 1], "C", "E", "G")


@layout
def user_stories(form: Form) -> None:
    sheet = form.sheet("Backlog")
    form.put(sheet, ["ID", "User story", "Acceptance criteria", "Fit (F/P/N)", "Vendor notes"])
    texts = [
        "As a clerk, I want to search by name so that I find a file quickly.",
        "As a manager, I want to see open tasks so that I can plan.",
        "As an auditor, I want to export the log so that I can check it.",
    ]
    form.ask_all(
        sheet,
        texts,
        lambda n, t: [
            f"US-{n}",
            t,
            "Given a name, when I search, then it is listed within two seconds.",
        ],
        "B",
        "D",
        "E",
    )


@layout
def wide_with_empty_spacer_columns(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, [None, "No.", None, "Question", None, "Your answer", None, "Notes"])
    form.ask_all(sheet, SECURITY, lambda n, t: [None, n, None, t], "D", "F", "H")


@layout
def small_form_with_three_questions(form: Form) -> None:
    sheet = form.sheet("Tabelle1")
    form.put(sheet, ["Questions", "Answers"], bold=True)
    form.ask_all(
        sheet,
        ["Opening hours?", "Price model", "Where are the servers located?"],
        lambda n, t: [t],
        "A",
        "B",
    )


@layout
def conditional_follow_ups_indented(form: Form) -> None:
    sheet = form.sheet("DDQ")
    form.put(sheet, ["#", "Question", "Response"])
    for n, text in enumerate(SECURITY[:5], 1):
        form.ask(sheet, [n, text], "B", "C")
        form.ask(sheet, [f"{n}a", "   If yes, please give details."], "B", "C")
        form.ask(sheet, [f"{n}b", "   If no, when will this be in place?"], "B", "C")


@layout
def privacy_form_with_prefilled_company_part(form: Form) -> None:
    sheet = form.sheet("DPIA")
    form.put(
        sheet, ["Vendor name", "Example Ltd"], ["Service", "Hosting"], ["Date", "2026-01-01"], []
    )
    form.put(sheet, ["#", "Privacy question", "Vendor response", "Reviewed by", "Risk (H/M/L)"])
    form.ask_all(sheet, PRIVACY, lambda n, t: [n, t], "B", "C")
    form.put(sheet, [], ["Prepared by:"], ["Approved by:"], ["Total risk score", "=COUNTA(E6:E11)"])


@layout
def question_merged_down_over_its_answers(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["No.", "Question", "Service", "Answer"])
    for n, text in enumerate(SECURITY[:4], 1):
        row = form.ask(sheet, [n, text, "Hosting"], "B", "D")
        form.put(sheet, [None, None, "Support"])
        for column in "AB":
            sheet.merge_cells(f"{column}{row}:{column}{row + 1}")


@layout
def answers_in_the_empty_box_below(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Method statement"], [])
    for n, text in enumerate(SECURITY[:5], 1):
        row = form.ask(sheet, [f"{n}. {text}"], "A", "A+1")
        form.put(sheet, [])
        sheet.merge_cells(f"A{row}:F{row}")
        sheet.merge_cells(f"A{row + 1}:F{row + 1}")
        form.put(sheet, [])
