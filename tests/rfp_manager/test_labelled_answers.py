"""A labelled set is read as it is meant, measured, or refused with its line and what to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from llm_manager.calling import default_access
from llm_manager.models import ModelKind
from rfp_manager.evaluating.answering import Share, in_words, measure, report
from rfp_manager.evaluating.labelled_answers import read_labelled
from rfp_manager.library_scope import LibraryScope
from solution_library.evaluating.errors import EvaluationFailed, SetRefused
from tests.rfp_manager.answer_world import QUESTIONS


def a_set(folder: Path, *rows: Any) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows))
    return path


def test_every_field_is_read(tmp_path: Path) -> None:
    path = a_set(
        tmp_path,
        {"question": "Are backups encrypted?", "answerable": True, "documents": ["backups.md"],
         "reference_answer": "Yes.", "choices": ["Yes", "No"], "choice": "Yes",
         "max_characters": 200, "id": "q7", "section": "Backups"},
        {"query": "Do you breed giraffes?", "answerable": False, "documents": ["backups.md"]},
        {"text": "By documents alone?", "gold": "access.md"},
        {"text": "By nothing?"},
        {"text": "As in SQuAD?", "is_impossible": "true"},
    )  # fmt: skip
    first, *others = read_labelled(path)
    assert (first.id, first.choices, first.choice, first.max_characters) == (
        "q7", ("Yes", "No"), "Yes", 200)  # fmt: skip
    assert (first.reference, first.documents) == ("Yes.", ("backups.md",))
    assert [q.answerable for q in others] == [False, True, False, False]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("", "has no questions"),
        ("{", "Line 1"),
        ({"answer": "Yes."}, "Line 1 has no question"),
        ({"question": "Q?", "answerable": True}, "names no document"),
        ({"question": "Q?", "answerable": "perhaps"}, "neither true nor false"),
        ({"question": "Q?", "documents": [["a"]]}, "names no document"),
        ({"question": "Q?", "documents": ["a.md"], "max_characters": "-3"}, "is no length"),
        ({"question": "Q?", "documents": ["a.md"] * 999}, "more than 200"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, row: Any, reason: str
) -> None:
    with pytest.raises(SetRefused, match=reason):
        read_labelled(a_set(tmp_path, row))


@pytest.mark.django_db
def test_answers_are_measured_against_what_is_known(tmp_path: Path, library: None) -> None:
    (_, backups), (_, access), (_, giraffes) = QUESTIONS
    rows = [
        {"question": backups, "documents": ["backups.md"], "max_characters": 10},
        {"question": access, "documents": ["access.md"], "reference": "Every quarter."},
        {"question": giraffes, "answerable": False},
        {"question": "Of another library?", "documents": ["nowhere.md"]},
    ]
    model = default_access(ModelKind.CHAT)
    found = measure(read_labelled(a_set(tmp_path, *rows)), model, LibraryScope(None))
    facts = report(found, model)
    figures = {name: (share["good"], share["of"]) for name, share in facts["figures"].items()}
    assert figures["right_document_cited"] == figures["right_document_found"] == (2, 2)
    assert figures["no_evidence_said"] == (1, 1)
    assert figures["quotes_hold"] == figures["claims_supported"] == (2, 2)
    assert figures["length_kept"] == (0, 1)
    assert (facts["questions"], facts["unknown"], facts["calls"]) == (3, 1, 3)
    assert facts["input_tokens"] > 0
    assert "1 answerable questions were not asked" in in_words(facts)


@pytest.mark.django_db
def test_a_set_of_another_library_is_refused(tmp_path: Path, library: None) -> None:
    path = a_set(tmp_path, {"question": "Any?", "documents": ["nowhere.md"]})
    with pytest.raises(EvaluationFailed, match="--corpus"):
        measure(read_labelled(path), default_access(ModelKind.CHAT), LibraryScope(None))


def test_a_share_has_its_interval() -> None:
    assert Share(0, 0).interval is None and Share(0, 0).rate is None
    low, high = Share(8, 10).interval or (0, 0)
    assert 0.4 < low < 0.8 < high < 1
