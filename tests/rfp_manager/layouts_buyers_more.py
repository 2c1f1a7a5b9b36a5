"""More layouts of assessments and matrices; the texts are made up here."""

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    GERMAN,
    NOUNS,
    PRIVACY,
    SECURITY,
    Form,
    choices,
    cycle,
    layout,
    paint,
)

MUST = "+ A policy must be written.\n+ It must be approved by management."
SHOULD = "+ The policy should be reviewed every year."


@layout
def automotive_catalogue_with_must_and_should(form: Form) -> None:
    sheet = form.sheet("Information Security")
    form.put(sheet, ["Company:", "", "", "Date:"], [])
    head = form.put(
        sheet,
        ["ISA New", "Maturity level", "Control question", "Objective", "Requirements (must)",
         "Requirements (should)", "Description of the implementation", "Reference Documentation",
         "Findings/Result"],
    )  # fmt: skip
    paint(sheet, head, 9)
    form.put(sheet, ["1", "", "IS Policies and Organization"], ["1.1", "", "Policies"])
    for n, text in enumerate(SECURITY[:8], 1):
        form.ask(sheet, [f"1.1.{n}", "", text, f"The aim is number {n}.", f"{MUST} {n}", SHOULD],
                 "C", "B|G", ANY)  # fmt: skip


@layout
def federal_control_summary_with_status_ticks(form: Form) -> None:
    sheet = form.sheet("AC")
    form.put(
        sheet,
        ["Control ID", "Control text", "Implementation Status", "", "", "", "", "Solution"],
        ["", "", "Implemented", "Partially implemented", "Planned", "Alternative", "N/A", ""],
    )  # fmt: skip
    for area in ("A1:A2", "B1:B2", "C1:G1", "H1:H2"):
        sheet.merge_cells(area)
    texts = ["The organization employs automated mechanisms to manage accounts.",
             "The system disables inactive accounts after 35 days.",
             "The system audits account creation.",
             "The organization requires users to log out when leaving."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [f"AC-2 ({n})", t], "B", "C", "H")


@layout
def acceptance_criteria_beside_the_requirement(form: Form) -> None:
    sheet = form.sheet("Backlog")
    form.put(sheet, ["Epic", "Requirement", "Acceptance criteria", "Vendor response", "Effort"])
    form.ask_all(
        sheet,
        cycle(DEMANDS, 12),  # type: ignore[arg-type]
        lambda n, t: ["Core", t, f"It shall be shown in a demo that case {n} works in time."],
        "B", "D", ANY,
    )  # fmt: skip


@layout
def possible_answers_beside_your_answer(form: Form) -> None:
    sheet = form.sheet("Fragen")
    form.put(sheet, ["Nr", "Frage", "Gewichtung", "Antwortmöglichkeiten", "Ihre Antwort",
                     "Erreichte Punkte"])  # fmt: skip
    form.ask_all(sheet, GERMAN, lambda n, t: [n, t, 5, "Ja / Nein"], "B", "E")
    sheet = form.sheet("Questions")
    form.put(sheet, ["#", "Question", "Possible answers", "Answer", "Reason"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t, "Yes, No, Partly"], "B", "D", "E")


@layout
def response_prefix_before_each_tick(form: Form) -> None:
    sheet = form.sheet("Technical")
    form.put(sheet, ["Req", "Requirement", "Response: Standard", "Response: Modification",
                     "Response: Not supported", "Comments"])  # fmt: skip
    form.ask_all(sheet, DEMANDS, lambda n, t: [n, t], "B", "C", "F")


@layout
def supplier_response_over_three_columns(form: Form) -> None:
    sheet = form.sheet("DDQ")
    form.put(sheet, ["Ref", "Question", "Supplier response", "", ""],
             ["", "", "Yes/No", "Details", "Evidence (file name)"])  # fmt: skip
    for area in ("A1:A2", "B1:B2", "C1:E1"):
        sheet.merge_cells(area)
    form.ask_all(sheet, PRIVACY, lambda n, t: [n, t], "B", "C", "D")


@layout
def language_chosen_by_formula(form: Form) -> None:
    texts = form.sheet("Texts")
    sheet = form.sheet("Form")
    form.put(texts, ["EN", "DE"])
    form.put(sheet, ["Language:", "EN"], [])
    form.put(sheet, ["No", "Question / Frage", "Answer / Antwort", "Comment / Kommentar"])
    for n, (english, german) in enumerate(zip(PRIVACY, GERMAN, strict=False), 2):
        form.put(texts, [english, german])
        row = form.ask(sheet, [n, english], "B", "C", "D")
        sheet.cell(row, 2).value = f'=IF($B$1="EN",Texts!A{n},Texts!B{n})'
        form.cached["Form", f"B{row}"] = english


@layout
def text_goes_on_in_the_next_row(form: Form) -> None:
    sheet = form.sheet("Old form")
    form.put(sheet, ["No.", "Question", "Reply"])
    for n, text in enumerate(SECURITY, 1):
        form.ask(sheet, [n, text], "B", "C")
        if n % 3 == 0:
            form.put(sheet, ["", "(including subsidiaries and branches)"])


@layout
def notes_between_the_questions(form: Form) -> None:
    sheet = form.sheet("Sec")
    form.put(sheet, ["ID", "Question", "Response", "Comments"])
    for n, text in enumerate(SECURITY, 1):
        if n % 4 == 1:
            form.put(sheet, [f"{n // 4 + 1}.0", f"Chapter {n // 4 + 1}"])
            form.put(sheet, ["", "Please answer with Yes, No or Not applicable."])
        form.ask(sheet, [f"{n // 4 + 1}.{n}", text], "B", "C", "D")


@layout
def question_and_sub_question_columns(form: Form) -> None:
    sheet = form.sheet("RFI")
    form.put(sheet, ["Topic", "Main question", "Sub-question", "Answer"])
    for n, text in enumerate(SECURITY[:3] + PRIVACY[:5]):
        main = "How do you protect our data?" if n % 4 == 0 else ""
        form.ask(sheet, ["Security" if n == 0 else "", main, text], "C", "D")


@layout
def very_long_texts_with_lists(form: Form) -> None:
    sheet = form.sheet("Statement of work")
    form.put(sheet, ["Sr. No.", "Scope / Requirement", "Complied (Yes/No)", "Bidder Remarks"])
    for n, text in enumerate(DEMANDS, 1):
        long = f"{text}\n" + "\n".join(f"{k}) part {k} of it in detail" for k in "abcdefgh")
        form.ask(sheet, [n, f"{long}\n{'More about it. ' * 40}".strip()], "B", "C", "D")


@layout
def type_column_that_tells_sections(form: Form) -> None:
    sheet = form.sheet("Import")
    form.put(sheet, ["Type", "No", "Text", "Answer", "Comment"])
    for k, texts in enumerate((SECURITY[:4], PRIVACY), 1):
        form.put(sheet, ["Section", k, f"Chapter {k}"])
        for n, text in enumerate(texts, 1):
            form.ask(sheet, ["Question", f"{k}.{n}", text], "C", "D", "E")


@layout
def cover_instructions_and_lists_around_two_forms(form: Form) -> None:
    sheet = form.sheet("Cover")
    form.put(sheet, ["Supplier assessment 2026"], [], ["Supplier name"], ["Contact"], ["Date"])
    sheet = form.sheet("How to")
    for text in ("1. Start with the tab General.", "2. Pick an answer from the list.",
                 "3. Explain every No.", "4. Save and return the file."):  # fmt: skip
        form.put(sheet, [text])
    for title, texts in ("General", PRIVACY), ("Security", SECURITY):
        sheet = form.sheet(title)
        head = form.put(sheet, ["ID", "Question", "Answer", "Explanation"])
        first, last = form.ask_all(sheet, texts, lambda n, t: [f"{n}", t], "B", "C", "D")
        choices(sheet, f"C{first}:C{last}", "=Lists!$A$1:$A$3")
        assert head == 1
    sheet = form.sheet("Lists")
    form.put(sheet, ["Yes"], ["No"], ["Not applicable"])


@layout
def nouns_to_confirm_with_version(form: Form) -> None:
    sheet = form.sheet("Modules")
    form.put(sheet, ["Module", "Functionality", "Available (Y/N)", "Since version", "Remarks"])
    form.ask_all(sheet, NOUNS, lambda n, t: ["Core" if n == 1 else "", t], "B", "C", "E")


@layout
def french_public_matrix_with_scores(form: Form) -> None:
    sheet = form.sheet("BPU technique")
    form.put(sheet, ["N°", "Critère", "Description du besoin", "Niveau (E/S)", "Réponse (Oui/Non)",
                     "Description de la solution proposée", "Note /5"])  # fmt: skip
    texts = ["Hébergement en France", "Interface en français", "Export des données en CSV",
             "Accompagnement au démarrage"]  # fmt: skip
    form.ask_all(
        sheet,
        [f"La solution propose : {text.lower()}, y compris pour les agents." for text in texts],
        lambda n, t: [n, texts[n - 1], t, "E"], "C", "E", "F",
    )  # fmt: skip
