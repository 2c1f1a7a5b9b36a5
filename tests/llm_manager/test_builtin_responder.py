"""Answers, summaries and reviews without a network: quoted, or none."""

import dataclasses

import pytest

from llm_manager.providers.base import AnswerInputs, Passage, ReviewInputs, SummaryInputs
from llm_manager.providers.builtin import responder
from llm_manager.providers.builtin.embedding import get_embedder
from llm_manager.providers.builtin.evidence import NEARNESS_GAP

pytestmark = pytest.mark.model

PASSAGES = (
    Passage(
        1,
        "Encryption at rest\n\nAll customer data is encrypted at rest with AES-256. Keys are"
        " rotated every 90 days by the key management service. The cafeteria opens at eight.",
        "Security > Encryption",
        "security.md",
    ),
    Passage(
        2,
        "Backups are taken nightly and kept for 35 days. Backups are not stored outside the"
        " European Union.\n\nThe following are backed up:\n- the customer database"
        "\n- uploaded files",
        "Operations > Backup",
        "operations.md",
    ),
    Passage(
        3,
        "Do you support single sign-on?\nWe support SAML 2.0 and OpenID Connect for all plans.",
        "FAQ",
        "faq.md",
    ),
)


def ask(question: str, *choices: str, limit: int | None = None) -> dict:  # type: ignore[type-arg]
    return responder.answer(AnswerInputs(question, "", choices, PASSAGES, limit, None, None))


def test_an_answer_is_quoted_word_for_word() -> None:
    reply = ask("Is customer data encrypted at rest?", "Yes", "No")
    assert reply["outcome"] == "answered"
    assert reply["choice"] == "Yes"
    assert "AES-256" in reply["answer"]
    assert 0.5 <= reply["confidence"] <= 1
    for citation in reply["citations"]:
        assert citation["quote"] in PASSAGES[citation["passage"] - 1].text


def test_a_denial_is_answered_with_no() -> None:
    reply = ask("Are backups stored outside the European Union?", "Yes", "No")
    assert reply["choice"] == "No"


def test_what_the_passages_do_not_say_is_no_evidence() -> None:
    reply = ask("What is your annual revenue for the last three fiscal years?")
    assert reply["outcome"] == "no_evidence"
    assert reply["answer"] == ""
    assert reply["citations"] == []
    assert "revenue" in reply["explanation"]


def test_a_question_in_a_list_of_questions_is_not_its_own_answer() -> None:
    reply = ask("Do you support single sign-on?", "Yes", "No")
    assert "SAML 2.0" in reply["answer"]
    assert "?" not in reply["answer"]
    assert reply["choice"] == "Yes"


def test_a_sentence_that_announces_a_list_brings_the_list() -> None:
    reply = ask("Which databases and files are backed up?")
    assert "uploaded files" in reply["answer"]


def test_undecided_choices_are_left_to_a_person() -> None:
    reply = ask("How often are encryption keys rotated?", "Yes", "No")
    assert reply["choice"] is None
    assert reply["outcome"] in ("partly", "no_evidence")


def test_an_answer_is_as_short_as_asked_or_one_whole_sentence() -> None:
    whole = ask("Is customer data encrypted at rest?")
    for limit in (1, 20, 60, 200):
        reply = ask("Is customer data encrypted at rest?", limit=limit)
        assert reply["answer"].endswith(".") and reply["answer"] in whole["answer"]
        assert len(reply["answer"]) <= limit or len(reply["citations"]) == 1


GERMAN = Passage(
    4,
    "Alle Kundendaten werden im Ruhezustand mit AES-256 verschlüsselt. Die Schlüssel werden alle"
    " 90 Tage vom Schlüsseldienst gewechselt.",
    "Sicherheit",
    "sicherheit.md",
)


def test_a_passage_in_the_questions_language_is_quoted_first() -> None:
    question = "Werden die Kundendaten im Ruhezustand verschlüsselt?"
    inputs = AnswerInputs(question, "", (), (*PASSAGES, GERMAN), None, "de", None)
    reply = responder.answer(inputs)
    assert [citation["passage"] for citation in reply["citations"]] == [4]
    assert "auf Englisch" not in reply["explanation"]


def test_evidence_in_another_language_is_quoted_and_said_to_be_so() -> None:
    question = "Werden alle Kundendaten im Ruhezustand mit AES-256 verschlüsselt?"
    reply = responder.answer(AnswerInputs(question, "", (), PASSAGES[:1], None, "de", None))
    if reply["outcome"] != "no_evidence":
        assert reply["citations"][0]["quote"] in PASSAGES[0].text
        assert reply["explanation"].startswith("Der Beleg ist auf Englisch")


def test_what_the_search_knows_of_the_library_counts() -> None:
    """A nearest passage that hardly stands out from the twentieth is a weaker sign."""
    question = "Is customer data encrypted at rest?"
    name = f"{NEARNESS_GAP}{get_embedder().model_id}"
    chances = []
    for gap in (0.12, 0.0):
        inputs = AnswerInputs(question, "", (), PASSAGES, None, None, {name: gap})
        reply = responder.answer(inputs)
        found = reply["outcome"] != "no_evidence"
        chances.append(reply["confidence"] if found else 1 - reply["confidence"])
    assert chances[0] > chances[1]


@pytest.mark.parametrize("text", ["", "???", "\x00", "字" * 3000, "a " * 5000])
def test_hostile_questions_and_passages_raise_nothing(text: str) -> None:
    assert ask(text)["outcome"] in ("answered", "partly", "no_evidence")
    inputs = AnswerInputs("Is it on?", "", (), (Passage(1, text),), None, None, None)
    assert responder.answer(inputs)["outcome"] in ("answered", "partly", "no_evidence")
    assert responder.answer(dataclasses.replace(inputs, passages=()))["outcome"] == "no_evidence"


def test_the_same_question_gets_the_same_answer() -> None:
    assert ask("Is customer data encrypted at rest?") == ask("Is customer data encrypted at rest?")


def test_a_summary_is_made_of_the_documents_sentences_within_the_limit() -> None:
    reply = responder.summarise(SummaryInputs("Security overview", PASSAGES, 200))
    assert 0 < len(reply["summary"]) <= 200
    for citation in reply["citations"]:
        assert citation["quote"] in PASSAGES[citation["passage"] - 1].text
    assert responder.summarise(SummaryInputs("", (), 200)) == {"summary": "", "citations": []}


def check(answer: str) -> dict:  # type: ignore[type-arg]
    return responder.review(ReviewInputs("How is data protected?", answer, PASSAGES))


def test_an_answer_in_the_passages_words_is_supported() -> None:
    reply = check("All customer data is encrypted at rest with AES-256.")
    assert (reply["verdict"], reply["score"], reply["unsupported"]) == ("supported", 1.0, [])


def test_an_answer_in_other_words_is_supported() -> None:
    assert check("Customer data at rest is encrypted using AES-256.")["verdict"] == "supported"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("All customer data is encrypted at rest with AES-512.", "512"),
        ("Keys are rotated every 30 days by the key management service.", "30"),
        ("All customer data is not encrypted at rest.", "opposite"),
        ("The keys are kept by the key management service in Frankfurt.", "frankfurt"),
        ("Our board meets quarterly to discuss the carbon footprint of suppliers.", "clearly"),
    ],
)
def test_a_changed_fact_is_found(answer: str, reason: str) -> None:
    reply = check(answer)
    assert reply["verdict"] == "unsupported"
    assert reply["unsupported"] == [answer]
    assert reason in reply["comment"]


def test_one_wrong_sentence_makes_an_answer_partly_supported() -> None:
    reply = check("All customer data is encrypted at rest with AES-256. We hold ISO 27001.")
    assert reply["verdict"] == "partly"
    assert reply["unsupported"] == ["We hold ISO 27001."]


def test_an_empty_answer_and_no_passages_are_unsupported() -> None:
    assert check("")["verdict"] == "unsupported"
    assert responder.review(ReviewInputs("q", "It is on.", ()))["verdict"] == "unsupported"
