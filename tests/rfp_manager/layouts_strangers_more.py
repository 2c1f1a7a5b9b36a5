"""Traps around single rows: totals, options, prompts, last year's answers, boxes in cells."""

from tests.rfp_manager.layouts_strangers_texts import (
    ASKED,
    FEATURES,
    FRENCH_ASKED,
    GERMAN_NOUNS,
    SHALLS,
    STATED,
    TOPICS,
)
from tests.rfp_manager.layouts_wild import (
    ANY,
    Form,
    choices,
    layout,
    paint,
)


@layout
def more_sections_with_weights_and_sums(form: Form) -> None:
    sheet = form.sheet("Evaluation")
    form.put(sheet, ["No.", "Criterion / question", "Weight", "Answer of the bidder", "Points"])
    for k in range(3):
        form.put(sheet, [f"{k + 1}", TOPICS[k], "30%", "", "=SUM(E3:E8)"])
        for n, text in enumerate(ASKED[k * 5 : k * 5 + 5], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text, "6%"], "B", "D")
    form.put(sheet, ["", "Total", "100%", "", "=SUM(E2:E20)"])


@layout
def more_last_years_answers_beside_this_years(form: Form) -> None:
    sheet = form.sheet("Reassessment")
    form.put(sheet, ["ID", "Question", "Response 2025", "Response 2026"])
    form.ask_all(sheet, ASKED, lambda n, t: [n, t, "Yes, as described in our policy."], "B", "D")


@layout
def more_names_beside_lists_without_a_header(form: Form) -> None:
    sheet = form.sheet("Scope")
    form.put(sheet, ["Which of these do you offer?"], [])
    first, last = form.ask_all(sheet, FEATURES, lambda n, t: [t], "A", "B")
    choices(sheet, f"B{first}:B{last}", "Standard,Option,No")


@layout
def more_guidance_rows_below_each_question(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["#", "Question", "Response"])
    for n, text in enumerate(ASKED[:10], 1):
        form.ask(sheet, [n, text], "B", "C")
        form.put(sheet, ["", f"Guidance: a good answer names the owner of item {n}."])


@layout
def more_prompts_in_the_answer_cells(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["No", "Requirement", "Vendor response", "Attachment"])
    form.ask_all(sheet, SHALLS, lambda n, t: [n, t, "[Enter response]", "n/a"], "B", "C")


@layout
def more_french_matrix_of_coverage(form: Form) -> None:
    sheet = form.sheet("Couverture")
    texts = ["Gestion multi-devises", "Import des relevés bancaires", "Relances automatiques",
             "Rapprochement à trois voies", "Portail fournisseur"]  # fmt: skip
    form.put(sheet, ["Processus", "Besoin fonctionnel", "Priorité", "Couvert en standard",
                     "Couvert par paramétrage", "Non couvert", "Commentaire éditeur"])  # fmt: skip
    form.ask_all(sheet, texts + FRENCH_ASKED, lambda n, t: ["Compta", t, "P1"], "B", "D", "G")


@layout
def more_services_offered_by_unknown_words(form: Form) -> None:
    sheet = form.sheet("Catalogue")
    form.put(sheet, ["Catalogue of services 2026"], ["Prepared by procurement"], [])
    head = form.put(sheet, ["Lot", "Wanted", "Pledge", "Elucidation"])
    paint(sheet, head, 4)
    form.ask_all(sheet, STATED, lambda n, t: ["A" if n < 9 else "B", t], "B", "C", ANY)


@layout
def more_german_questions_with_must_flag_and_page(form: Form) -> None:
    sheet = form.sheet("Anlage 5")
    form.put(sheet, ["OZ", "Leistungsbeschreibung", "A/B-Kriterium", "Erfüllung durch Bieter (A = "
                     "ja, B = teilweise, C = nein)", "Seite im Angebot"])  # fmt: skip
    form.ask_all(sheet, GERMAN_NOUNS, lambda n, t: [f"2.{n}", t, "A"], "B", "D")


@layout
def more_questions_right_of_long_explanations(form: Form) -> None:
    sheet = form.sheet("Guide")
    form.put(sheet, ["Why we ask", "What we ask", "What you tell us"])
    form.ask_all(
        sheet, ASKED,
        lambda n, t: [f"The regulator expects us to check point {n} for each of our providers.", t],
        "B", "C",
    )  # fmt: skip


@layout
def more_requirements_with_source_and_rationale(form: Form) -> None:
    sheet = form.sheet("Backlog")
    form.put(sheet, ["Key", "Summary", "Details of the requirement", "Source", "Rationale",
                     "Can you deliver it?", "How / when"])  # fmt: skip
    form.ask_all(
        sheet, SHALLS,
        lambda n, t: [f"REQ-{n}", TOPICS[n], t, "Workshop", "Needed by the audit team."],
        "C", "F", "G",
    )  # fmt: skip


@layout
def more_names_of_documents_to_hand_in(form: Form) -> None:
    sheet = form.sheet("Documents")
    form.put(sheet, ["No.", "Document requested", "Provided? (Y/N)", "File name", "Comment"])
    texts = ["ISO 27001 certificate", "Latest audit report", "Organisation chart",
             "Data flow diagram", "Insurance certificate"]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", ANY)


@layout
def more_totals_above_and_legend_right(form: Form) -> None:
    sheet = form.sheet("Score")
    form.put(sheet, ["Answered:", "=COUNTA(C5:C30)", "of", 20], [])
    form.put(sheet, ["Id", "Question", "Answer", "Remark", "", "Legend"])
    legend = {1: "Y = yes", 2: "N = no", 3: "P = partly"}
    for n, text in enumerate(ASKED, 1):
        form.ask(sheet, [n, text, "", "", "", legend.get(n, "")], "B", "C", "D")


@layout
def more_only_two_columns_and_no_numbers(form: Form) -> None:
    sheet = form.sheet("Blatt")
    form.put(sheet, ["Thema", "Ausführungen des Anbieters"])
    form.ask_all(sheet, GERMAN_NOUNS, lambda n, t: [t], "A", "B")


@layout
def more_wrapped_requirement_ids_and_verification(form: Form) -> None:
    sheet = form.sheet("SRD")
    form.put(sheet, ["Req. ID", "Requirement", "Verification method", "Statement of compliance",
                     "Compliance remarks", "Deviation no."])  # fmt: skip
    form.ask_all(sheet, SHALLS, lambda n, t: [f"SYS-REQ-{n:04}", t, "Test"], "B", "D", "E")
