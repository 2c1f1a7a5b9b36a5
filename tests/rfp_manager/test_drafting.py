"""A reply becomes an answer only as far as its passages carry it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from llm_manager import errors
from llm_manager.calling import ModelAccess, access_to
from llm_manager.control.books import Prices
from llm_manager.control.gate import Limits
from llm_manager.fields import Secret
from llm_manager.models import LLMApi, LLMModel
from llm_manager.providers.base import AnswerInputs, Passage
from rfp_manager.drafting import (
    NO_EVIDENCE,
    Asked,
    Draft,
    checked,
    draft,
    leading_choice,
    to_json,
)
from tests.llm_manager.fake_llm import FakeLLM, follows_the_prompt, status
from tests.rfp_manager.test_citing import BACKUPS, HITS

QUOTE = "All backups are encrypted with AES-256."


def asked(*choices: str, question: str = "Are backups encrypted?", url: str = "") -> Asked:
    passages = tuple(Passage(n, h.text, h.heading_path, h.document) for n, h in enumerate(HITS, 1))
    inputs = AnswerInputs(question, "Backups", choices, passages, None, None, None)
    model = ModelAccess(
        1, "Small", "small-chat", "openai", url, Secret("k"), 5, 5, Limits(1, 2),
        Prices(Decimal(0), Decimal(0)),
    )  # fmt: skip
    return Asked(1, inputs, tuple(HITS), access_to(served(url)) if url else model)


def served(url: str) -> LLMModel:
    """A model that a server at this address offers."""
    api = LLMApi.objects.create(name="Gateway", kind="openai", base_url=url, api_key="k")
    return LLMModel.objects.create(api=api, model_id="small-chat", kind="chat")


def reply(**values: Any) -> dict[str, Any]:
    data = {"outcome": "answered", "answer": QUOTE, "choice": None, "explanation": "",
            "citations": [{"passage": 1, "quote": QUOTE}]}  # fmt: skip
    return data | values


def test_a_supported_answer_stays_as_it_is() -> None:
    found = checked(reply(confidence=0.7), asked())
    assert (found.text, found.outcome, found.confidence) == (QUOTE, "answered", 0.7)
    assert [c.quote for c in found.citations] == ["All **backups** are encrypted with AES-256."]
    assert found.findings == []


@pytest.mark.parametrize(
    "answer",
    [
        "All backups are encrypted with AES-128.",
        "All backups are not encrypted with AES-256.",
        "Most backups are encrypted with AES-256.",
        "All backups are encrypted with AES-256 by Contoso.",
        "Keys are rotated every 60 days.",
        "Uptime is 99.9%.",
    ],
)
def test_a_changed_fact_is_marked_in_the_answer(answer: str) -> None:
    found = checked(reply(answer=answer), asked())
    assert found.findings
    for finding in found.findings:
        assert found.text[finding.start : finding.end] == finding.words


def test_an_answer_that_rests_on_no_passage_is_no_answer() -> None:
    invented = reply(
        answer="The moon is made of cheese.", citations=[{"passage": 1, "quote": "cheese"}]
    )
    found = checked(invented, asked())
    assert (found.outcome, found.text, found.citations) == ("no_evidence", "", [])
    assert "rests on no passage" in found.explanation


@pytest.mark.parametrize(
    "data", [reply(outcome="no_evidence"), reply(answer=""), reply(answer=None)]
)
def test_no_answer_is_no_evidence_with_a_reason(data: dict[str, Any]) -> None:
    found = checked(data, asked())
    assert (found.outcome, found.text, found.citations) == ("no_evidence", "", [])
    assert found.explanation == NO_EVIDENCE
    assert (
        checked(data | {"explanation": "Nothing there."}, asked()).explanation == "Nothing there."
    )


@pytest.mark.parametrize("outcome", [None, "", "yes", 1, ["answered"], {}])
def test_a_reply_of_another_shape_is_refused(outcome: Any) -> None:
    with pytest.raises(errors.BadResponse):
        checked(reply(outcome=outcome), asked())
    with pytest.raises(errors.BadResponse):
        checked({}, asked())


def test_an_answer_without_end_is_refused() -> None:
    with pytest.raises(errors.BadResponse, match="longer"):
        checked(reply(answer=QUOTE * 1000), asked())


@pytest.mark.parametrize("value", [7, ["x"], {"a": 1}, True])
def test_texts_that_are_none_are_not_made_into_some(value: Any) -> None:
    found = checked(reply(answer=value, explanation=value), asked())
    assert (found.text, found.outcome) == ("", "no_evidence")


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [(0.5, 0.5), (-1, 0.0), (7, 1.0), (None, None), ("high", None), (True, None), (10**400, None),
     (float("nan"), None), (float("inf"), None)],
)  # fmt: skip
def test_a_confidence_is_a_share_or_nothing(confidence: Any, expected: float | None) -> None:
    assert checked(reply(confidence=confidence), asked()).confidence == expected


def test_marks_of_citations_do_not_stay_in_the_text() -> None:
    found = checked(reply(answer="All backups are encrypted with AES-256 [1][passage 2]."), asked())
    assert (found.text, found.findings) == (QUOTE, [])


# -- choices -----------------------------------------------------------------------------------
def test_a_choice_is_taken_as_the_questionnaire_writes_it() -> None:
    assert checked(reply(choice=" yes "), asked("Yes", "No")).choice == "Yes"


@pytest.mark.parametrize("choice", ["Perhaps", "", None, 5, ["Yes"], "Yes or No"])
def test_a_choice_that_is_not_offered_is_left_to_a_person(choice: Any) -> None:
    found = checked(reply(choice=choice), asked("Yes", "No"))
    assert (found.choice, found.outcome) == ("", "partly")
    assert "does not decide" in found.explanation


def test_a_choice_that_contradicts_the_text_is_said() -> None:
    found = checked(reply(answer="Yes, " + QUOTE, choice="No"), asked("Yes", "No"))
    assert found.outcome == "partly"
    assert found.explanation == "The text says “Yes”, the choice is “No”."


def test_a_longer_choice_that_begins_like_a_shorter_one_is_no_contradiction() -> None:
    offered = ("Yes", "Yes, with limits", "No")
    found = checked(reply(answer="Yes, " + QUOTE, choice="Yes, with limits"), asked(*offered))
    assert found.outcome == "answered"


def test_a_choice_alone_is_an_answer_if_a_passage_carries_it() -> None:
    found = checked(reply(answer="", choice="Yes"), asked("Yes", "No"))
    assert (found.outcome, found.choice, found.text) == ("answered", "Yes", "")
    dropped = checked(reply(answer="", choice="Yes", citations=[]), asked("Yes", "No"))
    assert (dropped.outcome, dropped.choice) == ("no_evidence", "")


@pytest.mark.parametrize(
    ("text", "choice"),
    [("Yes, we do", "Yes"), ("Yes", "Yes"), ("no. never", "No"), ("Yesterday", ""), ("Not yet", ""),
     ("Yes we do", ""), ("", "")],
)  # fmt: skip
def test_the_choice_that_a_text_begins_with_is_read(text: str, choice: str) -> None:
    assert leading_choice(text, ["Yes", "No", "", "(x)"]) == choice


# -- the call ----------------------------------------------------------------------------------
@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        fake.answer = follows_the_prompt
        yield fake


def drafted(task: Asked) -> Draft:
    return draft(task).draft


@pytest.mark.django_db
@pytest.mark.django_db
def test_a_question_is_answered_from_its_passages(llm: FakeLLM) -> None:
    question = "When do reviews of access happen, twice a year?"
    found = drafted(asked(question=question, url=llm.base_url("openai")))
    assert (found.text, found.outcome) == ("Reviews happen twice a year.", "answered")
    assert [c.hit.chunk_id for c in found.citations] == [2]


@pytest.mark.django_db
def test_without_passages_nothing_is_asked(llm: FakeLLM) -> None:
    drafted = draft(replace(asked(url=llm.base_url("openai")), hits=()))
    assert drafted.call is None and to_json(drafted) is None
    assert drafted.draft.outcome == "no_evidence"
    assert not llm.requests


@pytest.mark.django_db
@pytest.mark.django_db
def test_a_model_that_cannot_read_so_much_gets_the_better_half(llm: FakeLLM) -> None:
    llm.script.append(status(400, "maximum context length exceeded"))
    task = asked(url=llm.base_url("openai"), question="Are all backups encrypted?")
    assert drafted(task).citations
    before, after = [asked["messages"][1]["content"] for _, _, asked in llm.requests]
    assert before.count("</passage") == 3
    assert after.count("</passage") == 1 and BACKUPS in after


@pytest.mark.django_db
@pytest.mark.django_db
def test_a_single_passage_that_is_too_long_is_said(llm: FakeLLM) -> None:
    llm.always = status(400, "maximum context length exceeded")
    with pytest.raises(errors.ContextTooLong):
        draft(asked(url=llm.base_url("openai")))
    assert len(llm.requests) == 2


@pytest.mark.django_db
@pytest.mark.django_db
def test_the_wanted_tone_is_in_the_prompt(llm: FakeLLM) -> None:
    task = asked(url=llm.base_url("openai"))
    draft(replace(task, inputs=replace(task.inputs, instructions="Be brief, say “we”.")))
    assert "Tone and style: Be brief, say “we”." in str(llm.requests[0][2])
