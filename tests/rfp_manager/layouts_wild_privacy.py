"""Layouts of self-assessments and checklists of data protection."""

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
