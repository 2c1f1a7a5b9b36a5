"""The buyer's questions with what a right answer must contain, and their expected.json."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Question:
    """`facts` are verbatim in `documents`; `absent` words occur in no document at all."""

    id: str
    section: str
    text: str
    answerable: bool = True
    choice: str | None = None
    choice_list: bool = False
    area: str = ""
    documents: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    cross_language: bool = False

    @property
    def has_choices(self) -> bool:
        return self.choice_list or self.choice is not None


@dataclass
class QuestionSheet:
    name: str
    layout: str
    questions: list[Question]


@dataclass
class Form:
    buyer: str
    title: str
    reference: str
    deadline: str
    contact: str
    choices: list[str]
    sheets: list[QuestionSheet]


def read_form(path: Path) -> Form:
    """Raises TypeError for an unknown or missing key, which names it."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    sheets = [
        QuestionSheet(one["name"], one["layout"], [Question(**item) for item in one["question"]])
        for one in raw.pop("sheet")
    ]
    return Form(**raw, sheets=sheets)


def expected_json(form: Form, places: dict[str, dict[str, str]], workbook: str) -> bytes:
    """`places` maps a question's id to its sheet and cells, as the workbook was written."""
    questions = [
        _expected(question, places[question.id], form.choices)
        for sheet in form.sheets
        for question in sheet.questions
    ]
    content = {"workbook": workbook, "buyer": form.buyer, "questions": questions}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _expected(question: Question, place: dict[str, str], choices: list[str]) -> dict[str, Any]:
    return {
        "id": question.id,
        **place,
        "section": question.section,
        "question": question.text,
        "choices": choices if question.has_choices else [],
        "answerable": question.answerable,
        "choice": question.choice,
        "documents": question.documents,
        "key_facts": question.facts,
        "absent_terms": question.absent,
        "cross_language": question.cross_language,
    }
