"""Question sets come of RFPs and of files of many shapes; what is no set is refused with a
sentence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfp_manager.editing import set_state
from rfp_manager.evaluating.reading import MAX_QUESTIONS, read_set
from rfp_manager.evaluating.scoring import is_named, plain_name, recall
from rfp_manager.evaluating.sets import SetRefused, remove_set, set_from_rfp
from rfp_manager.models import RFP, QuestionSet
from tests.rfp_manager.answer_world import Commit, answers
from tests.rfp_manager.test_responder import respond


def lines(*rows: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


ROW = {"question": "Do you encrypt?", "reference_answer": "Yes, with AES.",
       "relevant_documents": ["crypto.md"], "choices": ["Yes", "No"], "choice": "Yes"}  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        lines(ROW),
        lines(ROW, {"comment": "no question"}),
        json.dumps([ROW], indent=2).encode(),
        json.dumps({"version": 1, "questions": [ROW]}).encode("utf-8-sig"),
        "Question;Reference answer;Relevant documents;Choices;Choice\n"
        "Do you encrypt?;Yes, with AES.;crypto.md;Yes|No;Yes\n".encode("utf-16"),
        b"My set of questions,,,,\nQUESTION,Correct answer,relevant docs,options,Correct choice\n"
        b'Do you encrypt?,"Yes, with AES.",crypto.md,"Yes\nNo",Yes\n',
    ],
)
def test_a_set_is_read_from_json_json_lines_and_tables(data: bytes) -> None:
    [found] = read_set(data, "set")
    assert (found.text, found.reference_text) == ("Do you encrypt?", "Yes, with AES.")
    assert (found.relevant, found.allowed_choices) == (("crypto.md",), ("Yes", "No"))
    assert found.reference_choice == "Yes"


def test_a_labelled_retrieval_set_names_chunks_of_documents() -> None:
    data = json.dumps([{"id": "a1", "question": "How?", "correct_answer": "So.",
                        "correct_chunks": ["https://x.example/a#one", "https://x.example/b"]}])  # fmt: skip
    [found] = read_set(data.encode(), "set.json")
    assert found.number == "a1" and found.reference_text == "So."
    assert found.relevant == ("https://x.example/a#one", "https://x.example/b")


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "No questions"),
        (b"question_1,question_2,similar\na,b,1\n", "column .* called “question”"),
        (b'[{"question": "a"', "not valid JSON near character"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"question": "a"}\n{"question": ', "Line 2 is not valid JSON"),
        (b'{"question": null}', "No questions"),
        (b'[1, 2, "x"]', "No questions"),
        (b"PK\x03\x04" + bytes(range(256)) * 20, "No questions"),
        (lines(*[{"question": "a"}] * (MAX_QUESTIONS + 1)), "at most 2,000"),
        (b"x" * (21 * 2**20), "larger than 20 MB"),
    ],
)
def test_what_is_no_set_is_refused_with_a_sentence(data: bytes, why: str) -> None:
    with pytest.raises(SetRefused, match=why):
        read_set(data, "file.csv")


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_bytes_do_anything_but_be_read_or_refused(data: bytes) -> None:
    try:
        found = read_set(data, "x")
    except SetRefused:
        return
    assert found and all("\x00" not in question.text for question in found)


@pytest.mark.django_db
def test_of_an_rfp_what_people_stand_by_is_the_reference_and_what_it_cites_is_relevant(
    rfp: RFP, commit: Commit
) -> None:
    respond(rfp, commit)
    set_state(answers(rfp)["1.1"], "approved", rfp.owner)
    made = set_from_rfp(rfp, rfp.owner)
    first, second, third = made.questions.all()
    assert first.reference_text.startswith("All database backups are encrypted")
    assert [entry["name"] for entry in first.relevant] == ["backups.md"]
    assert (second.reference_text, second.relevant) == ("", [])
    assert (third.number, third.text) == ("1.3", "Do you breed giraffes on Jupiter?")


@pytest.mark.django_db
def test_a_set_stays_as_it_was_when_the_rfp_changes(rfp: RFP) -> None:
    made = set_from_rfp(rfp, rfp.owner, name="Kept")
    rfp.questions.all().delete()
    assert made.questions.count() == 3
    rfp.delete()
    assert QuestionSet.objects.get(name="Kept").rfp is None


@pytest.mark.django_db
def test_an_rfp_without_questions_makes_no_set(rfp: RFP) -> None:
    rfp.questions.all().delete()
    with pytest.raises(SetRefused, match="has no questions"):
        set_from_rfp(rfp, rfp.owner)


@pytest.mark.django_db
def test_a_set_on_which_an_evaluation_rests_is_not_removed(
    question_set: QuestionSet, candidate: Any, commit: Commit
) -> None:
    from tests.rfp_manager.evaluation_world import evaluate

    evaluate(question_set, candidate, commit)
    with pytest.raises(SetRefused, match="Evaluations were made"):
        remove_set(question_set)
    assert question_set.questions.count() == 3


@pytest.mark.parametrize(
    "name, means",
    [
        ("backups.md", True),
        ("BACKUPS.md", True),
        ("policies/backups.md", True),
        ("./policies/backups.md#keys", True),
        ("Backup policy", True),
        ("ups.md", False),
        ("", False),
        ("other.md", False),
    ],
)
def test_a_document_is_meant_by_its_path_its_file_name_or_its_title(name: str, means: bool) -> None:
    assert is_named(plain_name(name), "policies/backups.md", "Backup policy") is means


def test_two_places_of_one_document_are_one_relevant_document() -> None:
    relevant = [{"id": None, "name": "https://x.example/a#one"},
                {"id": None, "name": "https://x.example/a#two"},
                {"id": None, "name": "https://x.example/b"}]  # fmt: skip
    assert recall(relevant, []) == 0.0
    assert recall([], []) is None
    assert recall(relevant, [_hit("https://x.example/a")]) == 0.5


def _hit(path: str) -> Any:
    from solution_library.search import Hit

    return Hit(1, 1, "Title", path, "", None, "text", "0", 1.0, 1, 1, 1.0, 1.0)
