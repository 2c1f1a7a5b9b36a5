"""Choices, polarity and facts: what needs no model."""

import pytest

from llm_manager.providers.builtin.choices import choice_meaning, pick_choice
from llm_manager.providers.builtin.facts import known_numbers, names, numbers
from llm_manager.providers.builtin.words import guess_language, same_language, terms

YES_NO = ("Yes", "No", "Partially", "N/A")


@pytest.mark.parametrize(
    ("choice", "meaning"),
    [
        ("Yes", "yes"), ("YES - please explain", "yes"), ("Fully compliant", "yes"), ("Ja", "yes"),
        ("Oui", "yes"), ("はい", "yes"), ("No", "no"), ("Not supported", "no"), ("Nein", "no"),
        ("Non", "no"), ("Partially", "partly"), ("Teilweise erfüllt", "partly"), ("N/A", None),
        ("AES-256", None), ("Other", None),
    ],
)  # fmt: skip
def test_a_choice_is_understood_in_several_languages(choice: str, meaning: str | None) -> None:
    assert choice_meaning(choice) == meaning


@pytest.mark.parametrize(
    ("question", "quote", "choice"),
    [
        ("Is customer data encrypted at rest?", "All customer data is encrypted at rest.", "Yes"),
        ("Is customer data encrypted at rest?", "Customer data is not encrypted at rest.", "No"),
        ("Do you support SAML?", "SAML support is planned for next year.", "Partially"),
        ("Is there a health check for the balancer?",
         "The health check tells the balancer whether the node is up or not.", "Yes"),
        ("Do you support single sign-on? Name the protocols.",
         "We support single sign-on at no extra charge.", "Yes"),
        ("Has there been a breach of customer data?",
         "There has been no breach of customer data.", "No"),
        ("Are backups protected against deletion by an attacker?",
         "Neither administrators nor an attacker can delete backups.", "Yes"),
        ("Can held records be deleted?", "The hold prevents that held records are deleted.", "No"),
        ("Does a hold prevent deletion of records?", "A hold does not prevent deletion of records.",
         "No"),
        ("Can it run without root?", "It can run without root.", "Yes"),
        ("Is the audit log on by default?", "The audit log is disabled by default.", "No"),
        ("Is the audit log on by default?", "The audit log holds every change.", None),
        ("How is customer data encrypted?", "All customer data is encrypted.", None),
        ("Is customer data encrypted at rest?", "Our office is in Bonn.", None),
        ("Werden Daten verschlüsselt?", "Daten werden bei uns nicht verschlüsselt.", "No"),
    ],
)  # fmt: skip
def test_yes_and_no_follow_what_the_quote_says_of_the_question(
    question: str, quote: str, choice: str | None
) -> None:
    assert pick_choice(question, YES_NO, [("", quote)], guess_language(quote)) == choice


def test_a_sentence_under_the_same_question_answers_it() -> None:
    for text, choice in (("We offer SAML.", "Yes"), ("No, we do not.", "No")):
        quotes = [("Do you support single sign-on?", text)]
        assert pick_choice("Is single sign-on supported?", YES_NO, quotes, "en") == choice


def test_quotes_that_contradict_each_other_decide_nothing() -> None:
    quotes = [("", "Backups are encrypted."), ("", "Backups are not encrypted.")]
    assert pick_choice("Are backups encrypted?", YES_NO, quotes, "en") is None


def test_the_partial_choice_is_not_replaced_by_another_where_the_buyer_gives_none() -> None:
    assert (
        pick_choice("Do you support SAML?", ("Yes", "No"), [("", "SAML is planned.")], "en") is None
    )


def test_a_named_choice_is_picked_only_when_it_alone_is_named() -> None:
    choices = ("AES-128", "AES-256", "Other")
    assert pick_choice("Which cipher?", choices, [("", "We use AES-256.")], "en") == "AES-256"
    assert pick_choice("Which cipher?", choices, [("", "We use AES-128 or AES-256.")], "en") is None
    assert pick_choice("Which cipher?", choices, [("", "We use ciphers.")], "en") is None


def test_figures_have_one_spelling() -> None:
    assert numbers("1,000 users") == numbers("1.000 Nutzer") == numbers("1 000 users") == {"1000"}
    assert numbers("v2.10 and 99,95 %") == {"2.1", "99.95"}
    assert numbers("3 May 2025") == numbers("May 3, 2025") == {"2025-05-03"}
    assert "2025" in known_numbers("on 2025-05-03")
    assert "3" in known_numbers("three sites")


def test_names_are_capitalised_words_inside_sentences_and_acronyms() -> None:
    assert names("Our data centre is in Frankfurt and holds ISO 27001.") == {"frankfurt", "iso"}


def test_words_are_stemmed_and_silent_ones_dropped() -> None:
    assert (
        terms("Please describe how the passwords are encrypted")
        == terms("encrypted password")[::-1]
    )


def test_languages_are_told_apart() -> None:
    assert guess_language("Werden die Daten verschlüsselt und gesichert?") == "de"
    assert guess_language("Do you encrypt data?") == "en"
    assert not same_language("Werden die Daten verschlüsselt?", "All of the data is encrypted.")
    assert not same_language("データは暗号化されていますか", "All of the data is encrypted.")
