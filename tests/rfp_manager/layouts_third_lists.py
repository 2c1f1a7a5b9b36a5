"""Lists as delimited text by a third stranger to the rules, and files that ask nothing."""

from typing import Any

from tests.rfp_manager.layouts_strangers_lists import LISTS, listed
from tests.rfp_manager.layouts_third_texts import (
    AREAS,
    ASKS,
    DE,
    ES,
    FR,
    MUSTS,
    STATES,
    THINGS,
    many,
)
from tests.rfp_manager.layouts_wild import Form

BEFORE = set(LISTS)


@listed(",")
def third_sections_as_rows_and_many_columns(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Section", "Question ID", "Question Text", "Question Type", "Options",
                     "Mandatory", "Supplier Answer", "Supplier Comment", "Attachment"])  # fmt: skip
    form.ask_all(sheet, many(ASKS, 120), lambda n, t: [
        AREAS[n // 10 % 16], f"{n // 10 + 1}.{n % 10}", t, "Single choice", "Yes;No", "TRUE"],
        "C", "G", "H")  # fmt: skip


@listed(";")
def third_german_catalogue(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Anforderungskatalog"], [],
             ["ID", "Bereich", "Anforderung", "Muss/Kann", "Erfüllungsgrad", "Kommentar"])  # fmt: skip
    form.ask_all(sheet, DE, lambda n, t: [f"A-{n}", AREAS[n // 5], t, "Muss"], "C", "E", "F")


@listed("\t")
def third_controls_without_answers_titles(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["control_id", "control_text", "response", "implementation_notes"])
    form.ask_all(sheet, STATES, lambda n, t: [f"CC{n}", t], "B", "C", "D")


@listed(";")
def third_french_list_with_long_cells(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Réf", "Exigences", "Obligatoire", "Réponse candidat", "Justification"])
    form.ask_all(sheet, [f"{t}\nPrécisez les délais." for t in FR], lambda n, t: [n, t, "oui"],
                 "B", "D", "E")  # fmt: skip


@listed(",")
def third_functions_with_code(form: Form) -> None:
    sheet = form.sheet("x")
    form.put(sheet, ["Module", "Function", "Available", "Planned for", "Note"])
    form.ask_all(sheet, THINGS, lambda n, t: [AREAS[n // 4], t], "B", "C", "E")


THIRD_LISTS = [name for name in LISTS if name not in BEFORE]
NOTHING_ASKED: dict[str, list[list[Any]]] = {
    "glossary with must in it": [["Term", "Definition"], *([a, s] for a, s in zip(AREAS, MUSTS, strict=False))],
    "price sheet with open prices": [
        ["Item", "Description", "Unit", "Quantity", "Unit price (EUR)", "Total (EUR)"],
        *([n, t, "pcs", n, "", f"=D{n}*E{n}"] for n, t in enumerate(THINGS, 2)),
    ],
    "rate card": [
        ["Role", "Level", "Day rate", "Comment"],
        *([a, "Senior", "", ""] for a in ["Architect", "Developer", "Tester", "Project manager",
                                          "Trainer", "Analyst"]),
    ],
    "terms and conditions": [["Clause", "Text"], *([f"{n}.1", t] for n, t in enumerate(MUSTS, 1))],
    "mapping between standards": [
        ["Control", "Control text", "ISO 27001", "NIST CSF", "PCI DSS"],
        *([f"C{n}", t, f"A.5.{n}", "PR.AC-1", "" if n % 3 else "8.2"] for n, t in enumerate(STATES, 1)),
    ],
    "project plan": [
        ["WBS", "Task", "Start", "End", "Owner", "Done"],
        *([f"1.{n}", f"Prepare {a.lower()}", "2026-01-01", "2026-02-01", "", ""]
          for n, a in enumerate(AREAS, 1)),
    ],
    "spanish price table": [
        ["Ítem", "Descripción", "Cantidad", "Valor unitario", "Valor total"],
        *([n, t, 1, "", ""] for n, t in enumerate(ES, 1)),
    ],
    "faq of the buyer": [
        ["No.", "Question of a bidder", "Answer of the authority"],
        *([n, t, "Yes, see section 4 of the tender."] for n, t in enumerate(ASKS[:12], 1)),
    ],
    "evaluation criteria": [
        ["Criterion", "Weight", "Minimum score", "Maximum score"],
        *([a, "10%", 5, 10] for a in AREAS[:10]),
    ],
    "documents to know": [
        ["Annex", "Title", "Version", "Date", "Confidential"],
        *([f"Annex {n}", a, "1.0", "2026-01-01", ""] for n, a in enumerate(AREAS, 1)),
    ],
}  # fmt: skip
