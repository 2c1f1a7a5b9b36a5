"""Layouts by a third stranger, first run after the rules were mended."""

from openpyxl.styles import Font, PatternFill

from tests.rfp_manager.layouts_third import ask_by_formula
from tests.rfp_manager.layouts_third_texts import (
    AREAS,
    ASKS,
    DE,
    ES,
    FR,
    IT,
    JA,
    MUSTS,
    PL,
    PT,
    STATES,
    THINGS,
    many,
)
from tests.rfp_manager.layouts_wild import Form, choices, layout, paint, protect


@layout
def unseen_regulator_form_with_article_and_narrative(form: Form) -> None:
    sheet = form.sheet("Register of arrangements")
    form.put(sheet, ["Template B_02"], ["Return by 31 March"], [],
             ["Field code", "Field name", "What to report", "Provider's entry", "Validation"])  # fmt: skip
    form.ask_all(sheet, many(ASKS, 40), lambda n, t: [f"B_02.{n:04}", AREAS[n % 16], t, "",
                                                      "mandatory"], "C", "D")  # fmt: skip


@layout
def unseen_dutch_wish_list_with_score(form: Form) -> None:
    sheet = form.sheet("Programma van eisen")
    texts = ["De oplossing ondersteunt single sign-on.", "Beschrijf de back-upprocedure.",
             "Rapportages in Excel-formaat", "De leverancier levert een Nederlandstalige helpdesk.",
             "Hoe wordt de beschikbaarheid gemeten?", "Logging van alle mutaties",
             "Data blijven binnen de EU.", "Rollen en rechten per afdeling"]  # fmt: skip
    form.put(sheet, ["Nr.", "Eis / wens", "Omschrijving", "E/W", "Voldoet (ja/nee)", "Toelichting",
                     "Score"])  # fmt: skip
    form.ask_all(sheet, many(texts, 32), lambda n, t: [f"{n}", "Eis", t, "E"], "C", "E", "F")


@layout
def unseen_hospital_device_disclosure(form: Form) -> None:
    sheet = form.sheet("Disclosure statement")
    form.put(sheet, ["Manufacturer disclosure statement"], ["Manufacturer", ""], ["Model", ""], [])
    head = form.put(sheet, ["Question ID", "Question", "", "See note"])
    paint(sheet, head, 4)
    for k in range(6):
        form.put(sheet, ["", AREAS[k].upper()], bold=True)
        for n, text in enumerate(many(ASKS, 48)[k * 8 : k * 8 + 8], 1):
            form.ask(sheet, [f"{AREAS[k][:4].upper()}-{n}", text], "B", "C", "D|*")
    form.gold[:] = [type(g)(g.sheet, g.row, g.text, "C", "*") for g in form.gold]


@layout
def unseen_questions_with_section_letters_and_totals(form: Form) -> None:
    sheet = form.sheet("Evaluation")
    form.put(sheet, ["", "Supplier pre-qualification"], [],
             ["", "Ref.", "Criteria", "Max. points", "Tenderer's answer", "Points awarded"])  # fmt: skip
    for k in range(5):
        row = form.put(sheet, ["", "ABCDE"[k], AREAS[k], 20], bold=True)
        for n, text in enumerate(many(ASKS, 40)[k * 8 : k * 8 + 8], 1):
            row = form.ask(sheet, ["", f"{'ABCDE'[k]}.{n}", text, 4], "C", "E")
        form.put(sheet, ["", "", "Sub-total", 20, "", f"=SUM(F{row - 7}:F{row})"])
        form.cached["Evaluation", f"F{row + 1}"] = "0"


@layout
def unseen_german_self_assessment_with_levels(form: Form) -> None:
    sheet = form.sheet("Selbstbewertung")
    form.put(sheet, ["Selbstbewertung Informationssicherheit"], [],
             ["Kapitel", "Kontrollfrage", "Reifegrad (0-5)", "Beschreibung der Umsetzung",
              "Referenz Dokumentation", "Prüfergebnis (Auditor)"])  # fmt: skip
    for k in range(4):
        form.put(sheet, [f"{k + 1}", AREAS[k]], bold=True)
        for n, text in enumerate(many(DE, 40)[k * 10 : k * 10 + 10], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text], "B", "C|D")


@layout
def unseen_two_blocks_with_other_columns(form: Form) -> None:
    sheet = form.sheet("Offer")
    form.put(sheet, ["Part 1: mandatory"], ["#", "Requirement", "Confirm (Y/N)"])
    form.ask_all(sheet, MUSTS[:10], lambda n, t: [n, t], "B", "C")
    form.put(sheet, [], ["Part 2: to be described"],
             ["#", "Topic", "Question", "Your answer", "Annex"])  # fmt: skip
    form.ask_all(sheet, ASKS[:15], lambda n, t: [n, AREAS[n % 16], t], "C", "D")


@layout
def unseen_spanish_insurer_form(form: Form) -> None:
    sheet = form.sheet("Cuestionario")
    form.put(sheet, ["CUESTIONARIO DE CIBERRIESGOS"], ["Tomador:", ""], ["CIF:", ""], [])
    for k in range(3):
        form.put(sheet, [f"{k + 1}. {AREAS[k]}", "", "SÍ", "NO", "Detalle"], bold=True)
        for n, text in enumerate(many(ES, 30)[k * 10 : k * 10 + 10], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text], "B", "C|D", "E")


@layout
def unseen_formulas_with_language_switch(form: Form) -> None:
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["Language", "EN"], [],
             ["ID", "Section", "Question", "Answer", "Comment"])  # fmt: skip
    for n, text in enumerate(many(ASKS, 60), 1):
        row = form.at["Questionnaire"] + 1
        ask_by_formula(form, sheet, [f"Q{n:03}", f"=INDEX(T!B:B,{n})",
                                     f'=IF($B$1="EN",T!C{row},T!D{row})'],
                       {"B": AREAS[n // 6 % 16], "C": text}, "D", "E")  # fmt: skip
    form.sheet("T").sheet_state = "hidden"


@layout
def unseen_japanese_vendor_check(form: Form) -> None:
    sheet = form.sheet("チェックシート")
    form.put(sheet, ["委託先セキュリティチェックシート"], [],
             ["項番", "分類", "確認内容", "回答", "", "補足説明"], ["", "", "", "はい", "いいえ"])  # fmt: skip
    sheet.merge_cells("D3:E3")
    form.ask_all(sheet, [f"{a}{t}" for a in ("本社の", "支社の") for t in JA],
                 lambda n, t: [n, "組織" if n < 10 else "技術", t], "C", "D|E", "F")  # fmt: skip


@layout
def unseen_french_matrix_with_merged_requirement(form: Form) -> None:
    sheet = form.sheet("Exigences")
    form.put(sheet, ["Domaine", "Réf.", "Exigence", "Criticité", "Conformité (C/P/NC)",
                     "Commentaire du candidat"])  # fmt: skip
    for k in range(6):
        for n, text in enumerate(many(FR, 48)[k * 8 : k * 8 + 8], 1):
            row = form.ask(sheet, [AREAS[k] if n == 1 else "", f"E{k}.{n}", text, "Haute"],
                           "C", "E", "F")  # fmt: skip
        sheet.merge_cells(f"A{row - 7}:A{row}")


@layout
def unseen_locked_portal_export(form: Form) -> None:
    sheet = form.sheet("Event 4711")
    form.put(sheet, ["Event", "4711"], ["Supplier", "Acme"], [],
             ["Object ID", "Parent", "Type", "Title", "Description", "Response", "Unit"])  # fmt: skip
    first, last = form.ask_all(sheet, many(ASKS, 30), lambda n, t: [
        70000 + n, 1, "Question", f"{AREAS[n % 16]} {n}", t], "E", "F")  # fmt: skip
    protect(sheet, f"F{first}:F{last}")


@layout
def unseen_polish_table_with_confirmation(form: Form) -> None:
    sheet = form.sheet("OPZ")
    form.put(sheet, ["L.p.", "Parametr wymagany", "Potwierdzenie Wykonawcy TAK/NIE", "Uwagi"])
    form.ask_all(sheet, many(PL, 27), lambda n, t: [n, t], "B", "C", "D")


@layout
def unseen_portuguese_checklist_over_sheets(form: Form) -> None:
    for tab in "Governança", "Tecnologia":
        sheet = form.sheet(tab)
        form.put(sheet, [tab], ["Nº", "Controle", "Sim", "Não", "Parcial", "Comentários"])
        form.ask_all(sheet, many(PT, 18), lambda n, t: [n, t], "B", "C|D|E", "F")


@layout
def unseen_things_with_release_columns(form: Form) -> None:
    sheet = form.sheet("Features")
    form.put(sheet, ["Module", "Feature", "Importance", "Delivered today?", "Roadmap date",
                     "How delivered"])  # fmt: skip
    form.ask_all(sheet, many(THINGS, 48), lambda n, t: [AREAS[n // 8], t, "High"], "B", "D", "F|*")
    form.gold[:] = [type(g)(g.sheet, g.row, g.text, g.answer, "*") for g in form.gold]


@layout
def unseen_italian_form_with_grey_notes(form: Form) -> None:
    sheet = form.sheet("Modulo")
    form.put(sheet, ["Rif.", "Requisito", "Risposta del fornitore"])
    for n, text in enumerate(many(IT, 21), 1):
        form.ask(sheet, [n, text], "B", "C")
        row = form.put(sheet, ["", "Nota: allegare documentazione."])
        sheet.cell(row, 2).font = Font(italic=True)
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor="FFEEEEEE")


@layout
def unseen_statement_and_evidence_only(form: Form) -> None:
    sheet = form.sheet("Assurance")
    form.put(sheet, ["Outcome", "Contributing outcome", "Indicator of good practice",
                     "Self-assessment", "Evidence"])  # fmt: skip
    for k in range(5):
        for n, text in enumerate(many(STATES, 40)[k * 8 : k * 8 + 8]):
            row = form.ask(sheet, [f"A{k + 1}" if n == 0 else "",
                                   f"A{k + 1}.{n // 4} {AREAS[n // 4]}" if n % 4 == 0 else "",
                                   text], "C", "D", "E")  # fmt: skip
        sheet.merge_cells(f"A{row - 7}:A{row}")
    choices(sheet, "D2:D41", "Achieved,Partially achieved,Not achieved")
