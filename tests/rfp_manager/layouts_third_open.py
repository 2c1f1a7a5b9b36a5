"""Layouts by a third stranger: checklists and assessments that are published for everybody."""

from openpyxl.styles import Font

from tests.rfp_manager.layouts_third import ask_by_formula
from tests.rfp_manager.layouts_third_texts import AREAS, ASKS, FR, JA, MUSTS, STATES, many
from tests.rfp_manager.layouts_wild import ANY, Form, Gold, choices, layout, paint

CRITERIA = "You cover the most important applications\nYou review the result every year"


@layout
def third_interview_with_criteria_below_each_question(form: Form) -> None:
    sheet = form.sheet("Interview")
    form.put(sheet, ["", "Assessment interview"], ["", "Organisation:", "", ""], ["", "Date:"], [])
    for k in range(5):
        row = form.put(sheet, ["", AREAS[k]], bold=True)
        paint(sheet, row, 7)
        head = form.put(sheet, ["", "Stream", "Level", AREAS[k + 5], "Answer", "Interview notes",
                                "Rating"])  # fmt: skip
        paint(sheet, head, 7, "FFD9E1F2")
        for n, text in enumerate(many(ASKS, 30)[k * 6 : k * 6 + 6]):
            row = form.at["Interview"] + 1
            ask_by_formula(
                form, sheet,
                ["", "AB"[n // 3] if n % 3 == 0 else "", n % 3 + 1,
                 f"=VLOOKUP(A{row},imp!A:H,8,FALSE)", "", "",
                 f"=IFERROR(VLOOKUP(E{row},imp!K:L,2,FALSE),0)"],
                {"G": "0", "D": text}, "E", "F",
            )  # fmt: skip
            choices(sheet, f"E{row}", "=imp!$K$1:$K$4")
            below = form.put(sheet, ["", "", "", f"=VLOOKUP(A{row},imp!A:I,9,FALSE)"])
            form.cached["Interview", f"D{below}"] = CRITERIA
            for column in "CEFG":
                sheet.merge_cells(f"{column}{row}:{column}{below}")
        sheet.merge_cells(f"B{head + 1}:B{head + 6}")
        sheet.merge_cells(f"B{head + 7}:B{head + 12}")
        form.put(sheet, [])
    lists = form.sheet("imp")
    for n, text in enumerate(["No", "Yes, for some", "Yes, for most", "Yes, for all"]):
        form.put(lists, ["", "", "", "", "", "", "", "", "", "", text, n / 3])
    lists.sheet_state = "hidden"


@layout
def third_mobile_checklist_with_levels_and_status(form: Form) -> None:
    sheet = form.sheet("Dashboard")
    form.put(sheet, ["", "Mobile App Security Checklist"], ["", "Requirement", "Pass", "Fail", "N/A"],
             *[["", a, 0, 0, 0] for a in AREAS[:8]])  # fmt: skip
    for tab in "Android", "iOS":
        sheet = form.sheet(f"Security Requirements - {tab}")
        form.put(sheet, [], ["", "Mobile Application Security Requirements"], [],
                 ["", "ID", "Detailed Verification Requirement", "Level 1", "Level 2", "Status",
                  "Testing Procedure"])  # fmt: skip
        for k in range(8):
            row = form.put(sheet, ["", f"V{k + 1}", AREAS[k]], bold=True)
            sheet.merge_cells(f"C{row}:G{row}")
            for n, text in enumerate(many(STATES, 80)[k * 10 : k * 10 + 10], 1):
                row = form.ask(sheet, ["", f"{k + 1}.{n}", text, "✓" if n % 2 else "", "✓", "",
                                       '=HYPERLINK("https://example.invalid","Testing")'],
                               "C", "F")  # fmt: skip
                form.cached[sheet.title, f"G{row}"] = f"Testing {AREAS[n].lower()}"
            choices(sheet, f"F{row - 9}:F{row}", "Pass,Fail,N/A")
        form.put(sheet, [], ["", "Legend"], ["", "Symbol", "Definition"],
                 ["", "Pass", "Requirement is applicable and implemented."],
                 ["", "Fail", "Requirement is applicable but not implemented."])  # fmt: skip


@layout
def third_verification_standard_by_chapters(form: Form) -> None:
    sheet = form.sheet("ASVS Results")
    form.put(sheet, ["Security Category", "Valid criteria", "Total criteria", "Validity %"])
    for k, area in enumerate(AREAS[:6]):
        row = form.put(sheet, [area, f"=COUNTIF('{k}'!G:G,\"Valid\")", f"=COUNTA('{k}'!F:F)", "=B2/C2"])
        for column in "BCD":
            form.cached["ASVS Results", f"{column}{row}"] = "0"
    for k in range(6):
        sheet = form.sheet(AREAS[k][:28])
        form.put(sheet, ["Area", "#", "ASVS Level", "CWE", "NIST", "Verification Requirement",
                         "Valid", "Source Code Reference", "Comment", "Tool Used"])  # fmt: skip
        first, last = form.ask_all(sheet, many(STATES, 22), lambda n, t, k=k: [
            AREAS[k + n // 8] if n % 8 == 1 else "", f"{k + 1}.1.{n}", n % 3 + 1, 200 + n, "5.1.1",
            f"Verify that {t[0].lower()}{t[1:]}"], "F", "G", "I")  # fmt: skip
        choices(sheet, f"G{first}:G{last}", "Valid,Non-valid,Not Applicable")


@layout
def third_japanese_mobile_checklist(form: Form) -> None:
    sheet = form.sheet("セキュリティ要件")
    form.put(sheet, ["", "アプリセキュリティ要件"], [],
             ["", "ID", "検証要件の詳細", "レベル1", "レベル2", "ステータス", "テスト手順"])  # fmt: skip
    for k in range(3):
        form.put(sheet, ["", f"V{k + 1}", ["設計", "データ保存", "暗号化"][k]], bold=True)
        for n, text in enumerate(JA, 1):
            form.ask(sheet, ["", f"{k + 1}.{n}", f"{k + 1}種の{text}", "✓", "✓", "", "手順書参照"],
                     "C", "F")  # fmt: skip


@layout
def third_french_mobile_checklist(form: Form) -> None:
    sheet = form.sheet("Exigences")
    form.put(sheet, ["", "Exigences de sécurité"], [],
             ["", "ID", "Exigence de vérification détaillée", "Niveau 1", "Niveau 2", "Statut",
              "Procédure de test"])  # fmt: skip
    for k in range(3):
        form.put(sheet, ["", f"V{k + 1}", AREAS[k]], bold=True)
        for n, text in enumerate(many(FR, 36)[k * 12 : k * 12 + 12], 1):
            form.ask(sheet, ["", f"{k + 1}.{n}", text, "✓", "", "N/A", "Voir le guide"], "C", "F")


@layout
def third_profile_with_current_and_target(form: Form) -> None:
    sheet = form.sheet("CSF Profile")
    form.put(sheet, ["CSF Outcome (Function, Category, or Subcategory)",
                     "CSF Outcome Description", "Included in Profile?", "Rationale",
                     "Current Priority", "Current Status", "Current Policies, Processes, and Procedures",
                     "Notes", "Target Priority"])  # fmt: skip
    for k in range(4):
        form.put(sheet, [["GV", "PR", "ID", "DE"][k], AREAS[k]], bold=True)
        form.put(sheet, [f"{['GV', 'PR', 'ID', 'DE'][k]}.OC", AREAS[k + 4]], bold=True)
        for n, text in enumerate(many(STATES, 40)[k * 10 : k * 10 + 10], 1):
            form.ask(sheet, [f"{['GV', 'PR', 'ID', 'DE'][k]}.OC-{n:02}", text], "B", "C|F|G")


@layout
def third_practices_with_implementation_level(form: Form) -> None:
    sheet = form.sheet("ASSET")
    form.put(sheet, ["Asset, Change, and Configuration Management (ASSET)"], [])
    for k in range(4):
        form.put(sheet, [f"{k + 1}. {AREAS[k]}"], bold=True)
        form.put(sheet, ["MIL", "Practice", "", "Response", "Notes"])
        for n, text in enumerate(STATES[k * 4 : k * 4 + 4]):
            form.ask(sheet, [f"MIL{n // 2 + 1}", "abcd"[n] + ".", text], "C", "D", "E")
    choices(sheet, "D5:D40", "Not Implemented,Partially Implemented,Largely Implemented,Fully")


@layout
def third_secure_development_practices_merged(form: Form) -> None:
    sheet = form.sheet("SSDF")
    form.put(sheet, ["Practices", "Tasks", "Notional Implementation Examples", "References",
                     "Producer's attestation", "Artifacts"])  # fmt: skip
    for k in range(8):
        for n, text in enumerate(many(STATES, 24)[k * 3 : k * 3 + 3], 1):
            row = form.ask(sheet, [f"{AREAS[k]} (PO.{k}): Ensure that people are prepared." if n == 1
                                   else "", f"PO.{k}.{n}: {text}",
                                   "Example 1: Define policies.\nExample 2: Review them.",
                                   "BSAFSS: SM.3\nCNCFSSCP: 1"], "B", "E", "F")  # fmt: skip
        sheet.merge_cells(f"A{row - 2}:A{row}")


@layout
def third_accessibility_report_in_excel(form: Form) -> None:
    sheet = form.sheet("WCAG 2.1 Report")
    texts = ["Non-text Content", "Audio-only and Video-only", "Captions (Prerecorded)",
             "Info and Relationships", "Meaningful Sequence", "Use of Color", "Keyboard",
             "No Keyboard Trap", "Page Titled", "Focus Order", "Language of Page"]  # fmt: skip
    form.put(sheet, ["Table 1: Success Criteria, Level A"], [],
             ["Criteria", "Conformance Level", "Remarks and Explanations"])  # fmt: skip
    first, last = form.ask_all(
        sheet, [f"1.{n}.1 {t} (Level A)" for n, t in enumerate(texts, 1)], lambda n, t: [t],
        "A", "B", "C")  # fmt: skip
    choices(sheet, f"B{first}:B{last}",
            "Supports,Partially Supports,Does Not Support,Not Applicable")  # fmt: skip


@layout
def third_certification_question_set(form: Form) -> None:
    sheet = form.sheet("Question set")
    form.put(sheet, ["Question number", "Section", "Question", "Guidance", "Notes to applicant",
                     "Answer type", "Your answer", "Compliant?"])  # fmt: skip
    form.ask_all(sheet, many(ASKS, 90), lambda n, t: [
        f"A{n // 10 + 1}.{n % 10}", AREAS[n // 10], t,
        "Please provide the full name. You should include all offices.", "Notes", "Free text"],
        "C", "G")  # fmt: skip


@layout
def third_practice_assessment_with_objectives(form: Form) -> None:
    sheet = form.sheet("Level 2")
    form.put(sheet, ["Domain", "Practice", "Assessment objective", "MET", "NOT MET", "N/A",
                     "Assessor notes", "Artifact"])  # fmt: skip
    for k in range(12):
        form.put(sheet, [AREAS[k], f"AC.L2-3.1.{k}", STATES[k]], bold=True)
        for n, text in enumerate(many(STATES, 48)[k * 4 : k * 4 + 4]):
            row = form.ask(sheet, ["", "", f"[{'abcd'[n]}] {text}"], "C", "D|E|F")
        sheet.cell(row - 4, 3).font = Font(bold=True)
    form.gold += [Gold("Level 2", g, STATES[k], "D|E|F", ANY) for k in range(12)
                  for g in [2 + k * 5]]  # fmt: skip


@layout
def third_declarative_statements_with_y_n(form: Form) -> None:
    sheet = form.sheet("Domain 1")
    form.put(sheet, ["Cyber Risk Management and Oversight"], [],
             ["Assessment Factor", "Component", "Maturity", "Declarative statement",
              "Y, Y(C), N", "Comments"])  # fmt: skip
    for k in range(5):
        for n, text in enumerate(many(STATES, 60)[k * 12 : k * 12 + 12]):
            row = form.ask(sheet, [AREAS[k] if n == 0 else "", "OVERSIGHT" if n == 0 else "",
                                   ["Baseline", "Evolving", "Advanced"][n // 4] if n % 4 == 0
                                   else "", text], "D", "E", "F")  # fmt: skip
            if n % 4 == 3:
                sheet.merge_cells(f"C{row - 3}:C{row}")
        sheet.merge_cells(f"A{row - 11}:A{row}")
        sheet.merge_cells(f"B{row - 11}:B{row}")


@layout
def third_open_source_conformance_checklist(form: Form) -> None:
    sheet = form.sheet("Checklist")
    form.put(sheet, ["Self-certification"], ["Please read the specification first."], [])
    for k in range(4):
        row = form.put(sheet, [f"Section {k + 1}: {AREAS[k]}"], bold=True)
        for text in ASKS[k * 5 : k * 5 + 5]:
            row = form.ask(sheet, [text], "A", "B")
            choices(sheet, f"B{row}", "Yes,No")


@layout
def third_responsibility_matrix_to_complete(form: Form) -> None:
    sheet = form.sheet("Matrix")
    form.put(sheet, ["Requirement", "Description", "Provider", "Customer", "Shared",
                     "Details of responsibility"])  # fmt: skip
    form.ask_all(sheet, many(STATES, 50), lambda n, t: [f"{n}.1", t], "B", "C|D|E", "F")


@layout
def third_artificial_intelligence_form_with_if_no(form: Form) -> None:
    sheet = form.sheet("AI")
    form.put(sheet, ["AI vendor questionnaire"], [],
             ["", "Question", "Yes / No / Unsure", "If yes, please elaborate", "Internal: rating"])  # fmt: skip
    for k in range(6):
        row = form.put(sheet, [AREAS[k]], bold=True)
        sheet.merge_cells(f"A{row}:E{row}")
        for n, text in enumerate(many(ASKS, 60)[k * 10 : k * 10 + 10], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text], "B", "C", "D")


@layout
def third_requirements_from_a_tracker(form: Form) -> None:
    sheet = form.sheet("Backlog")
    form.put(sheet, ["Key", "Summary", "Description", "Priority", "Component", "Vendor estimate",
                     "Supported out of the box?", "Vendor remarks"])  # fmt: skip
    form.ask_all(sheet, many(MUSTS, 48), lambda n, t: [
        f"REQ-{n}", AREAS[n % 16], t, "Must", "Core"], "C", "F|G", "H")  # fmt: skip
