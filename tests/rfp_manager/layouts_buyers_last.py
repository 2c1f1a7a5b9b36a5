"""Layouts written after the rules were settled: they estimate how unknown forms are read."""

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    GERMAN,
    PRIVACY,
    SECURITY,
    Form,
    choices,
    layout,
    paint,
)

SAFEGUARDS = [
    "Establish and maintain an accurate inventory of all assets that store data.",
    "Use an active discovery tool to identify assets on the network.",
    "Remove unauthorized software on a weekly basis.",
    "Encrypt data on end-user devices that contain sensitive data.",
]
GREEK = [
    "Διαθέτει η εταιρεία πιστοποίηση ISO 27001;",
    "Περιγράψτε τη διαδικασία διαχείρισης περιστατικών.",
    "Το σύστημα πρέπει να υποστηρίζει κρυπτογράφηση δεδομένων.",
    "Υποστήριξη πολλαπλών χρηστών ταυτόχρονα",
]
HUNGARIAN = [
    "Rendelkezik-e a cég információbiztonsági szabályzattal?",
    "Ismertesse az incidenskezelés folyamatát.",
    "A rendszernek támogatnia kell a titkosítást.",
    "Milyen gyakran készül biztonsági mentés?",
]
DANISH = [
    "Løsningen skal understøtte single sign-on.",
    "Leverandøren bedes beskrive sin backupprocedure.",
    "Er data krypteret under transport?",
    "Systemet bør kunne eksportere til CSV.",
]
SPANISH_NOUNS = [
    "Panel de control configurable por el usuario",
    "El adjudicatario prestará soporte en horario de 8 a 18 h",
    "Acceso mediante certificado electrónico",
    "Copia de seguridad diaria de los datos",
]


@layout
def safeguards_with_four_lists(form: Form) -> None:
    sheet = form.sheet("Controls v8")
    form.put(sheet, ["CIS Control", "CIS Safeguard", "Asset Type", "Security Function", "Title",
                     "Description", "Policy Defined", "Control Implemented", "Control Automated",
                     "Control Reported"])  # fmt: skip
    first, last = form.ask_all(
        sheet, SAFEGUARDS, lambda n, t: [1, f"1.{n}", "Devices", "Protect", f"Title {n}", t],
        "F", "G|H", ANY,
    )  # fmt: skip
    choices(sheet, f"G{first}:J{last}", "None,Informal,Partial,Full")


@layout
def mitigation_strategies(form: Form) -> None:
    sheet = form.sheet("ML1")
    form.put(sheet, ["Essential mitigation strategies"], ["Assess your organisation."], [])
    form.put(sheet, ["Mitigation strategy", "Maturity level one requirement", "Implemented "
                     "(Yes/No/Partial)", "Evidence / comments"])  # fmt: skip
    texts = ["An automated method of asset discovery is used at least fortnightly.",
             "Patches are applied to online services within two weeks of release.",
             "Unsupported operating systems are replaced.",
             "Privileged accounts are prevented from reading mail."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: ["Patching" if n < 3 else "Admin", t], "B", "C", "D")


@layout
def selection_questionnaire_with_repeated_headers(form: Form) -> None:
    sheet = form.sheet("SQ")
    row = form.put(sheet, ["Part 1: Potential supplier information"])
    sheet.merge_cells(f"A{row}:C{row}")
    form.put(sheet, ["Please answer the following questions in full."], [])
    for k, texts in enumerate((["Full name of the potential supplier", "Registered office "
                                "address", "Date of registration"], SECURITY[:4]), 1):  # fmt: skip
        row = form.put(sheet, [f"Section {k}", f"Information of part {k}"])
        sheet.merge_cells(f"B{row}:C{row}")
        form.put(sheet, ["Question number", "Question", "Response"])
        form.ask_all(sheet, texts, lambda n, t, k=k: [f"{k}.1({'abcd'[n - 1]})", t], "B", "C")


@layout
def spanish_table_of_compliance_with_proof(form: Form) -> None:
    sheet = form.sheet("Cumplimiento")
    form.put(sheet, ["Nº", "Requisito técnico", "Cumple (S/N)", "Documento y página donde se "
                     "acredita"])  # fmt: skip
    form.ask_all(sheet, SPANISH_NOUNS, lambda n, t: [n, t], "B", "C", ANY)


@layout
def greek_compliance_table(form: Form) -> None:
    sheet = form.sheet("ΠΙΝΑΚΑΣ")
    form.put(sheet, ["ΠΙΝΑΚΑΣ ΣΥΜΜΟΡΦΩΣΗΣ"], [])
    form.put(sheet, ["Α/Α", "ΠΡΟΔΙΑΓΡΑΦΗ", "ΑΠΑΙΤΗΣΗ", "ΑΠΑΝΤΗΣΗ", "ΠΑΡΑΠΟΜΠΗ"])
    form.ask_all(sheet, GREEK, lambda n, t: [n, t, "ΝΑΙ"], "B", "D", ANY)


@layout
def hungarian_form(form: Form) -> None:
    sheet = form.sheet("Kérdőív")
    form.put(sheet, ["Sorszám", "Kérdés", "Válasz", "Megjegyzés"])
    form.ask_all(sheet, HUNGARIAN, lambda n, t: [n, t], "B", "C", ANY)


@layout
def danish_requirements(form: Form) -> None:
    sheet = form.sheet("Kravspecifikation")
    form.put(sheet, ["Nr.", "Krav", "Type", "Opfyldt (Ja/Nej/Delvist)", "Tilbudsgivers "
                     "besvarelse"])  # fmt: skip
    form.ask_all(sheet, DANISH, lambda n, t: [f"K{n}", t, "MK"], "B", "D|E", ANY)


@layout
def japanese_ticks(form: Form) -> None:
    sheet = form.sheet("点検表")
    form.put(sheet, ["番号", "点検項目", "はい", "いいえ", "該当なし", "備考"])
    texts = ["個人情報の取扱いに関する規程が整備されているか。", "従業員教育を年1回以上実施しているか。",
             "委託先の監督を行っているか。", "入退室の記録を保管している。"]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", "F")


@layout
def declarations_to_confirm(form: Form) -> None:
    sheet = form.sheet("Declaration")
    form.put(sheet, ["Declarations of the bidder"], [])
    form.put(sheet, ["No.", "Declaration", "Confirmed", "If not confirmed, please explain"])
    texts = ["We have not been convicted of fraud or corruption.",
             "We pay taxes and social security in full.",
             "We accept the draft contract without changes.",
             "Our offer is valid for 90 days."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", "D")


@layout
def groups_over_requirement_and_response(form: Form) -> None:
    sheet = form.sheet("RTM")
    head = form.put(
        sheet,
        ["Requirement", "", "", "Tender response", "", ""],
        ["ID", "Text", "Category", "C / PC / NC", "Proposal reference (section and page)",
         "Comments"],
    )  # fmt: skip
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("D1:F1")
    paint(sheet, head, 6)
    form.ask_all(sheet, DEMANDS, lambda n, t: [f"T-{n}", t, "Technical"], "B", "D", "F")


@layout
def tracked_questions_with_owner_and_due_date(form: Form) -> None:
    sheet = form.sheet("Tracker")
    form.put(sheet, ["No", "Question", "Assigned to", "Due date", "Answer", "Status"])
    form.ask_all(sheet, PRIVACY, lambda n, t: [n, t, "Legal", "2026-05-01", "", "Open"],
                 "B", "E")  # fmt: skip


@layout
def blank_rows_after_each_question(form: Form) -> None:
    sheet = form.sheet("Sheet1")
    form.put(sheet, ["QUESTIONS", "RESPONSES"], [])
    for n, text in enumerate(SECURITY, 1):
        form.ask(sheet, [f"{n}) {text}"], "A", "B")
        form.put(sheet, [])


@layout
def lists_without_any_header_and_sections_beside(form: Form) -> None:
    sheet = form.sheet("Checks")
    form.put(sheet, ["Security checks for suppliers"], [])
    first = form.at["Checks"] + 1
    for n, text in enumerate(SECURITY):
        form.ask(sheet, [["Audit", "Apps", "Data"][n // 4] if n % 4 == 0 else "", text], "B", "C")
    choices(sheet, f"C{first}:C{first + 11}", "Yes,No,Partly")


@layout
def chinese_scoring_table_with_proof(form: Form) -> None:
    sheet = form.sheet("评分表")
    form.put(sheet, ["序号", "指标要求", "评分标准", "供应商应答", "证明材料"])
    texts = ["系统应支持双因素认证", "提供7×24小时技术支持服务", "具备数据加密存储功能",
             "是否通过等级保护三级测评？"]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t, "满足得5分"], "B", "D", ANY)


@layout
def transfer_assessment_in_german(form: Form) -> None:
    sheet = form.sheet("TIA")
    form.put(sheet, ["Transfer Impact Assessment"], ["Vom Datenimporteur auszufüllen"], [])
    form.put(sheet, ["Ziffer", "Fragestellung", "Ja / Nein / Entfällt", "Erläuterung und Belege"])
    form.put(sheet, ["1", "Rechtslage im Empfängerland"], bold=True)
    form.ask_all(sheet, GERMAN[:3], lambda n, t: [f"1.{n}", t], "B", "C", "D")
    form.put(sheet, ["2", "Technische Maßnahmen"], bold=True)
    form.ask_all(sheet, GERMAN[3:], lambda n, t: [f"2.{n}", t], "B", "C", "D")
