"""Layouts with traps around and inside the table; the texts are made up here."""

from openpyxl.styles import Protection

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    FRENCH,
    GERMAN,
    NOUNS,
    PRIVACY,
    SECURITY,
    Form,
    Gold,
    choices,
    layout,
    paint,
)

CZECH = [
    "Máte zavedený systém řízení bezpečnosti informací?",
    "Popište postup při řešení incidentů.",
    "Dodavatel musí šifrovat přenášená data.",
    "Jak často provádíte zálohování?",
]
SWEDISH = [
    "Har ni en fastställd informationssäkerhetspolicy?",
    "Leverantören ska rapportera incidenter inom 24 timmar.",
    "Beskriv hur behörigheter hanteras.",
    "Hur ofta testas återläsning av säkerhetskopior?",
]
TURKISH = [
    "Bilgi güvenliği politikanız var mı?",
    "Yedekleme sürecinizi açıklayınız.",
    "Sistem çok faktörlü kimlik doğrulamayı desteklemelidir.",
    "Veriler nerede saklanmaktadır?",
]


@layout
def service_levels_and_glossary_beside_the_form(form: Form) -> None:
    sheet = form.sheet("Service levels")
    form.put(sheet, ["Priority", "Description", "Response time", "Resolution time"],
             ["P1", "The service is down for all users.", "15 minutes", "4 hours"],
             ["P2", "A main function does not work.", "1 hour", "8 hours"],
             ["P3", "Anything else", "1 day", "10 days"])  # fmt: skip
    sheet = form.sheet("Glossary")
    form.put(sheet, ["Term", "Definition"],
             ["Supplier", "The party that shall deliver the services under this contract."],
             ["Service credit", "An amount that the supplier must pay if a level is missed."],
             ["Go-live", "The day on which users should be able to work with the system."])  # fmt: skip
    sheet = form.sheet("Scoring")
    form.put(sheet, ["Score", "Meaning"], [0, "No response, or it does not meet the requirement"],
             [3, "Meets the requirement"], [5, "Exceeds the requirement"])  # fmt: skip
    sheet = form.sheet("Questions")
    form.put(sheet, ["Ref", "Question", "Response"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t], "B", "C")


@layout
def long_preamble_of_must_sentences(form: Form) -> None:
    sheet = form.sheet("Annex 4")
    row = form.put(sheet, ["Annex 4: Statement of compliance"])
    sheet.merge_cells(f"A{row}:E{row}")
    for text in (
        "The Tenderer must respond to each requirement below by stating whether it complies.",
        "Where the Tenderer does not comply, it shall describe the deviation in column E.",
        "Answers that refer to brochures will not be considered.",
        "Should a requirement remain without an answer, the offer may be rejected.",
    ):
        row = form.put(sheet, [text])
        sheet.merge_cells(f"A{row}:E{row}")
    form.put(sheet, [])
    head = form.put(sheet, ["Item", "Minimum requirement", "Yes", "No", "Remarks on deviation"])
    paint(sheet, head, 5)
    form.ask_all(sheet, DEMANDS, lambda n, t: [n, t], "B", "C", "E")
    form.put(sheet, [])
    for text in ("We certify that the above is true and complete.", "Name and title:",
                 "Signature:", "Date:"):  # fmt: skip
        form.put(sheet, [text])


@layout
def boxes_printed_in_the_answer_cells(form: Form) -> None:
    sheet = form.sheet("Checklist")
    form.put(sheet, ["No.", "Question", "Answer", "Explanation"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t, "☐ Yes  ☐ No  ☐ N/A"], "B", "C", "D")


@layout
def expected_answer_beside_the_candidates_answer(form: Form) -> None:
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["N°", "Question", "Réponse attendue", "Réponse du candidat", "Commentaires"])
    form.ask_all(sheet, FRENCH, lambda n, t: [n, t, "Oui, avec preuve"], "B", "D", "E")


@layout
def yes_no_before_the_requirement(form: Form) -> None:
    sheet = form.sheet("Req")
    form.put(sheet, ["Y/N", "Ref.", "Requirement", "Explanation (if N)"])
    form.ask_all(sheet, DEMANDS, lambda n, t: ["", f"R{n}", t], "C", "A", "D")


@layout
def list_exported_from_a_tool(form: Form) -> None:
    sheet = form.sheet("export")
    form.put(sheet, ["question_id", "category", "sub_category", "question_text", "answer_type",
                     "answer_options", "is_mandatory", "answer", "answer_notes",
                     "attachment_names"])  # fmt: skip
    form.ask_all(
        sheet,
        SECURITY,
        lambda n, t: [f"q-{n:04}", "Security", "General", t, "single_select", "Yes|No", "TRUE"],
        "D", "H", "I",
    )  # fmt: skip


@layout
def rating_scale_of_five_columns(form: Form) -> None:
    sheet = form.sheet("Self-evaluation")
    form.put(sheet, ["#", "Statement", 1, 2, 3, 4, 5, "Comment"])
    form.ask_all(sheet, ["We train all staff in security once a year.",
                         "We test our restore procedures.",
                         "Our suppliers are assessed before we sign.",
                         "Management reviews risks every quarter."],
                 lambda n, t: [n, t], "B", "C|H", ANY)  # fmt: skip


@layout
def authority_columns_beside_bidder_columns(form: Form) -> None:
    sheet = form.sheet("Evaluation")
    form.put(
        sheet,
        ["", "", "For completion by Bidder", "", "Authority use only", ""],
        ["Ref", "Specification requirement", "Compliant Y/N", "Supporting statement", "Score",
         "Assessor comments"],
    )  # fmt: skip
    sheet.merge_cells("C1:D1")
    sheet.merge_cells("E1:F1")
    form.ask_all(sheet, DEMANDS, lambda n, t: [f"S{n}", t], "B", "C", "D")


@layout
def locked_form_without_any_header(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Vendor intake"])
    sheet.protection.sheet = True
    for title, texts in (
        ("About you", ["Legal name", "Country of registration", "Tax number"]),
        ("About your service", ["Hosting region", "Sub-processors", *PRIVACY[:3]]),
    ):
        form.put(sheet, [title])
        for text in texts:
            row = form.ask(sheet, [text], "A", "B", ANY)
            sheet.cell(row, 2).protection = Protection(locked=False)


@layout
def deep_numbers_and_letters(form: Form) -> None:
    sheet = form.sheet("Detailed")
    form.put(sheet, ["Para.", "Requirement text", "Bidder Response"])
    form.put(sheet, ["3", "TECHNICAL"], ["3.2", "Security"], ["3.2.1", "Access"])
    texts = iter(DEMANDS + SECURITY)
    for number in ("3.2.1.1", "3.2.1.1(a)", "3.2.1.1(b)", "3.2.1.2", "3.2.1.10"):
        form.ask(sheet, [number, next(texts)], "B", "C")
    form.put(sheet, ["3.3", "Operations"])
    for number in ("3.3.1", "3.3.2", "3.3.2.i", "3.3.2.ii"):
        form.ask(sheet, [number, next(texts)], "B", "C")


@layout
def sub_parts_of_one_question_in_rows_of_their_own(form: Form) -> None:
    sheet = form.sheet("RFI")
    form.put(sheet, ["Q", "", "Question", "Response"])
    for n, (text, parts) in enumerate(
        [("Please tell us about your company:", ["Year of foundation", "Number of employees",
                                                 "Ownership"]),
         ("Please tell us about your support:", ["Opening hours", "Languages", "Channels"])], 1,
    ):  # fmt: skip
        form.ask(sheet, [n, "", text], "C", "D")
        for letter, part in zip("abc", parts, strict=True):
            form.ask(sheet, ["", letter, part], "C", "D")


@layout
def czech_form(form: Form) -> None:
    sheet = form.sheet("Dotazník")
    form.put(sheet, ["Č.", "Otázka", "Odpověď", "Poznámka"])
    form.ask_all(sheet, CZECH, lambda n, t: [n, t], "B", "C", "D")


@layout
def swedish_requirements_with_ja_nej(form: Form) -> None:
    sheet = form.sheet("Kravlista")
    form.put(sheet, ["Nr", "Krav", "Skall/Bör", "Uppfylls (Ja/Nej)", "Anbudsgivarens kommentar"])
    form.ask_all(sheet, SWEDISH, lambda n, t: [n, t, "Skall"], "B", "D", "E")


@layout
def turkish_form(form: Form) -> None:
    sheet = form.sheet("Anket")
    form.put(sheet, ["No", "Soru", "Cevap", "Açıklama"])
    form.ask_all(sheet, TURKISH, lambda n, t: [n, t], "B", "C", "D")


@layout
def korean_checklist_with_result(form: Form) -> None:
    sheet = form.sheet("보안점검")
    form.put(sheet, ["번호", "구분", "점검항목", "점검결과", "비고"])
    texts = ["개인정보를 암호화하여 저장하고 있습니까?", "접근 권한을 정기적으로 검토합니까?",
             "침해사고 대응 절차를 설명하십시오.", "백업 주기를 기재하십시오."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, "보안", t], "C", "D", "E")


@layout
def german_ticks_with_erfuellt(form: Form) -> None:
    sheet = form.sheet("Anforderungen")
    form.put(sheet, ["Nr.", "Anforderung", "K.O.", "erfüllt", "teilweise erfüllt",
                     "nicht erfüllt", "Anmerkung Bieter"])  # fmt: skip
    form.ask_all(sheet, GERMAN, lambda n, t: [n, t, "x"], "B", "D", "G")


@layout
def question_marks_in_the_header(form: Form) -> None:
    sheet = form.sheet("Features")
    form.put(sheet, ["Feature", "Is it part of the product?", "How does it work?",
                     "What does it cost extra?"])  # fmt: skip
    form.ask_all(sheet, NOUNS, lambda n, t: [t], "A", "B", "C|D")


@layout
def data_dictionary_and_risk_register_around(form: Form) -> None:
    sheet = form.sheet("Data fields")
    form.put(sheet, ["Field", "Description", "Type", "Required"],
             ["cust_id", "The number of the customer", "int", "Yes"],
             ["name", "Must be given in capitals", "text", "Yes"])  # fmt: skip
    sheet = form.sheet("Risks")
    form.put(sheet, ["ID", "Risk", "Likelihood", "Impact", "Mitigation", "Owner"],
             [1, "The vendor may fail to deliver on time", "M", "H", "Weekly reviews", "PMO"],
             [2, "Users may not accept the system", "L", "H", "Training", "HR"])  # fmt: skip
    sheet = form.sheet("Requirements")
    form.put(sheet, ["ID", "Priority", "Requirement", "Vendor Response"])
    form.ask_all(sheet, DEMANDS, lambda n, t: [n, "Must", t], "C", "D")


@layout
def rotated_sections_and_blank_columns(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, [], ["", "", "Area", "", "Question", "", "Answer", "", "Remarks"])
    for area, texts in ("Security", SECURITY[:6]), ("Privacy", PRIVACY):
        first = form.at["Form"] + 1
        for n, text in enumerate(texts):
            form.ask(sheet, ["", "", area if n == 0 else "", "", text], "E", "G", "I")
        sheet.merge_cells(f"C{first}:C{first + 5}")


@layout
def questions_merged_over_columns_with_answer_to_the_right(form: Form) -> None:
    sheet = form.sheet("Q")
    row = form.put(sheet, ["No", "Question", "", "", "Answer", ""])
    sheet.merge_cells(f"B{row}:D{row}")
    sheet.merge_cells(f"E{row}:F{row}")
    for n, text in enumerate(SECURITY, 1):
        row = form.put(sheet, [n, text])
        form.gold.append(Gold("Q", row, text, "E", ANY))
        sheet.merge_cells(f"B{row}:D{row}")
        sheet.merge_cells(f"E{row}:F{row}")


@layout
def drop_downs_on_priority_and_answer(form: Form) -> None:
    sheet = form.sheet("Matrix")
    form.put(sheet, ["Importance", "Requirement", "Fit", "Effort", "Explanation"])
    first, last = form.ask_all(sheet, NOUNS, lambda n, t: ["Must have", t], "B", "C", "E")
    choices(sheet, f"A{first}:A{last}", "Must have,Should have,Could have")
    choices(sheet, f"C{first}:C{last}", "Standard,Config,Custom,No")
    choices(sheet, f"D{first}:D{last}", "S,M,L")
