"""Lists as delimited text, written by somebody who had not read the rules."""

import csv
from collections.abc import Callable
from pathlib import Path

from tests.rfp_manager.layouts_strangers_texts import (
    ASKED,
    FEATURES,
    FRENCH_ASKED,
    GERMAN_ASKED,
    SHALLS,
    STATED,
    TOPICS,
)
from tests.rfp_manager.layouts_wild import Form

LISTS: dict[str, tuple[str, Callable[[Form], None]]] = {}


def listed(delimiter: str) -> Callable[[Callable[[Form], None]], Callable[[Form], None]]:
    """Register a list under its function's name."""

    def register(build: Callable[[Form], None]) -> Callable[[Form], None]:
        LISTS[build.__name__] = delimiter, build
        return build

    return register


def save_list(name: str, path: Path) -> Form:
    """Write the list `name` to `path`; returns it with its questions."""
    delimiter, build = LISTS[name]
    form = Form()
    build(form)
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = form.book.worksheets[0].iter_rows(values_only=True)
        csv.writer(stream, delimiter=delimiter).writerows(
            ["" if value is None else value for value in row] for row in rows
        )
    return form


@listed(",")
def export_of_a_ticket_tool(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["question_id", "question_text", "category", "answer_type", "answer", "notes"])
    form.ask_all(sheet, ASKED, lambda n, t: [n, t, "Security", "free text"], "B", "E", "F")


@listed(";")
def german_list_with_wide_preamble(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Lieferantenselbstauskunft", "", "", ""], ["Stand: 01.02.2026", "", "", ""])
    form.put(sheet, ["", "", "", ""], ["Lfd. Nr.", "Thema", "Frage", "Ihre Angaben"])
    form.ask_all(sheet, GERMAN_ASKED, lambda n, t: [n, "IT", t], "C", "D")


@listed("\t")
def tabs_without_a_header(form: Form) -> None:
    sheet = form.sheet("x")
    form.ask_all(sheet, ASKED[:12], lambda n, t: [f"Q{n}", t, ""], "B", "C")


@listed(",")
def noun_phrases_with_unknown_titles(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Ref", "Domain", "Topic", "Supplier position"])
    form.ask_all(sheet, TOPICS, lambda n, t: [n, "Security" if n < 11 else "IT", t], "C", "D")


@listed("|")
def bars_with_sections_in_the_text_column(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["No", "Requirement", "Compliance", "Comment"])
    for k in range(4):
        form.put(sheet, ["", TOPICS[k].upper()])
        for n, text in enumerate(SHALLS[k * 3 : k * 3 + 3], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text], "B", "C", "D")


@listed(",")
def one_column_of_questions_and_one_empty(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Questions", ""])
    form.ask_all(sheet, ASKED, lambda n, t: [t, ""], "A", "B")


@listed(";")
def french_list_of_three_columns(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Réf.", "Exigence ou question", "Réponse du candidat"])
    form.ask_all(sheet, FRENCH_ASKED, lambda n, t: [f"E{n}", t], "B", "C")


@listed(",")
def features_with_response_code_and_effort(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Area", "Sub-area", "Feature", "MoSCoW", "Response code", "Effort (days)",
                     "Explanation"])  # fmt: skip
    texts = FEATURES + STATED[:5]
    form.ask_all(sheet, texts, lambda n, t: ["FIN", "AP", t, "Must"], "C", "E", "G")
