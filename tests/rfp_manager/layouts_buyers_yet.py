"""One more round of unseen layouts, after the last rules were settled."""

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    GERMAN,
    NOUNS,
    PRIVACY,
    SECURITY,
    Form,
    choices,
    layout,
)

NORWEGIAN = [
    "Har leverandøren et dokumentert styringssystem for informasjonssikkerhet?",
    "Leverandøren skal varsle om hendelser innen 24 timer.",
    "Beskriv rutiner for sikkerhetskopiering.",
    "Løsningen bør støtte innlogging med BankID.",
]
CATALAN = [
    "Disposa d'un pla de continuïtat provat?",
    "Descriviu el procediment de gestió d'incidents.",
    "El sistema ha de xifrar les dades.",
    "Amb quina freqüència es revisen els accessos?",
]


@layout
def norwegian_requirements(form: Form) -> None:
    sheet = form.sheet("Kravspesifikasjon")
    form.put(sheet, ["Krav-ID", "Krav", "A/B", "Leverandørens svar", "Evalueres"])
    form.ask_all(sheet, NORWEGIAN, lambda n, t: [f"K-{n}", t, "A", "", "Ja"], "B", "D")


@layout
def catalan_form(form: Form) -> None:
    sheet = form.sheet("Qüestionari")
    form.put(sheet, ["Núm.", "Pregunta", "Resposta", "Observacions"])
    form.ask_all(sheet, CATALAN, lambda n, t: [n, t], "B", "C", "D")


@layout
def control_with_test_procedure_and_result(form: Form) -> None:
    sheet = form.sheet("Controls")
    form.put(sheet, ["Control #", "Control description", "How we test it", "Your control in place "
                     "(describe)", "Frequency", "Auditor conclusion"])  # fmt: skip
    texts = ["User access is granted on approval by the manager.", "Firewalls deny by default.",
             "Logs are kept for one year.", "Vendors are reviewed each year."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [f"C{n}", t, "We inspect a sample of 25 records."],
                 "B", "D", ANY)  # fmt: skip


@layout
def questions_with_weights_inside_sections_with_totals(form: Form) -> None:
    sheet = form.sheet("Scorecard")
    form.put(sheet, ["Scorecard"], ["Max. points:", 100], [])
    form.put(sheet, ["Category", "Weight", "Question", "Points", "Proposer's answer"])
    for k, texts in enumerate((SECURITY[:4], PRIVACY), 1):
        form.put(sheet, [f"Category {k}", "50%"])
        for text in texts:
            form.ask(sheet, ["", "", text, 10], "C", "E")
        form.put(sheet, ["Subtotal", "", "", "=SUM(D5:D8)"])


@layout
def reverse_order_from_right(form: Form) -> None:
    sheet = form.sheet("نموذج")
    sheet.sheet_view.rightToLeft = True
    form.put(sheet, ["ملاحظات", "الإجابة", "المتطلبات", "م"])
    texts = ["يجب أن يدعم النظام المصادقة الثنائية.", "توفير نسخ احتياطي يومي للبيانات",
             "هل البيانات مخزنة داخل المملكة؟", "دعم فني على مدار الساعة"]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: ["", "", t, n], "C", "B", "A")


@layout
def simple_list_with_answers_titled_by_company(form: Form) -> None:
    sheet = form.sheet("Sheet1")
    form.put(sheet, ["", "Question", "Acme Software GmbH"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "C")


@layout
def service_description_with_agreement(form: Form) -> None:
    sheet = form.sheet("SoW")
    form.put(sheet, ["Item", "Service description", "Agreed (Y/N)", "Proposed alternative wording"])
    texts = ["The help desk is staffed from 8 to 18 h on working days.",
             "Monthly reports are sent by the fifth working day.",
             "Spare parts are kept on site.", "Staff wear visible badges."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", "D")


@layout
def german_matrix_with_yes_no_and_price(form: Form) -> None:
    sheet = form.sheet("Anforderungskatalog")
    form.put(sheet, ["Nr.", "Funktion", "Priorität", "Im Standard (Ja/Nein)", "Zusatzkosten in EUR",
                     "Bemerkung"])  # fmt: skip
    form.ask_all(sheet, GERMAN, lambda n, t: [n, t, "hoch"], "B", "D", "F")


@layout
def capability_groups_as_rows_with_lists(form: Form) -> None:
    sheet = form.sheet("CRM")
    form.put(sheet, ["CRM requirements"], [], ["Requirement", "Response", "Comments"])
    first = form.at["CRM"] + 1
    for title, texts in ("Sales", NOUNS[:4]), ("Service", NOUNS[4:]), ("All", DEMANDS):
        form.put(sheet, [title], bold=True)
        for text in texts:
            form.ask(sheet, [text], "A", "B", "C")
    choices(sheet, f"B{first}:B{form.at['CRM']}", "Yes,No,Partly")
