"""Layouts of self-assessments against published standards; the texts are made up here."""

from openpyxl.styles import Alignment, Font

from tests.rfp_manager.layouts_wild import (
    ANY,
    GERMAN,
    PRIVACY,
    SECURITY,
    Form,
    choices,
    cycle,
    layout,
    paint,
    protect,
)

CONTROLS = [
    "Limit information system access to authorized users and processes acting for them.",
    "Limit information system access to the types of transactions that users may execute.",
    "Control the flow of CUI in accordance with approved authorizations.",
    "Separate the duties of individuals to reduce the risk of malevolent activity.",
    "Use non-privileged accounts when accessing nonsecurity functions.",
    "Terminate (automatically) a user session after a defined condition.",
    "Employ cryptographic mechanisms to protect remote access sessions.",
    "Scan for vulnerabilities periodically and when new ones are identified.",
]
OUTCOMES = [
    "Physical devices and systems within the organization are inventoried",
    "Organizational communication and data flows are mapped",
    "External information systems are catalogued",
    "Threats, both internal and external, are identified and documented",
    "Response plans incorporate lessons learned",
    "Data-in-transit is protected",
    "The network is monitored to detect potential cybersecurity events",
]
TITLES = [
    "Policies for information security",
    "Information security roles and responsibilities",
    "Contact with authorities",
    "Threat intelligence",
    "Return of assets",
    "Screening",
    "Clear desk and clear screen",
    "Secure disposal or re-use of equipment",
]
GRUNDSCHUTZ = [
    "Die Leitung MUSS die Gesamtverantwortung für Informationssicherheit übernehmen.",
    "Es SOLLTE ein Konzept für die Protokollierung erstellt werden.",
    "Alle Administratoren SOLLTEN sich mit zwei Faktoren anmelden.",
    "Der IT-Betrieb DARF NICHT mit privilegierten Konten im Internet surfen.",
    "Datensicherungen MÜSSEN regelmäßig auf Wiederherstellbarkeit geprüft werden.",
]
PRESENT = [
    "A risk register is maintained and reviewed by the board at least quarterly.",
    "All laptops are encrypted with a central key escrow.",
    "Security events are collected in one place and correlated.",
    "Leavers lose all access within one working day.",
    "The organisation holds cyber insurance of at least EUR 5 million.",
    "Critical patches are installed within 14 days of release.",
]


@layout
def nist_800_171_with_families_and_poam(form: Form) -> None:
    sheet = form.sheet("SSP Assessment")
    form.put(sheet, ["NIST SP 800-171 Self-Assessment"], ["System name:", "", "Date:", ""], [])
    head = form.put(
        sheet,
        ["Family", "Req. ID", "Security Requirement", "Implemented\n(Y/N/Partial/N/A)",
         "How is it implemented?", "POA&M reference", "Planned completion date", "Point value"],
    )  # fmt: skip
    paint(sheet, head, 8)
    for family, part in ("ACCESS CONTROL (AC)", CONTROLS[:4]), ("AUDIT (AU)", CONTROLS[4:]):
        row = form.put(sheet, [family])
        sheet.merge_cells(f"A{row}:H{row}")
        for n, text in enumerate(part, 1):
            form.ask(sheet, [family[-3:-1], f"3.{len(part)}.{n}", text, "", "", "", "", 5],
                     "C", "D", "E")  # fmt: skip
    row = form.put(sheet, ["", "", "Total score", "=SUM(H5:H20)"])
    sheet.cell(row, 3).font = Font(bold=True)


@layout
def csf_profile_with_merged_functions(form: Form) -> None:
    sheet = form.sheet("CSF")
    head = form.put(
        sheet,
        ["Function", "Category", "Subcategory", "Current tier (1-4)", "Target tier", "Rationale"],
    )
    paint(sheet, head, 6)
    first = head + 1
    for n, text in enumerate(OUTCOMES, 1):
        start = ["IDENTIFY (ID)", "Asset Management (ID.AM)"] if n == 1 else ["", ""]
        form.ask(sheet, [*start, f"ID.AM-{n}: {text}"], "C", "D|E", ANY)
    sheet.merge_cells(start_row=first, start_column=1, end_row=first + 6, end_column=1)
    sheet.merge_cells(start_row=first, start_column=2, end_row=first + 6, end_column=2)
    choices(sheet, f"D{first}:D{first + 6}", "1,2,3,4")


@layout
def iso_statement_of_applicability(form: Form) -> None:
    sheet = form.sheet("SoA")
    form.put(sheet, ["Statement of Applicability", "", "", "", "", "Version 2.1"], [])
    form.put(
        sheet,
        ["Annex A", "Control", "Applicable?", "Justification for inclusion / exclusion",
         "Implementation status", "Evidence"],
    )  # fmt: skip
    form.put(sheet, ["5", "Organizational controls"])
    form.ask_all(sheet, TITLES[:5], lambda n, t: [f"5.{n}", t], "B", "C|E", ANY)
    form.put(sheet, ["6", "People controls"])
    form.ask_all(sheet, TITLES[5:], lambda n, t: [f"6.{n}", t], "B", "C|E", ANY)


@layout
def grundschutz_check(form: Form) -> None:
    sheet = form.sheet("Grundschutz-Check")
    form.put(sheet, ["IT-Grundschutz-Check", "", "Zielobjekt:", "Server"], [])
    form.put(
        sheet,
        ["Baustein", "Anforderung", "Titel", "Typ", "Inhalt der Anforderung", "Umsetzungsstatus",
         "Erläuterung zur Umsetzung", "Verantwortlich", "Umsetzung bis"],
    )  # fmt: skip
    first, last = form.ask_all(
        sheet,
        GRUNDSCHUTZ,
        lambda n, t: ["ISMS.1", f"ISMS.1.A{n}", "Übernahme der Verantwortung", "Basis", t],
        "E", "F", "G",
    )  # fmt: skip
    choices(sheet, f"F{first}:F{last}", "ja,teilweise,nein,entbehrlich")


@layout
def c5_criteria_in_german(form: Form) -> None:
    sheet = form.sheet("C5 Kriterien")
    form.put(sheet, ["Kriterienkatalog Cloud", "", "", ""], ["vom Anbieter auszufüllen"], [])
    form.put(sheet, ["Bereich", "ID", "Basiskriterium", "Umsetzung beim Anbieter", "Nachweis"])
    row = form.put(sheet, ["Organisation der Informationssicherheit (OIS)"])
    sheet.merge_cells(f"A{row}:E{row}")
    form.ask_all(
        sheet,
        [
            "Der Cloud-Anbieter betreibt ein ISMS nach ISO/IEC 27001.\nDer Geltungsbereich ist "
            "dokumentiert.",
            "Die Leitlinie zur Informationssicherheit ist an alle Mitarbeiter kommuniziert.",
            "Schnittstellen und Abhängigkeiten zu Dritten sind dokumentiert.",
            "Unvereinbare Aufgaben sind getrennt.",
        ],
        lambda n, t: ["OIS", f"OIS-0{n}", t], "C", "D", "E",
    )  # fmt: skip


@layout
def article_28_checklist(form: Form) -> None:
    sheet = form.sheet("Art. 28 DSGVO")
    form.put(sheet, ["Checkliste Auftragsverarbeitung nach Art. 28 DSGVO"])
    form.put(sheet, ["Auftragnehmer:", ""], ["Ansprechpartner:", ""], [])
    form.put(sheet, ["", "Prüfpunkt", "ja", "nein", "n. a.", "Bemerkung / Nachweis"])
    for number, (title, texts) in enumerate(
        [("Technische und organisatorische Maßnahmen", GERMAN[:4]), ("Organisation", GERMAN[4:])],
        1,
    ):
        row = form.put(sheet, [number, title], bold=True)
        sheet.merge_cells(f"B{row}:F{row}")
        for n, text in enumerate(texts, 1):
            form.ask(sheet, [f"{number}.{n}", text], "B", "C", "F")


@layout
def hecvat_like_with_dependent_answers(form: Form) -> None:
    sheet = form.sheet("HECVAT - Full")
    form.put(sheet, ["Higher Education Community Vendor Assessment"])
    form.ask(sheet, ["DATE-01", "Date"], "B", "C")
    form.put(sheet, ["General Information"])
    fields = ["Vendor Name", "Product Name", "Product Description", "Web Link to Product Privacy "
              "Notice", "Vendor Contact Name", "Vendor Contact Email"]  # fmt: skip
    form.ask_all(sheet, fields, lambda n, t: [f"GNRL-{n:02}", t], "B", "C", ANY)
    form.put(sheet, ["Vendor Instructions"])
    form.put(sheet, ["Step 1: Complete the Qualifiers section first. Step 2: Complete each "
                     "section that applies."])  # fmt: skip
    head = form.put(
        sheet,
        ["Company Overview", "", "Vendor Answers", "Additional Information", "Guidance",
         "Analyst Notes"],
    )  # fmt: skip
    paint(sheet, head, 6)
    first, last = form.ask_all(
        sheet,
        SECURITY[:6],
        lambda n, t: [f"COMP-{n:02}", t, "", "", "Describe the scope of it.", ""],
        "B", "C", "D",
    )  # fmt: skip
    choices(sheet, f"C{first}:C{last}", "Yes,No")
    head = form.put(
        sheet,
        ["Documentation", "", "Vendor Answers", "Additional Information", "Guidance",
         "Analyst Notes"],
    )  # fmt: skip
    paint(sheet, head, 6)
    first, last = form.ask_all(sheet, SECURITY[6:], lambda n, t: [f"DOCU-{n:02}", t], "B", "C", "D")
    choices(sheet, f"C{first}:C{last}", "Yes,No")


@layout
def caiq_four_with_merged_domains_and_two_owners(form: Form) -> None:
    form.put(form.sheet("Introduction"), ["Introduction"], ["This tab explains the workbook."])
    sheet = form.sheet("CAIQv4")
    row = form.put(sheet, ["CONSENSUS ASSESSMENTS QUESTIONNAIRE v4"])
    sheet.merge_cells(f"A{row}:I{row}")
    head = form.put(
        sheet,
        ["Question ID", "Question", "CSP CAIQ Answer", "SSRM Control Ownership",
         "CSP Implementation Description (Optional/Recommended)",
         "CSC Responsibilities (Optional/Recommended)", "CCM Control ID",
         "CCM Control Specification", "CCM Control Title", "CCM Domain Title"],
    )  # fmt: skip
    first = head + 1
    for n, text in enumerate(SECURITY):
        own = [f"A&A-{n // 3 + 1:02}.{n % 3 + 1}", text, "", "", "", ""]
        named = [f"A&A-{n // 3 + 1:02}", "Establish, document and maintain audit policies and "
                 f"procedures, step {n}.", "Audit Policy", "Audit & Assurance"]  # fmt: skip
        form.ask(sheet, own + (named if n % 3 == 0 else []), "B", "C", "E")
    for column in "GHI":
        for top in range(first, first + len(SECURITY), 3):
            sheet.merge_cells(f"{column}{top}:{column}{top + 2}")
    choices(sheet, f"C{first}:C{first + 11}", "Yes,No,NA")
    choices(sheet, f"D{first}:D{first + 11}", "CSP-owned,CSC-owned,Shared")


@layout
def sig_lite_with_hidden_mappings(form: Form) -> None:
    sheet = form.sheet("A. Enterprise Risk")
    form.put(sheet, ["", "Section A. Enterprise Risk Management"], ["", "0 of 12 answered", "=1"])
    form.put(sheet, ["Serial", "Ques Num", "Question/Request", "Response", "Additional "
                     "Information", "Category", "AUP Ref", "ISO 27002 Relevance"])  # fmt: skip
    for n, text in enumerate(SECURITY, 1):
        number = f"A.{(n + 2) // 3}" + (f".{(n - 1) % 3}" if (n - 1) % 3 else "")
        row = form.ask(
            sheet, [100 + n, number, text, "", "", "Governance", f"A.{n}", "5.1.1"], "C", "D", "E"
        )
        sheet.cell(row, 3).alignment = Alignment(indent=(n - 1) % 3)
    sheet.column_dimensions["A"].hidden = True
    sheet.column_dimensions["G"].hidden = True
    protect(sheet, "D4:E15")


@layout
def vsa_core_with_scored_answers(form: Form) -> None:
    sheet = form.sheet("1. Service Overview")
    form.put(sheet, ["", "Service Overview"], [])
    form.put(sheet, ["#", "Item", "Answer", "Score", "Notes to the answer"])
    for n, text in enumerate(PRIVACY, 1):
        form.ask(sheet, [f"1.{n}", text, "", "=IF(C4=\"\",0,1)"], "B", "C", "E")  # fmt: skip
    form.put(sheet, ["", "Maximum score", "", 6], ["", "Score reached", "", "=SUM(D4:D9)"])


@layout
def maturity_levels_described_in_columns(form: Form) -> None:
    sheet = form.sheet("Maturity")
    form.put(
        sheet,
        ["Nr", "Statement", "Level 1", "Level 2", "Level 3", "Self-assessed level", "Reasoning"],
    )
    levels = ["Ad hoc, nothing is written down.", "Written down in parts.", "Measured."]
    first, last = form.ask_all(
        sheet, PRESENT, lambda n, t: [n, t, *levels], "B", "F", "G"
    )  # fmt: skip
    choices(sheet, f"F{first}:F{last}", "1,2,3")


@layout
def insurer_form_in_sections_without_numbers(form: Form) -> None:
    sheet = form.sheet("Cyber proposal")
    row = form.put(sheet, ["Cyber insurance proposal form"])
    sheet.merge_cells(f"A{row}:D{row}")
    for title, texts in (
        ("Company details", ["Name of the insured", "Registered address", "Annual turnover (EUR)",
                             "Number of employees"]),
        ("Security measures", SECURITY[2:7]),
        ("Loss history", ["Have you suffered a cyber incident in the last 5 years?",
                          "If yes, please describe what happened and what it cost."]),
    ):  # fmt: skip
        form.put(sheet, [])
        row = form.put(sheet, [title], bold=True)
        sheet.merge_cells(f"A{row}:D{row}")
        for text in texts:
            row = form.ask(sheet, [text], "A", "B", ANY)
            sheet.merge_cells(f"B{row}:D{row}")


@layout
def bank_third_party_form_with_inherent_risk(form: Form) -> None:
    sheet = form.sheet("TPRM")
    form.put(sheet, ["Third Party Risk Questionnaire"], ["Confidential"], [])
    head = form.put(
        sheet,
        ["Domain", "Sub-domain", "Q#", "Control question", "Inherent risk", "Response type",
         "Third party response", "Third party comments", "Document name(s) attached",
         "Bank assessor rating", "Bank assessor remarks"],
    )  # fmt: skip
    paint(sheet, head, 11)
    for n, text in enumerate(cycle(SECURITY, 40), 1):
        form.ask(
            sheet,
            [f"Domain {n // 10}", f"Sub {n // 5}", f"Q{n}", text, "High", "Yes/No/NA"],
            "D", "G", "H",
        )  # fmt: skip
    choices(sheet, f"G{head + 1}:G{head + 40}", "Yes,No,NA")


@layout
def ticks_under_a_merged_compliance_title(form: Form) -> None:
    sheet = form.sheet("Compliance")
    form.put(sheet, ["#", "Requirement", "Compliance", "", "", "Remarks"],
             ["", "", "Full", "Partial", "None", ""])  # fmt: skip
    for area in ("A1:A2", "B1:B2", "C1:E1", "F1:F2"):
        sheet.merge_cells(area)
    form.ask_all(sheet, PRESENT, lambda n, t: [n, t], "B", "C", "F")


@layout
def one_sheet_per_domain_with_a_summary(form: Form) -> None:
    sheet = form.sheet("Summary")
    form.put(sheet, ["Domain", "Questions", "Answered", "Score"])
    for name in ("Access", "Crypto", "People"):
        form.put(sheet, [name, 4, f"=COUNTA({name}!C:C)", "=B2/C2"])
    for k, name in enumerate(("Access", "Crypto", "People")):
        sheet = form.sheet(name)
        form.put(sheet, [name.upper()], [])
        form.put(sheet, ["ID", "Control Objective / Question", "Supplier answer", "Weight"])
        form.ask_all(sheet, SECURITY[4 * k : 4 * k + 4],
                     lambda n, t, name=name: [f"{name[:2].upper()}{n}", t, "", 3],
                     "B", "C")  # fmt: skip


@layout
def examples_prefilled_in_the_first_rows(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["Nr.", "Question", "Answer", "Reference"])
    form.put(sheet, ["Example", "Do you have a travel policy?", "Yes, last updated 2024.", "p. 3"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "C", "D")


@layout
def protected_with_hidden_rows(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Ref", "Question", "Response"])
    for n, text in enumerate(SECURITY, 1):
        if n % 4 == 0:
            row = form.put(sheet, [n, text])
            sheet.row_dimensions[row].hidden = True
        else:
            form.ask(sheet, [n, text], "B", "C")
    protect(sheet, "C2:C13")


@layout
def wide_form_with_answers_per_product(form: Form) -> None:
    sheet = form.sheet("Products")
    form.put(sheet, ["", "", "Product A", "", "Product B", ""],
             ["No", "Question", "Answer", "Comment", "Answer", "Comment"])  # fmt: skip
    sheet.merge_cells("C1:D1")
    sheet.merge_cells("E1:F1")
    form.ask_all(sheet, PRIVACY, lambda n, t: [n, t], "B", "C", "D")
