"""Layouts of security and privacy questionnaires."""

from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName

from tests.rfp_manager.layouts_wild import (
    ANY,
    GERMAN,
    PRIVACY,
    SECURITY,
    Form,
    choices,
    layout,
    paint,
    protect,
)

SPEC = (
    "Establish, document, approve, communicate, apply and maintain a policy for this field. "
    "Review and update the policy at least once a year."
)


@layout
def caiq_four_with_ownership(form: Form) -> None:
    about = form.sheet("Introduction")
    form.put(
        about,
        ["CONSENSUS ASSESSMENT"],
        [],
        ["What is this workbook for?"],
        ["It helps cloud customers to ask providers how controls are implemented."],
        ["The provider should answer Yes, No or NA and describe how the control is met."],
        ["Who owns the control? Choose one of the values in column D."],
    )
    sheet = form.sheet("CAIQv4.0.2")
    form.put(sheet, ["v4.0.2", None, "CONSENSUS ASSESSMENTS INITIATIVE QUESTIONNAIRE v4.0.2"])
    sheet.merge_cells("C1:H1")
    header = form.put(
        sheet,
        [
            "Question ID",
            "Question",
            "CSP CAIQ Answer",
            "SSRM Control Ownership",
            "CSP Implementation Description (Optional/Recommended)",
            "CSC Responsibilities (Optional/Recommended)",
            "CCM Control ID",
            "CCM Control Specification",
            "CCM Control Title",
            "CCM Domain Title",
        ],
    )
    paint(sheet, header, 10)
    first, last = form.ask_all(
        sheet,
        SECURITY,
        lambda n, t: [
            f"A&A-{(n + 1) // 2:02}.{n % 2 + 1}",
            t,
            None,
            None,
            None,
            None,
            f"A&A-{(n + 1) // 2:02}" if n % 2 else None,
            SPEC if n % 2 else None,
            "Audit and Assurance Policy" if n % 2 else None,
            "Audit & Assurance" if n == 1 else None,
        ],
        "B",
        "C",
        "E",
    )
    for column in "GHI":
        for row in range(first, last, 2):
            sheet.merge_cells(f"{column}{row}:{column}{row + 1}")
    sheet.merge_cells(f"J{first}:J{last}")
    choices(sheet, f"C{first}:C{last}", "Yes,No,NA")
    choices(sheet, f"D{first}:D{last}", "CSP-owned,CSC-owned,3rd-party outsourced,Shared")
    form.put(sheet, [], ["End of Standard"], ["© 2026 All rights reserved."])
    sheet.freeze_panes = "C3"


@layout
def caiq_three_with_tick_columns_and_notes(form: Form) -> None:
    sheet = form.sheet("CAIQ v3.1")
    form.put(sheet, ["CONSENSUS ASSESSMENTS INITIATIVE QUESTIONNAIRE v3.1"])
    form.put(
        sheet,
        [
            "Control Domain",
            "Control ID",
            "Question ID",
            "Control Specification",
            "Consensus Assessment Questions",
            "Consensus Assessment Answers",
            None,
            None,
            "Notes",
            "CCM v3.0.1 Compliance Mapping",
        ],
    )
    form.put(sheet, [None] * 5 + ["Yes", "No", "Not Applicable"])
    sheet.merge_cells("F2:H2")
    for n, text in enumerate(SECURITY):
        opens = n % 3 == 0
        form.ask(
            sheet,
            [
                "Application & Interface Security\nApplication Security" if opens else None,
                f"AIS-{n // 3 + 1:02}" if opens else None,
                f"AIS-{n // 3 + 1:02}.{n % 3 + 1}",
                SPEC if opens else None,
                text,
                None,
                None,
                None,
                None,
                "S3.10.0",
            ],
            "E",
            "F|I",
        )
    for top in range(4, 16, 3):
        for column in "ABD":
            sheet.merge_cells(f"{column}{top}:{column}{top + 2}")


@layout
def sig_with_tabs_and_scoping(form: Form) -> None:
    cover = form.sheet("Copyright")
    form.put(cover, ["Standardized Information Gathering"], ["Do not distribute without licence."])
    scope = form.sheet("Business Information")
    form.put(scope, ["Ques Num", "Question/Request", "Response", "Additional Information"])
    form.ask_all(
        scope,
        [
            "Responder name",
            "Responder job title",
            "Name of the holding company",
            "How long has the company been in business?",
            "What is the web address of the company?",
        ],
        lambda n, t: [f"BI.{n}", t],
        "B",
        "C",
        "D",
    )
    for letter, part in (("A", SECURITY[:4]), ("B", SECURITY[4:8]), ("P", PRIVACY)):
        sheet = form.sheet(f"{letter}. Domain {letter}")
        form.put(sheet, [f"{letter}. Domain {letter}"], ["0%", "Questions answered"])
        head = form.put(
            sheet,
            [
                "Serial No",
                "Ques Num",
                "SIG Question Text",
                "Response",
                "Additional Information",
                "Category",
                "Sub-category",
                "ISO 27001:2022",
                "Scope Level",
            ],
        )
        paint(sheet, head, 9)
        first, last = form.ask_all(
            sheet,
            part,
            lambda n, t, x=letter: [  # type: ignore[misc]
                n,
                f"{x}.{n}",
                t,
                None,
                None,
                "Governance",
                "Policies",
                "5.1",
                "Lite",
            ],
            "C",
            "D",
            "E",
        )
        choices(sheet, f"D{first}:D{last}", "Yes,No,N/A")
    form.sheet("Lists").sheet_state = "hidden"
    form.put(form.book["Lists"], ["Yes"], ["No"], ["N/A"])


@layout
def hecvat_with_scores_and_hidden_calculation(form: Form) -> None:
    read = form.sheet("Instructions")
    form.put(
        read,
        ["Proceed to the next tab, Questionnaire."],
        ["Has your institution reviewed this before? Ask your contact for the last copy."],
        ["Provide a short explanation in Additional Information where you answer No."],
    )
    sheet = form.sheet("HECVAT - Full")
    form.put(sheet, ["Higher Education Community Vendor Assessment Toolkit"], ["Version 3.06"], [])
    form.put(sheet, ["DATE-01", "Date", None])
    for section, texts in (("Company Overview", SECURITY[:4]), ("Data", SECURITY[4:9])):
        head = form.put(
            sheet,
            [
                section,
                None,
                "Vendor Answers",
                "Additional Information",
                "Guidance",
                "Analyst Notes",
                "Score",
            ],
        )
        sheet.merge_cells(f"A{head}:B{head}")
        paint(sheet, head, 7)
        first, last = form.ask_all(
            sheet,
            texts,
            lambda n, t, s=section: [  # type: ignore[misc]
                f"{s[:4].upper()}-{n:02}",
                t,
                None,
                None,
                "Describe any plans to do so. State the date by which it will be in place.",
                None,
                f'=IF(C{n}="Yes",10,0)',
            ],
            "B",
            "C",
            "D",
        )
        choices(sheet, f"C{first}:C{last}", "=Values!$A$1:$A$3")
        area = f"C{first}:C{last}"
        red = PatternFill("solid", bgColor="FFFFC7CE")
        sheet.conditional_formatting.add(area, CellIsRule("equal", ['"No"'], fill=red))
    values = form.sheet("Values")
    form.put(values, ["Yes"], ["No"], ["N/A"])
    values.sheet_state = "hidden"
    calc = form.sheet("Calc")
    form.put(calc, ["ID", "Question", "Answer"], ["COMP-01", "Is it so?", "='HECVAT - Full'!C6"])
    calc.sheet_state = "veryHidden"


@layout
def vsa_with_evidence_link_and_last_year(form: Form) -> None:
    sheet = form.sheet("Vendor Security Alliance")
    form.put(
        sheet,
        [None, "VSA Questionnaire"],
        [],
        [
            None,
            "Section",
            "#",
            "Question",
            "Response",
            "Evidence (link)",
            "Previous response (2025)",
        ],
    )
    form.ask_all(
        sheet,
        SECURITY,
        lambda n, t: [
            None,
            "Data protection" if n < 6 else "Access",
            n,
            t,
            None,
            None,
            "Yes, this is in place and was confirmed by our auditor in March.",
        ],
        "D",
        "E",
        "F",
    )


@layout
def dspt_with_assertions_and_mandatory_flags(form: Form) -> None:
    sheet = form.sheet("Evidence items")
    form.put(sheet, ["Data Security and Protection Toolkit"], [])
    form.put(
        sheet,
        [
            "Assertion",
            "Evidence ref",
            "Evidence text",
            "Mandatory",
            "Tooltip",
            "Your response",
            "Supporting document",
        ],
    )
    for n, text in enumerate(SECURITY[:9]):
        form.ask(
            sheet,
            [
                "The organisation assures good management of data" if n % 3 == 0 else None,
                f"{n // 3 + 1}.1.{n % 3 + 1}",
                text,
                "Yes",
                "Explain this in no more than 200 words and name the person who is responsible.",
            ],
            "C",
            "F",
            "G",
        )
    for top in (4, 7, 10):
        sheet.merge_cells(f"A{top}:A{top + 2}")


@layout
def dtac_with_options_and_scoring_criteria(form: Form) -> None:
    sheet = form.sheet("C3 Data protection")
    form.put(sheet, ["C3 - Data protection"], ["Establishes that the product protects data."], [])
    form.put(
        sheet,
        ["Code", "Question", "Options", "Response", "Supporting information", "Scoring criteria"],
    )
    form.ask_all(
        sheet,
        PRIVACY + SECURITY[:3],
        lambda n, t: [
            f"C3.{n}",
            t,
            "Yes | No | Not applicable",
            None,
            "If yes, provide a copy of the document as an attachment.",
            "To pass, the developer is required to confirm that it is in place.",
        ],
        "B",
        "D",
    )


@layout
def pci_responsibility_matrix(form: Form) -> None:
    sheet = form.sheet("Requirement 8")
    form.put(sheet, ["Service provider responsibility matrix"], [])
    form.put(
        sheet,
        [
            "PCI DSS Requirement",
            "Requirement Description",
            "In Place",
            "In Place with CCW",
            "Not in Place",
            "N/A",
            "Service provider's comments",
        ],
    )
    texts = [
        "All user IDs are assigned to one person only.",
        "Group and shared accounts are used only when necessary.",
        "Access of terminated users is revoked immediately.",
        "Inactive accounts are removed or disabled within 90 days.",
        "Passwords have a length of at least 12 characters.",
    ]
    form.ask_all(sheet, texts, lambda n, t: [f"8.2.{n}", t], "B", "C|G")


@layout
def statement_of_applicability(form: Form) -> None:
    sheet = form.sheet("SoA")
    form.put(sheet, ["ISO/IEC 27001:2022 Annex A controls"], [])
    form.put(
        sheet,
        [
            "Control",
            "Title",
            "Control description",
            "Applicable (Yes/No)",
            "Justification",
            "Implementation status",
        ],
    )
    titles = [
        "Policies for information security",
        "Segregation of duties",
        "Threat intelligence",
        "Inventory of assets",
        "Return of assets",
    ]
    texts = [
        "Policies shall be defined, approved by management and published.",
        "Conflicting duties and areas of responsibility shall be segregated.",
        "Information about threats shall be collected and analysed.",
        "An inventory of assets, with their owners, shall be developed and maintained.",
        "Personnel shall return all assets in their possession when they leave.",
    ]
    form.ask_all(sheet, texts, lambda n, t: [f"A.5.{n}", titles[n - 1], t], "C", "D", ANY)


@layout
def privacy_checklist_with_articles(form: Form) -> None:
    sheet = form.sheet("Art. 28 checklist")
    form.put(sheet, ["Processor due diligence"], ["Completed by:", None, "Date:"], [])
    form.put(sheet, ["GDPR article", "Checkpoint", "Processor's response", "Attachments"])
    form.ask_all(sheet, PRIVACY, lambda n, t: [f"Art. 28({n})", t], "B", "C", "D")


@layout
def protected_form_with_yes_no_and_explain(form: Form) -> None:
    sheet = form.sheet("Assessment")
    form.put(sheet, ["Third Party Risk Assessment"], [])
    form.put(
        sheet,
        [
            "Item",
            "Assessment question",
            "Yes / No / N/A",
            "If no or N/A, please explain",
            "Residual risk",
        ],
    )
    first, last = form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "C", "D")
    choices(sheet, f"C{first}:C{last}", "Yes,No,N/A")
    protect(sheet, f"C{first}:D{last}")


@layout
def choices_by_defined_name_with_banners_between(form: Form) -> None:
    sheet = form.sheet("Security")
    form.put(
        sheet, ["Ref.", "Control question", "Maturity", "Provider input", "Notes for assessor"]
    )
    for n, text in enumerate(SECURITY):
        if n % 4 == 0:
            row = form.put(sheet, [f"{n // 4 + 1}. Topic area {n // 4 + 1}"])
            sheet.merge_cells(f"A{row}:E{row}")
            paint(sheet, row, 5)
        row = form.ask(sheet, [f"{n // 4 + 1}.{n % 4 + 1}", text], "B", "C|D")
        choices(sheet, f"C{row}", "=Maturity")
    lists = form.sheet("Values")
    form.put(lists, ["0 - absent"], ["1 - initial"], ["2 - managed"], ["3 - measured"])
    form.book.defined_names["Maturity"] = DefinedName("Maturity", attr_text="Values!$A$1:$A$4")


@layout
def german_tisax_like_self_assessment(form: Form) -> None:
    sheet = form.sheet("Informationssicherheit")
    form.put(sheet, ["Selbstauskunft Informationssicherheit"], [])
    form.put(
        sheet,
        [
            "ISA-Nr.",
            "Reifegrad",
            "Kontrollfrage",
            "Ziel der Anforderung",
            "Umsetzungsbeschreibung",
            "Verweis auf Dokumentation",
        ],
    )
    goal = "Die Organisation benötigt klare Vorgaben. Diese müssen bekannt gemacht werden."
    form.put(sheet, ["1", None, "IS-Richtlinien und Organisation"])
    form.ask_all(sheet, GERMAN, lambda n, t: [f"1.{n}", None, t, goal], "C", "E|B")
