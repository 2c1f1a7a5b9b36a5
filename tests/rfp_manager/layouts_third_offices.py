"""Word forms by a third stranger: offices, universities, health services."""

from tests.rfp_manager.layouts_third_texts import AREAS, ASKS, MUSTS, STATES, THINGS
from tests.rfp_manager.layouts_word import layout
from tests.rfp_manager.word_world import BULLETS, NUMBERS, Form, cell, drop_down, paragraph


@layout
def third_accessibility_report(f: Form) -> None:
    f.p("Accessibility Conformance Report", style="Title")
    f.h("Terms")
    f.p("The terms used in the conformance level information are defined as follows:")
    f.p("Supports: The functionality of the product has at least one method.", num=(BULLETS, 0))
    f.p("Not Applicable: The criterion is not relevant to the product.", num=(BULLETS, 0))
    for level in "A", "AA":
        f.h(f"Table: Success Criteria, Level {level}", 2)
        rows = [[f"1.{n}.1 {t} (Level {level})", "", ""] for n, t in enumerate(THINGS[:8], 1)]
        name = f.t(["Criteria", "Conformance Level", "Remarks and Explanations"], *rows)
        for n, row in enumerate(rows, 2):
            f.ask(name, n, row[0], f"{name}!{n},2", row[0].split()[0])


@layout
def third_impact_assessment_with_boxes(f: Form) -> None:
    f.p("Impact assessment", style="Title")
    f.p("This template follows the guidance of the commissioner.")
    texts = [
        "Explain broadly what the project aims to achieve and what type of processing it involves.",
        "Describe the nature of the processing: how will you collect, use, store and delete data?",
        "Describe the scope of the processing: what is the nature of the data?",
        "Consider how to consult with relevant stakeholders: describe when you will seek views.",
        "Describe compliance and proportionality measures: what is your lawful basis?",
    ]
    for n, text in enumerate(texts, 1):
        f.h(f"Step {n}: {AREAS[n]}", 2)
        name = f.t([text], [""])
        f.ask(name, 1, text, f"{name}!2,1")


@layout
def third_policy_checklist_with_yes_no_columns(f: Form) -> None:
    f.h("Due diligence checklist")
    rows = [[str(n), text, "", "", ""] for n, text in enumerate(ASKS[:20], 1)]
    name = f.t(["", "", "Yes", "No", "Comments"], *rows)
    for n, row in enumerate(rows, 2):
        f.ask(name, n, row[1], f"{name}!{n},3|{name}!{n},4", row[0], ("Yes", "No"))


@layout
def third_quote_request_in_prose(f: Form) -> None:
    f.p("Request for quotation", style="Title")
    f.h("1. Definitions")
    f.p("The contractor shall mean the entity that is awarded the task order.")
    f.h("2. Statement of objectives")
    f.p("The agency needs a modern filing system. It has 12 offices.")
    f.h("3. Instructions and submission contents")
    f.p("Quotes must be received by 5 p.m. Eastern time.")
    f.p("The technical quote shall answer the following:")
    for text in ASKS[:6]:
        f.ask_line(text, num=(NUMBERS, 0), shown=str(ASKS.index(text) + 1))
    f.h("4. Evaluation")
    f.p("The agency will evaluate quotes on a best value basis.")


@layout
def third_headings_as_questions_with_controls(f: Form) -> None:
    f.p("Provider return", style="Title")
    for k in range(3):
        f.h(AREAS[k])
        rows = [[cell(text), cell(paragraph(inside=drop_down("Met", "Not met"))), ""]
                for text in STATES[k * 4 : k * 4 + 4]]  # fmt: skip
        name = f.t(["Standard", "Self-assessment", "Action plan"], *rows)
        for n, text in enumerate(STATES[k * 4 : k * 4 + 4], 2):
            f.ask(name, n, text, f"{name}!{n},2", "", ("Met", "Not met"))


@layout
def third_shall_statements_with_comply_line(f: Form) -> None:
    f.h("5 Technical specification")
    f.p("For each clause the bidder states Comply, Partially comply or Not comply.")
    for n, text in enumerate(MUSTS[:10], 1):
        row = f.p(f"5.{n} {text}")
        f.p("Response: ______________________")
        f.ask("Text", row, f"5.{n} {text}", f"Text!{row + 1},2|Text!{row + 1},1", f"5.{n}")


@layout
def third_merged_requirement_table(f: Form) -> None:
    f.h("Annex B")
    rows: list[list[str]] = [["Area", "No.", "Requirement", "Bidder's answer"]]
    gold = []
    for k in range(4):
        for n, text in enumerate(MUSTS[k * 4 : k * 4 + 4], 1):
            rows.append([cell(AREAS[k] if n == 1 else "", merge="top" if n == 1 else "on"),
                         f"{k + 1}.{n}", text, ""])  # fmt: skip
            gold.append((len(rows), text, f"{k + 1}.{n}"))
    name = f.t(*rows)
    for row, text, number in gold:
        f.ask(name, row, text, f"{name}!{row},4", number)


@layout
def third_price_schedule_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.h("Price schedule")
    f.p("Prices shall be in US dollars and include all taxes.")
    f.t(["Item", "Description", "Quantity", "Unit price", "Total"],
        *([str(n), text, "1", "", ""] for n, text in enumerate(THINGS, 1)))  # fmt: skip


@layout
def third_data_processing_agreement_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Data processing agreement", style="Title")
    f.p("between the customer (controller) and the supplier (processor)")
    for n, area in enumerate(AREAS[:10], 1):
        f.h(f"Article {n} – {area}")
        f.p(f"{n}.1 The processor shall process personal data only on documented instructions.")
        f.p(f"{n}.2 {STATES[n]}")
    f.p("Place, date: ____________   Signature: ____________")
