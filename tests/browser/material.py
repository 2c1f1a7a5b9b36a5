"""Documents and questionnaires of an invented company, written afresh for each run."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from typing import Any

import docx
import openpyxl
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

SUBJECTS = {
    "Encryption": [
        "All customer data at rest is encrypted with AES-256.",
        "Data in transit is protected with TLS 1.3 on every connection.",
        "Encryption keys are kept in a hardware security module and rotated every 90 days.",
    ],
    "Backups": [
        "Backups are made every night and kept for 35 days in a second region.",
        "A restore is rehearsed every quarter, and its result is recorded.",
        "The recovery time objective is four hours, the recovery point objective is one hour.",
    ],
    "Access": [
        "Employees sign in with single sign-on and a hardware key as second factor.",
        "Access rights are reviewed by the owner of each system twice a year.",
        "Accounts of leavers are closed on the day on which they leave.",
    ],
    "Incidents": [
        "Security incidents are reported to customers within 24 hours.",
        "The incident team can be reached around the clock on a duty telephone.",
        "Every incident is followed by a written review within ten working days.",
    ],
}
DOCUMENTS = ("encryption.md", "backups.html", "access.txt", "incidents.docx")
QUESTIONS = (
    "Is customer data encrypted at rest?",
    "Which version of TLS protects data in transit?",
    "How often are encryption keys rotated?",
    "How long are backups kept?",
    "How often is a restore rehearsed?",
    "What is your recovery time objective?",
    "Which second factor do employees use to sign in?",
    "How often are access rights reviewed?",
    "When are the accounts of leavers closed?",
    "Within how many hours are incidents reported to customers?",
    "Can the incident team be reached around the clock?",
    "What colour is the company's submarine?",
)
#: Enough questions that a batch can be watched.
LONG = 84
#: Enough that it is still going on when the page is asked for a second time, on any machine.
LONGEST = 900
FIRST_ROW = 5


def write_all(folder: Path) -> None:
    _markdown(folder / "encryption.md", "Encryption")
    _html(folder / "backups.html", "Backups")
    (folder / "access.txt").write_text("\n\n".join(["Access control", *SUBJECTS["Access"]]))
    _word(folder / "incidents.docx", "Incidents")
    (folder / "suppliers.md").write_text("# Suppliers\n\nWe have eleven sub-processors.\n")
    questionnaire(folder / "long.xlsx", LONG)
    questionnaire(folder / "longest.xlsx", LONGEST)
    questionnaire(folder / "short.xlsx", len(QUESTIONS))
    _csv(folder / "buyer.csv")


def _markdown(path: Path, subject: str) -> None:
    path.write_text(f"# {subject} standard\n\n## Rules\n\n" + "\n\n".join(SUBJECTS[subject]))


def _html(path: Path, subject: str) -> None:
    text = "".join(f"<p>{sentence}</p>" for sentence in SUBJECTS[subject])
    path.write_text(
        f"<!doctype html><html><head><title>{subject} policy</title></head>"
        f"<body><h1>{subject} policy</h1>{text}</body></html>"
    )


def _word(path: Path, subject: str) -> None:
    document = docx.Document()
    document.add_heading(f"{subject} plan", 1)
    for sentence in SUBJECTS[subject]:
        document.add_paragraph(sentence)
    document.save(str(path))


def asked(count: int) -> list[str]:
    """So many questions; the later ones ask the first ones of one site each."""
    texts = []
    for number in itertools.count():
        for question in QUESTIONS:
            if len(texts) == count:
                return texts
            texts.append(question if not number else f"For site {number}: {question}")
    return texts


def questionnaire(path: Path, count: int) -> None:
    """A buyer's form: a title, a header in row 4, Yes/No beside some answers."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Security"
    sheet["A1"] = "Supplier security questionnaire"
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A2"] = "Please fill in the columns Response and Comments."
    for column, title in enumerate(("No.", "Question", "Response", "Comments"), start=1):
        sheet.cell(FIRST_ROW - 1, column, title).font = Font(bold=True)
    for offset, text in enumerate(asked(count)):
        sheet.cell(FIRST_ROW + offset, 1, f"S-{offset + 1:02}")
        sheet.cell(FIRST_ROW + offset, 2, text)
    choices = DataValidation(type="list", formula1='"Yes,No,Not applicable"')
    choices.add(f"C{FIRST_ROW}")
    sheet.add_data_validation(choices)
    sheet.column_dimensions["B"].width = 60
    book.save(path)


def _csv(path: Path) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "Question", "Answer"])
        writer.writerows([f"Q{n}", text, ""] for n, text in enumerate(QUESTIONS[:6], start=1))
