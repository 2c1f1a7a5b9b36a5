"""The last round: read for the first time after all rules were settled."""

from openpyxl.styles import PatternFill

from tests.rfp_manager.layouts_strangers_texts import (
    ASKED,
    FEATURES,
    GERMAN_ASKED,
    GERMAN_NOUNS,
    SHALLS,
    STATED,
    TOPICS,
)
from tests.rfp_manager.layouts_wild import (
    ANY,
    Form,
    choices,
    cycle,
    layout,
    paint,
    protect,
)


@layout
def final_third_party_form_with_risk_columns(form: Form) -> None:
    sheet = form.sheet("Summary")
    form.put(sheet, ["Vendor", ""], ["Inherent risk", "High"], ["Questions answered", "=COUNT(A1)"])
    sheet = form.sheet("IRQ")
    form.put(sheet, ["Internal only: inherent risk"],
             ["Factor", "Rating"], ["Data volume", "High"], ["Access", "Medium"])  # fmt: skip
    sheet = form.sheet("Questionnaire")
    head = form.put(sheet, ["Control domain", "Question #", "Question text", "Question type",
                            "Vendor response", "Vendor response details", "Supporting documents",
                            "Risk rating", "Assessor comments"])  # fmt: skip
    paint(sheet, head, 9)
    texts = list(cycle(ASKED + STATED, 150))
    first, last = form.ask_all(
        sheet, texts,
        lambda n, t: [TOPICS[n // 10], f"{n // 10 + 1}.{n % 10}", t, "Y/N", "", "", "", "Medium"],
        "C", "E", "F",
    )  # fmt: skip
    choices(sheet, f"E{first}:E{last}", "Yes,No,N/A")


@layout
def final_needs_with_ratings_by_the_vendor(form: Form) -> None:
    sheet = form.sheet("Needs")
    form.put(sheet, ["No.", "Business need", "Importance (1-5)", "Fit (1-5)", "Gap description"])
    form.ask_all(sheet, FEATURES, lambda n, t: [n, t, 3], "B", "D", "E")


@layout
def final_hungarian_tender(form: Form) -> None:
    sheet = form.sheet("Műszaki leírás")
    texts = ["Legalább 3 év garancia", "Magyar nyelvű felhasználói felület",
             "A rendszernek támogatnia kell a kétfaktoros hitelesítést.",
             "Napi biztonsági mentés", "24 órás ügyelet"]  # fmt: skip
    form.put(sheet, ["Ssz.", "Műszaki elvárás", "Megfelel (igen/nem)", "Megajánlott érték"])
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C|D", ANY)


@layout
def final_control_owner_and_status_by_us(form: Form) -> None:
    sheet = form.sheet("ISMS controls")
    form.put(sheet, ["Statement of controls for service providers"], [], [])
    form.put(sheet, ["Annex A", "Control", "Implemented (Y/N/P)", "Implementation details",
                     "Control owner", "Evidence"])  # fmt: skip
    for k in range(2):
        row = form.put(sheet, [f"A.{k + 5}", TOPICS[k].upper()])
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor="FFEEEEEE")
        form.ask_all(sheet, STATED[k * 8 : k * 8 + 8],
                     lambda n, t, k=k: [f"A.{k + 5}.{n}", t], "B", "C", "D")  # fmt: skip


@layout
def final_locked_form_in_unknown_words(form: Form) -> None:
    sheet = form.sheet("Formulaire")
    form.put(sheet, ["Rang", "Sujet", "Entrée"])
    form.ask_all(sheet, TOPICS, lambda n, t: [n, t], "B", "C")
    protect(sheet, "C2:C21")


@layout
def final_german_matrix_with_hours_and_answers(form: Form) -> None:
    sheet = form.sheet("Fachkonzept")
    form.put(
        sheet,
        [
            "ID",
            "Modul",
            "Funktionale Anforderung",
            "Muss/Soll/Kann",
            "Standard",
            "Customizing",
            "Entwicklung",
            "nicht umsetzbar",
            "Kommentar Anbieter",
        ],
    )
    form.ask_all(sheet, GERMAN_NOUNS + GERMAN_ASKED, lambda n, t: [f"F{n}", "HR", t, "Muss"],
                 "C", "E", "I")  # fmt: skip


@layout
def final_accreditation_with_reference_texts(form: Form) -> None:
    sheet = form.sheet("QMS audit")
    form.put(sheet, ["Clause", "ISO 9001 requirement", "Audit question", "Supplier self-assessment",
                     "Objective evidence", "Auditor rating"])  # fmt: skip
    form.ask_all(
        sheet, ASKED,
        lambda n, t: [f"{n // 5 + 4}.{n % 5 + 1}", SHALLS[n % 12], t],
        "C", "D", "E",
    )  # fmt: skip


@layout
def final_regions_as_answer_columns(form: Form) -> None:
    sheet = form.sheet("Hosting")
    form.put(sheet, ["Question", "Europe", "North America", "Asia"])
    form.ask_all(sheet, ASKED[:8], lambda n, t: [t], "A", "B|C|D", ANY)


@layout
def final_free_rows_between_the_questions(form: Form) -> None:
    sheet = form.sheet("RFP")
    form.put(sheet, ["Section A - Company"], ["No", "Question", "Answer"])
    for n, text in enumerate(ASKED[:10], 1):
        form.ask(sheet, [n, text], "B", "C")
        form.put(sheet, [], [])
    form.put(sheet, ["Section B - Functions"], ["No", "Function", "Answer"])
    for n, text in enumerate(FEATURES[:6], 11):
        form.ask(sheet, [n, text], "B", "C")
        form.put(sheet, [])


@layout
def final_swedish_requirements(form: Form) -> None:
    sheet = form.sheet("Kravlista")
    texts = ["Inloggning med e-legitimation", "Leverantören ska ha en utsedd kontaktperson.",
             "Beskriv hur data gallras.", "Systemet bör stödja öppna API:er.",
             "Daglig säkerhetskopiering"]  # fmt: skip
    form.put(sheet, ["Krav nr", "Kravbeskrivning", "Ska/Bör", "Uppfylls (Ja/Nej)",
                     "Anbudsgivarens beskrivning"])  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [f"K{n}", t, "Ska"], "B", "D", "E")


@layout
def final_capabilities_with_evidence_only(form: Form) -> None:
    sheet = form.sheet("Capability")
    form.put(sheet, ["Ref", "Capability statement", "Demonstrate how this is met",
                     "Page limit"])  # fmt: skip
    form.ask_all(sheet, STATED, lambda n, t: [n, t, "", 1], "B", "C")


@layout
def final_thai_and_english_titles(form: Form) -> None:
    sheet = form.sheet("TOR")
    form.put(sheet, ["ลำดับ / No.", "ข้อกำหนด / Requirement", "Comply (Yes/No)", "Reference page"])
    form.ask_all(sheet, SHALLS, lambda n, t: [n, t], "B", "C", ANY)
