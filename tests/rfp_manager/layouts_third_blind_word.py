"""Word forms by a third stranger, first run after the rules were mended."""

from tests.rfp_manager.layouts_third_texts import AREAS, ASKS, MUSTS, STATES
from tests.rfp_manager.layouts_word import layout
from tests.rfp_manager.word_world import Form, cell


@layout
def unseen_clauses_with_table_of_compliance(f: Form) -> None:
    f.p("Technical specification", style="Title")
    f.h("1 Scope")
    f.p("The supplier delivers a platform for permits.")
    for k in range(2):
        f.h(f"{k + 2} {AREAS[k]}")
        rows = [[f"{k + 2}.{n}", t, "", ""] for n, t in enumerate(MUSTS[k * 6 : k * 6 + 6], 1)]
        name = f.t(["Ref.", "Requirement", "Comply (Y/N)", "Supplier remarks"], *rows)
        for n, row in enumerate(rows, 2):
            f.ask(name, n, row[1], f"{name}!{n},3", row[0], ("Y", "N"))


@layout
def unseen_framework_agreement_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Framework agreement for services", style="Title")
    for n, text in enumerate(MUSTS[:8], 1):
        f.p(f"{n}. {text}")


@layout
def unseen_section_tables_with_evidence(f: Form) -> None:
    rows: list[list[str]] = [["Standard", "Question", "Response", "Evidence"]]
    gold = []
    for k in range(3):
        for n, text in enumerate(ASKS[k * 5 : k * 5 + 5]):
            rows.append([cell(STATES[k] if n == 0 else "", merge="top" if n == 0 else "on"), text,
                         "", ""])  # fmt: skip
            gold.append((len(rows), text))
    name = f.t(*rows)
    for row, text in gold:
        f.ask(name, row, text, f"{name}!{row},3")
