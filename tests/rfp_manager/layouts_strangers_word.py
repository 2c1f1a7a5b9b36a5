"""Word forms written by somebody who had not read the rules; the texts are made up here."""

from tests.rfp_manager.layouts_strangers_texts import (
    ASKED,
    FEATURES,
    FRENCH_ASKED,
    GERMAN_NOUNS,
    SHALLS,
    STATED,
    TOPICS,
)
from tests.rfp_manager.layouts_word import layout
from tests.rfp_manager.word_world import NUMBERS, Form, cell, drop_down, paragraph


@layout
def noun_phrases_in_a_two_column_table(f: Form) -> None:
    f.p("Technical offer", style="Title")
    name = f.t(["Item", "Supplier response"], *([text, ""] for text in TOPICS))
    for n, text in enumerate(TOPICS, 2):
        f.ask(name, n, text, f"{name}!{n},2")


@layout
def compliance_tables_for_each_chapter(f: Form) -> None:
    for k in range(3):
        f.h(f"{k + 1} {TOPICS[k]}")
        f.p("Bidders shall complete the table below.")
        rows = [[f"{k + 1}.{n}", text, "", ""]
                for n, text in enumerate(SHALLS[k * 4 : k * 4 + 4], 1)]  # fmt: skip
        name = f.t(["Clause", "Description", "C / PC / NC", "Remarks"], *rows)
        for n, row in enumerate(rows, 2):
            f.ask(name, n, row[1], f"{name}!{n},3", row[0], ("C", "PC", "NC"))


@layout
def long_table_with_repeated_headers_and_banners(f: Form) -> None:
    rows: list[list[str]] = []
    gold: list[tuple[int, str, str]] = []
    for k in range(10):
        rows.append([cell(f"Section {k + 1}: {TOPICS[k]}", span=3)])
        rows.append(["Ref", "Question", "Response"])
        for n in range(8):
            text = f"{STATED[n][:-1]} (scope {k + 1})."
            rows.append([f"{k + 1}.{n + 1}", text, ""])
            gold.append((len(rows), text, f"{k + 1}.{n + 1}"))
    name = f.t(*rows)
    for row, text, number in gold:
        f.ask(name, row, text, f"{name}!{row},3", number)


@layout
def question_above_a_shaded_answer_row(f: Form) -> None:
    f.h("Award questions")
    for n, text in enumerate(ASKED[:6], 1):
        name = f.t([f"Question {n}", "Weighting: 10%"], [cell(text, span=2)],
                   [cell("Your response (max. 500 words)", span=2)], [cell("", span=2)])  # fmt: skip
        f.ask(name, 2, text, f"{name}!4,1")


@layout
def german_feature_table_with_ticks(f: Form) -> None:
    f.h("Funktionskatalog")
    rows = [[str(n), text, "☐ Ja ☐ Nein", ""] for n, text in enumerate(GERMAN_NOUNS, 1)]
    name = f.t(["Lfd. Nr.", "Funktion", "Verfügbar", "Hinweise"], *rows)
    for n, row in enumerate(rows, 2):
        f.ask(name, n, row[1], f"{name}!{n},3", row[0], ("Ja", "Nein"))


@layout
def questions_in_paragraphs_with_french_numbers(f: Form) -> None:
    f.p("Demande d'information", style="Title")
    f.h("1. Organisation")
    for n, text in enumerate(FRENCH_ASKED[:3], 1):
        row = f.p(f"Q1.{n} {text}")
        f.ask("Text", row, f"Q1.{n} {text}", f"Text!{row},2|Text!{row + 1},1", f"Q1.{n}")
        f.p()


@layout
def status_drop_downs_left_of_the_comment(f: Form) -> None:
    f.h("Statement of applicability")
    rows = []
    for text in STATED[:10]:
        rows.append([text, cell(paragraph(inside=drop_down("Yes", "No", "N/A"))), ""])
    name = f.t(["Control", "Applicable", "Justification"], *rows)
    for n, row in enumerate(rows, 2):
        f.ask(name, n, row[0], f"{name}!{n},2", "", ("Yes", "No", "N/A"))


@layout
def features_as_numbered_list_then_table(f: Form) -> None:
    f.h("Introduction")
    f.p("The bank runs 140 branches. The new system will replace two old ones.")
    f.h("Instructions")
    f.p("Please return this document in Word format.", num=(NUMBERS, 0))
    f.h("Features")
    name = f.t(["#", "Feature", "Supported?", "How / since when"],
               *([f"F{n}", text, "", ""] for n, text in enumerate(FEATURES, 1)))  # fmt: skip
    for n, text in enumerate(FEATURES, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", f"F{n}")
