"""A last round of layouts, read for the first time after everything else was mended."""

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    FRENCH,
    GERMAN,
    NOUNS,
    PRIVACY,
    SECURITY,
    SPANISH,
    Form,
    Gold,
    choices,
    layout,
    paint,
)

FINNISH = [
    "Onko yrityksellänne tietoturvapolitiikka?",
    "Kuvatkaa varmuuskopiointimenettely.",
    "Järjestelmän tulee tukea kertakirjautumista.",
    "Kuinka usein käyttöoikeudet tarkistetaan?",
]
ROMANIAN = [
    "Aveți o politică de securitate a informațiilor?",
    "Descrieți procedura de gestionare a incidentelor.",
    "Sistemul trebuie să cripteze datele.",
    "Cât de des se efectuează copii de siguranță?",
]


@layout
def code_and_capability_with_vendor_legend(form: Form) -> None:
    sheet = form.sheet("Capabilities")
    form.put(sheet, ["Legend:", "3 = standard", "2 = configuration", "1 = development",
                     "0 = not possible"], [])  # fmt: skip
    head = form.put(sheet, ["Cap. ID", "Capability", "Business value", "Vendor rating (0-3)",
                            "Vendor notes"])  # fmt: skip
    paint(sheet, head, 5)
    form.ask_all(sheet, NOUNS, lambda n, t: [f"C{n:02}", t, "High"], "B", "D", "E")


@layout
def finnish_form(form: Form) -> None:
    sheet = form.sheet("Kysely")
    form.put(sheet, ["Nro", "Vaatimus / kysymys", "Vastaus", "Lisätiedot"])
    form.ask_all(sheet, FINNISH, lambda n, t: [n, t], "B", "C", "D")


@layout
def romanian_form(form: Form) -> None:
    sheet = form.sheet("Chestionar")
    form.put(sheet, ["Nr. crt.", "Întrebare", "Răspuns", "Observații"])
    form.ask_all(sheet, ROMANIAN, lambda n, t: [n, t], "B", "C", "D")


@layout
def french_supplier_audit_with_c_nc(form: Form) -> None:
    sheet = form.sheet("Audit")
    form.put(sheet, ["Grille d'audit fournisseur"], [])
    form.put(sheet, ["Chapitre", "Point à vérifier", "C", "NC", "NA", "Constat / Preuve"])
    texts = ["Les équipements de mesure sont étalonnés.", "Un plan de formation est établi.",
             "Les non-conformités sont enregistrées et traitées.",
             "La traçabilité des lots est assurée."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: ["Qualité", t], "B", "C", "F")


@layout
def two_sheets_one_of_them_a_dashboard_by_formula(form: Form) -> None:
    board = form.sheet("Dashboard")
    form.put(board, ["Question", "Answer given"])
    sheet = form.sheet("Questions")
    form.put(sheet, ["No", "Question", "Answer"])
    for n, text in enumerate(SECURITY[:6], 2):
        form.ask(sheet, [n - 1, text], "B", "C")
        form.put(board, [f"=Questions!B{n}", f'=IF(Questions!C{n}="","",Questions!C{n})'])
        form.cached["Dashboard", f"A{n}"] = text
        form.cached["Dashboard", f"B{n}"] = ""


@layout
def answers_expected_in_two_years(form: Form) -> None:
    sheet = form.sheet("Controls")
    form.put(sheet, ["Control", "Control activity", "Response 2025", "Response 2026", "Changes"])
    texts = ["Access to production is reviewed each quarter by the owner of the system.",
             "Changes are tested and approved before release.",
             "Backups are checked daily.", "Incidents are recorded within one hour."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [f"CA-{n}", t, "Yes, done"], "B", "D", ANY)


@layout
def questions_in_capitals(form: Form) -> None:
    sheet = form.sheet("RFP")
    form.put(sheet, ["#", "QUESTION", "VENDOR RESPONSE"])
    form.ask_all(sheet, [t.upper() for t in SECURITY], lambda n, t: [n, t], "B", "C")


@layout
def html_like_export_with_merged_title_and_filters(form: Form) -> None:
    sheet = form.sheet("Assessment")
    row = form.put(sheet, ["Assessment: Vendor X (exported)"])
    sheet.merge_cells(f"A{row}:H{row}")
    form.put(sheet, ["Generated on", "2026-05-01", "", "Status", "In progress"], [])
    head = form.put(sheet, ["Section", "Question Number", "Question", "Question Description",
                            "Required", "Response", "Justification", "Attachments"])  # fmt: skip
    paint(sheet, head, 8)
    form.ask_all(
        sheet, SECURITY,
        lambda n, t: ["Security", f"1.{n}", t, f"This asks about topic {n} in detail.", "Yes"],
        "C", "F", "G",
    )  # fmt: skip


@layout
def priority_as_ticks_and_answer_as_text(form: Form) -> None:
    sheet = form.sheet("Pflichtenheft")
    form.put(sheet, ["Nr.", "Anforderung", "Muss", "Soll", "Kann", "Antwort des Bieters"])
    form.ask_all(sheet, GERMAN, lambda n, t: [n, t, "x" if n % 3 == 1 else "", "x" if n % 3 == 2
                 else "", "x" if n % 3 == 0 else ""], "B", "F")  # fmt: skip


@layout
def spanish_tender_with_maximum_length(form: Form) -> None:
    sheet = form.sheet("Criterios")
    form.put(sheet, ["Apartado", "Pregunta", "Extensión máxima", "Respuesta del licitador"])
    form.ask_all(sheet, SPANISH, lambda n, t: [n, t, "2.000 caracteres"], "B", "D")


@layout
def question_and_answer_rows_in_turn(form: Form) -> None:
    sheet = form.sheet("Interview")
    form.put(sheet, ["Interview guide"], [])
    for n, text in enumerate(PRIVACY, 1):
        row = form.put(sheet, [f"Q{n}", text])
        form.gold.append(Gold("Interview", row, text, "B+1", ANY))
        form.put(sheet, [f"A{n}", ""])


@layout
def sections_in_the_answer_column(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Ref", "Question", "Answer", "Comments"])
    for k, texts in enumerate((SECURITY[:5], PRIVACY, DEMANDS[:4]), 1):
        row = form.put(sheet, ["", "", f"PART {k}"])
        paint(sheet, row, 4)
        form.ask_all(sheet, texts, lambda n, t, k=k: [f"{k}.{n}", t], "B", "C", "D")


@layout
def french_statement_of_needs_in_two_columns(form: Form) -> None:
    sheet = form.sheet("Besoins")
    form.put(sheet, ["Besoin exprimé", "Réponse du prestataire"])
    form.ask_all(sheet, FRENCH, lambda n, t: [t], "A", "B")


@layout
def list_with_drop_down_of_status_and_free_text_first(form: Form) -> None:
    sheet = form.sheet("Audit")
    form.put(sheet, ["ID", "Audit question", "Auditee comments", "Auditee status"])
    first, last = form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "D", "C")
    choices(sheet, f"D{first}:D{last}", "Conform,Minor,Major")


@layout
def only_statements_beside_an_open_column(form: Form) -> None:
    sheet = form.sheet("Spec")
    form.put(sheet, ["Technical specification of the scanner"], [])
    form.put(sheet, ["Parameter", "Minimum value required", "Value offered"])
    for n, (name, value) in enumerate(
        [("Resolution", "600 dpi"), ("Speed", "40 pages per minute"), ("Paper size", "A3"),
         ("Network", "1 Gbit/s Ethernet"), ("Warranty", "36 months")], 4,
    ):  # fmt: skip
        form.put(sheet, [name, value])
        form.gold.append(Gold("Spec", n, name, "C", ANY))
