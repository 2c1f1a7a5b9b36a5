"""Layouts of security and privacy questionnaires."""

from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill

from tests.rfp_manager.layouts_wild import (
    PRIVACY,
    SECURITY,
    Form,
    choices,
    layout,
    paint,
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
