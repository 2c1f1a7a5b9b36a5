"""Word forms and lists by a third stranger to the rules; the texts are made up here."""

from tests.rfp_manager.layouts_third_texts import AREAS, ASKS, DE, FR, MUSTS, STATES, THINGS
from tests.rfp_manager.layouts_word import layout
from tests.rfp_manager.word_world import NUMBERS, Form, cell, drop_down, paragraph, tick_box


@layout
def third_numbered_clauses_with_response_boxes(f: Form) -> None:
    f.p("Request for Proposal 26-114", style="Title")
    f.p("The Department invites proposals for a licensing system.")
    f.h("1 Background")
    f.p("The Department issues about 40,000 licences a year. The present system was built in 1998.")
    f.h("2 Instructions")
    f.p("Proposals must be received by 2 p.m. on 30 June. Late proposals will be rejected.")
    f.p("Vendors must enter their response in the box below each requirement.")
    for k in range(3):
        f.h(f"{k + 3} {AREAS[k]}")
        for n, text in enumerate(MUSTS[k * 5 : k * 5 + 5], 1):
            row = f.p(f"{k + 3}.{n} {text}")
            f.t([cell("Vendor response:")])
            f.ask("Text", row, f"{k + 3}.{n} {text}", f"Text!{row},3", f"{k + 3}.{n}")


@layout
def third_question_table_with_drop_downs_and_merged_banners(f: Form) -> None:
    f.h("Information security questionnaire")
    rows: list[list[str]] = [["ID", "Question", "Answer", "Details"]]
    gold = []
    for k in range(5):
        rows.append([cell(f"{k + 1}. {AREAS[k]}", span=4, bold=True)])
        for n, text in enumerate(ASKS[k * 6 : k * 6 + 6], 1):
            rows.append([f"{k + 1}.{n}", text, cell(paragraph(inside=drop_down("Yes", "No"))), ""])
            gold.append((len(rows), text, f"{k + 1}.{n}"))
    name = f.t(*rows)
    for row, text, number in gold:
        f.ask(name, row, text, f"{name}!{row},3", number, ("Yes", "No"))


@layout
def third_german_table_with_fulfilled_ticks(f: Form) -> None:
    f.h("Anlage 3: Anforderungskatalog")
    f.p("Der Bieter kreuzt für jede Anforderung an, ob sie erfüllt wird.")
    box = cell(paragraph(inside=tick_box()))
    rows = [[f"A{n}", text, box, box, ""] for n, text in enumerate(DE, 1)]
    name = f.t(["Nr.", "Anforderung", "Ja", "Nein", "Bemerkung des Bieters"], *rows)
    for n, row in enumerate(rows, 2):
        f.ask(name, n, row[1], f"{name}!{n},3|{name}!{n},4", row[0], ("Ja", "Nein"))


@layout
def third_letter_then_questions_with_blank_lines(f: Form) -> None:
    f.p("Dear Supplier,")
    f.p("We are reviewing our suppliers and kindly ask you to answer the questions below.")
    f.p("Please return the document by e-mail until the end of the month.")
    f.p("Yours sincerely, the procurement team")
    f.h("Questions")
    for text in ASKS[:12]:
        f.ask_line(text, num=(NUMBERS, 0), shown=str(ASKS.index(text) + 1))
        f.p()


@layout
def third_french_tables_for_each_theme(f: Form) -> None:
    f.p("Cadre de mémoire technique", style="Title")
    for k in range(3):
        f.h(f"{k + 1}. {AREAS[k]}")
        rows = [[text, ""] for text in FR[k * 4 : k * 4 + 4]]
        name = f.t(["Critère", "Réponse du candidat"], *rows)
        for n, row in enumerate(rows, 2):
            f.ask(name, n, row[0], f"{name}!{n},2")


@layout
def third_control_statement_tables(f: Form) -> None:
    f.p("System security plan", style="Title")
    for n, text in enumerate(STATES[:6], 1):
        f.h(f"AC-{n} {AREAS[n]}", 2)
        f.p(text)
        name = f.t([f"AC-{n} – What is the solution and how is it implemented?"], [""])
        f.ask(name, 1, f"AC-{n} – What is the solution and how is it implemented?",
              f"{name}!2,1", f"AC-{n}")  # fmt: skip


@layout
def third_label_value_company_part_and_questions(f: Form) -> None:
    f.h("Part A: Supplier details")
    f.t(["Company name", ""], ["Registered address", ""], ["VAT number", ""])
    f.h("Part B: Capability")
    rows = [[str(n), text, ""] for n, text in enumerate(ASKS[20:30], 1)]
    name = f.t(["", "Question", "Response (max 200 words)"], *rows)
    for n, row in enumerate(rows, 2):
        f.ask(name, n, row[1], f"{name}!{n},3", row[0])


@layout
def third_feature_list_with_codes_and_legend(f: Form) -> None:
    f.h("Functional requirements")
    f.t(["Code", "Meaning"], ["F", "Fully provided"], ["P", "Partly provided"], ["N", "Not provided"])
    rows = [[f"R{n}", text, "", ""] for n, text in enumerate(THINGS, 1)]
    name = f.t(["Ref", "Feature", "Code (F/P/N)", "Comment"], *rows)
    for n, row in enumerate(rows, 2):
        f.ask(name, n, row[1], f"{name}!{n},3", row[0], ("F", "P", "N"))


@layout
def third_terms_are_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("General terms and conditions of purchase", style="Title")
    for n, text in enumerate(MUSTS[1:4] + STATES[:8], 1):
        f.h(f"{n}. {AREAS[n]}")
        f.p(text)


@layout
def third_glossary_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.h("Glossary")
    f.t(["Term", "Definition"], *([a, s] for a, s in zip(AREAS, STATES, strict=False)))
