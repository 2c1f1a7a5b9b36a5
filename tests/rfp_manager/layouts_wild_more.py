"""Further layouts, written after the reader was finished with the others, to test it anew."""

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    NOUNS,
    SECURITY,
    Form,
    choices,
    layout,
)


@layout
def eu_technical_offer_with_committee_notes(form: Form) -> None:
    sheet = form.sheet("Annex II+III")
    form.put(
        sheet,
        ["ANNEX II + III : TECHNICAL SPECIFICATIONS + TECHNICAL OFFER"],
        [],
        ["Tenderers are requested to complete the template on the next pages."],
        [],
    )
    form.put(
        sheet,
        [
            "1.\nItem number",
            "2.\nSpecifications required",
            "3.\nSpecifications offered",
            "4.\nNotes, remarks,\nref to documentation",
            "5.\nEvaluation Committee's notes",
        ],
    )
    form.ask_all(sheet, DEMANDS + NOUNS, lambda n, t: [n, t], "B", "C", "D")


@layout
def clauses_with_deviation_column(form: Form) -> None:
    sheet = form.sheet("Compliance sheet")
    form.put(
        sheet,
        ["S.No", "Clause / Specification", "Compliance (Yes/No)", "Deviation, if any", "Remarks"],
    )
    form.ask_all(sheet, DEMANDS, lambda n, t: [n, t], "B", "C", ANY)


@layout
def follow_up_columns_of_both_sides(form: Form) -> None:
    sheet = form.sheet("Assessment")
    form.put(
        sheet,
        [
            "Domain",
            "Sub-domain",
            "Question ID",
            "Question",
            "Vendor Response (Y/N)",
            "Vendor Details",
            "Customer follow-up question",
            "Vendor follow-up response",
        ],
    )
    form.ask_all(sheet, SECURITY, lambda n, t: ["IAM", "Access", f"IAM-{n}", t], "D", "E", "F")


@layout
def feature_ticks_and_comments(form: Form) -> None:
    sheet = form.sheet("Functional requirements")
    form.put(
        sheet,
        ["", "Feature/Function", "Standard", "Configurable", "Custom", "Not available", "Comments"],
    )
    form.put(sheet, ["1", "User management"])
    form.ask_all(sheet, NOUNS, lambda n, t: [f"1.{n}", t], "B", "C|G")


@layout
def headerless_with_lists_in_the_third_column(form: Form) -> None:
    sheet = form.sheet("Sheet1")
    form.put(sheet, ["Supplier security check"], [])
    first, last = form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "C")
    choices(sheet, f"C{first}:C{last}", "Yes,No")


@layout
def question_title_merged_over_number_and_text(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Question", None, "Answer", "Explanation"])
    sheet.merge_cells("A1:B1")
    form.ask_all(sheet, SECURITY, lambda n, t: [f"{n}.", t], "B", "C", "D")


@layout
def sub_header_with_limits(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(
        sheet,
        ["Ref", "Question", "Response", "Evidence"],
        [None, None, "(maximum 500 words)", "(file name)"],
    )
    form.ask_all(sheet, SECURITY, lambda n, t: [f"R{n}", t], "B", "C", "D")


@layout
def criteria_and_contacts_sheets_around(form: Form) -> None:
    for title, rows in {
        "Change log": [
            ["Version", "Date", "Description", "Author"],
            ["1.0", "2026-01-05", "First issue of all questions", "JS"],
            ["1.1", "2026-02-10", "Question 4 was reworded", "JS"],
        ],
        "Contacts": [
            ["Name", "Role", "E-mail", "Comments"],
            ["Jo Smith", "Buyer", "jo@example.org", "Ask about the form"],
        ],
        "Evaluation": [
            ["Criterion", "Weight", "Description"],
            ["Quality", "60%", "How well does the response meet the requirements?"],
            ["Price", "40%", "The total price over the term."],
        ],
        "Response codes": [
            ["Code", "Description"],
            ["Y", "The requirement is met today."],
            ["N", "The requirement cannot be met."],
        ],
    }.items():
        form.put(form.sheet(title), *rows)  # type: ignore[arg-type]
    sheet = form.sheet("Requirements")
    form.put(sheet, ["Req ID", "Requirement", "Response code", "Vendor comments"])
    form.ask_all(sheet, DEMANDS, lambda n, t: [f"R-{n}", t], "B", "C", "D")


@layout
def numbered_inline_with_shouted_sections(form: Form) -> None:
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["Vendor Questionnaire", "Vendor Response"])
    for part in range(3):
        form.put(sheet, [f"SECTION {'ABC'[part]} - AREA NUMBER {part}"])
        texts = [f"{part * 4 + n}. {t}" for n, t in enumerate(SECURITY[part * 4 : part * 4 + 4], 1)]
        form.ask_all(sheet, texts, lambda n, t: [t], "A", "B")


@layout
def portuguese_form(form: Form) -> None:
    sheet = form.sheet("Questionário")
    form.put(sheet, ["Item", "Pergunta", "Resposta do fornecedor", "Observações"])
    form.ask_all(
        sheet,
        [
            "A empresa possui política de segurança da informação?",
            "Descreva o processo de gestão de incidentes.",
            "Os dados são criptografados em repouso?",
            "O fornecedor deve notificar incidentes em até 48 horas.",
        ],
        lambda n, t: [n, t],
        "B",
        "C",
        "D",
    )


@layout
def polish_form(form: Form) -> None:
    sheet = form.sheet("Ankieta")
    form.put(sheet, ["Lp.", "Pytanie", "Odpowiedź", "Uwagi"])
    form.ask_all(
        sheet,
        [
            "Czy firma posiada politykę bezpieczeństwa informacji?",
            "Proszę opisać proces zarządzania incydentami.",
            "Czy dane są szyfrowane?",
        ],
        lambda n, t: [n, t],
        "B",
        "C",
        "D",
    )


@layout
def swedish_requirements(form: Form) -> None:
    sheet = form.sheet("Kravspecifikation")
    form.put(sheet, ["Krav-ID", "Krav", "Ska/Bör", "Uppfylls (Ja/Nej)", "Leverantörens kommentar"])
    form.ask_all(
        sheet,
        [
            "Systemet ska stödja inloggning med tvåfaktorsautentisering.",
            "Leverantören ska rapportera incidenter inom 24 timmar.",
            "Data bör lagras inom EU/EES.",
        ],
        lambda n, t: [f"K{n}", t, "Ska"],
        "B",
        "D",
        "E",
    )


@layout
def chinese_form(form: Form) -> None:
    sheet = form.sheet("供应商调查")
    form.put(sheet, ["供应商信息安全调查表"], [], ["序号", "类别", "问题", "答复", "备注"])
    form.ask_all(
        sheet,
        [
            "贵公司是否通过了信息安全管理体系认证？",
            "请说明数据备份的频率和方式。",
            "供应商应在二十四小时内报告安全事件。",
            "如何管理员工离职后的访问权限？",
        ],
        lambda n, t: [n, "安全", t],
        "C",
        "D",
        "E",
    )
