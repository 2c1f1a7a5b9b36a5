"""What an answer says beyond its evidence is found; what is quoted from it raises no alarm."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_manager.sentences import split_sentences
from rfp_manager.grounding import unsupported

SLA = (
    "# Service levels\n\nWe commit to a monthly uptime of 99.95 % for the API. Planned maintenance "
    "is announced 14 days ahead and is not counted. Credits of 10 % are paid for each full hour "
    "of downtime, up to $5,000 a month.\n\n| Severity | First answer | Support |\n|---|---|---|\n"
    "| Critical | 30 minutes | 24/7 |\n| Normal | 8 hours | business days |\n"
)
SECURITY = (
    "All backups are encrypted with AES-256. Connections use TLS 1.2 or 1.3; older versions are "
    "disabled. Customer data is not shared with third parties. Most employees work remotely and "
    "some of them have admin rights. Only the security team holds the keys. We passed the SOC 2 "
    "Type II audit on 12 March 2025 and are certified to ISO/IEC 27001:2022 by Bureau Veritas. "
    "Three data centres in Germany hold 1,200,000 records. Logs are kept for 24 hours, backups for "
    "35 days. Nobody may sign in without a badge. Administrators need multi-factor authentication."
)
EVIDENCE = [SLA, SECURITY]


def words(answer: str, **values: str) -> list[str]:
    return [finding.words for finding in unsupported(answer, EVIDENCE, **values)]


def kinds(answer: str) -> set[str]:
    return {finding.kind for finding in unsupported(answer, EVIDENCE)}


# -- no alarms -----------------------------------------------------------------------------
@pytest.mark.parametrize("text", EVIDENCE)
def test_every_sentence_of_the_evidence_is_supported(text: str) -> None:
    for start, end in split_sentences(text):
        assert unsupported(text[start:end], EVIDENCE) == []
    assert unsupported(text, EVIDENCE) == []


@pytest.mark.parametrize(
    "answer",
    [
        "Critical: 30 minutes, 24/7",
        "Normal: 8 hours, business days\nCritical: 30 minutes, 24/7",
        "Yes. All backups are encrypted with AES-256.",
        "No, customer data is not shared with third parties.",
        "Backups are encrypted with AES 256.",
        "Connections use TLS 1.3.",
        "We hold 1200000 records in 3 data centres in Germany.",
        "We are certified to ISO 27001.",
        "We are certified to ISO/IEC 27001:2022 by Bureau Veritas [2].",
        "The SOC 2 audit was passed on 2025-03-12.",
        "The SOC 2 audit was passed on March 12, 2025.",
        "Uptime is 99,95% a month.",
        "Credits go up to 5000 USD a month.",
        "Administrators need multi-factor authentication (MFA).",
        "Customer data isn’t shared with third parties.",
        "1. Backups are encrypted with AES-256.\n2. Logs are kept for 24 hours.",
    ],
)
def test_what_is_said_in_other_words_but_not_otherwise_raises_no_alarm(answer: str) -> None:
    assert words(answer) == []


def test_a_quoted_row_and_a_quoted_sentence_below_it_raise_no_alarm() -> None:
    row = "Tenant master key 365 days Tenant data keys are wrapped again"
    below = "Each tenant master key wraps a series of tenant data keys, which encrypt the content."
    evidence = [
        f"Key Rotated every\n\n{row}\n\nOther key 90 days Not applicable",
        f"So. {below} Yes.",
    ]
    assert unsupported(f"{row}\n{below}", evidence) == []
    changed = unsupported(f"{row}\n{below}".replace("365", "366"), evidence)
    assert [f.words for f in changed] == ["366"]


def test_names_may_come_from_the_question_figures_may_not() -> None:
    answer = "At Wexmoor, connections use TLS 1.1."
    assert words(answer) == ["Wexmoor", "TLS 1.1"]
    assert words(answer, question="Does it meet Wexmoor rule 1.1?") == ["TLS 1.1"]


def test_an_empty_answer_says_nothing() -> None:
    assert unsupported("", EVIDENCE) == unsupported(" \n", EVIDENCE) == []


# -- mutations -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("We commit to a monthly uptime of 99.9 % for the API.", "99.9"),
        ("We commit to a monthly uptime of 99.995 % for the API.", "99.995"),
        ("Planned maintenance is announced 41 days ahead and is not counted.", "41"),
        ("Credits are up to $50,000 a month.", "50,000"),
        ("Critical: 30 hours, 24/7", "30"),
        ("Logs are kept for 24 days.", "24"),
        ("Logs are kept for 35 days, backups for 24 hours or 36 days.", "36"),
        ("All backups are encrypted with AES-128.", "AES-128"),
        ("Connections use TLS 1.4.", "TLS 1.4"),
        ("We passed the SOC 2 Type I audit on 12 March 2025.", "Type I"),
        ("We passed the SOC 3 audit on 12 March 2025.", "SOC 3"),
        ("We passed the SOC 2 Type II audit on 13 March 2025.", "13 March 2025"),
        ("We passed the SOC 2 Type II audit on 12 April 2025.", "12 April 2025"),
        ("We passed the SOC 2 Type II audit on 12 March 2026.", "12 March 2026"),
        ("We passed the SOC 2 Type II audit on 2025-12-03.", "2025-12-03"),
        ("We are certified to ISO/IEC 27001:2013 by Bureau Veritas.", "27001:2013"),
        ("We are certified to ISO/IEC 27017 by Bureau Veritas.", "27017"),
        ("We are certified to ISO/IEC 27001:2022 by Deloitte.", "Deloitte"),
        ("Four data centres in Germany hold 1,200,000 records.", "Four"),
        ("Three data centres in France hold 1,200,000 records.", "France"),
        ("Three data centres in Germany hold 1,200 records.", "1,200"),
        ("All employees work remotely.", "All"),
        ("Most backups are encrypted with AES-256.", "Most"),
    ],
)
def test_a_changed_fact_is_found_where_it_stands(answer: str, found: str) -> None:
    said = unsupported(answer, EVIDENCE)
    assert any(found in f.words or f.words in found for f in said), said
    for finding in said:
        assert answer[finding.start : finding.end] == finding.words


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Customer data is shared with third parties.", "negation lost"),
        ("Yes, customer data is shared with third parties.", "negation lost"),
        ("Planned maintenance is announced 14 days ahead and is counted.", "negation lost"),
        ("Nobody may sign in with a badge.", "negation lost"),
        ("All backups are not encrypted with AES-256.", "negation"),
        ("Older versions are never disabled.", "negation"),
        ("Employees work remotely and have admin rights.", "quantifier lost"),
        ("The security team holds the keys.", "quantifier lost"),
        ("All connections use TLS 1.2 or 1.3.", "quantifier"),
    ],
)
def test_what_is_turned_round_or_widened_is_found(answer: str, kind: str) -> None:
    assert kind in kinds(answer)


def test_a_statement_that_comes_from_nowhere_is_found_beside_a_true_one() -> None:
    answer = "All backups are encrypted with AES-256. Every customer gets free unicorn insurance."
    [finding] = [f for f in unsupported(answer, EVIDENCE) if f.kind == "statement"]
    assert finding.words == "Every customer gets free unicorn insurance."


def test_a_half_sentence_whose_condition_is_left_out_is_not_a_quote() -> None:
    evidence = ["We do not claim that backups are encrypted at every site."]
    assert unsupported("Backups are encrypted at every site.", evidence)


def test_the_beginning_of_a_wrapped_line_is_not_the_beginning_of_a_sentence() -> None:
    evidence = ["Please note that our employees do not\nshare customer data with any third party."]
    assert unsupported("Share customer data with any third party.", evidence)


@pytest.mark.parametrize(
    ("evidence", "answer"),
    [
        ("Die Daten werden nicht weitergegeben.", "Die Daten werden weitergegeben."),
        ("Les données ne sont pas transmises.", "Les données sont transmises."),
        ("Los datos nunca salen de la Unión Europea.", "Los datos salen de la Unión Europea."),
        ("Die meisten Systeme sind redundant ausgelegt.", "Alle Systeme sind redundant ausgelegt."),
        ("Protokolle werden 90 Tage aufbewahrt.", "Protokolle werden 60 Tage aufbewahrt."),
    ],
)  # fmt: skip
def test_other_languages_are_checked_too(evidence: str, answer: str) -> None:
    assert unsupported(evidence, [evidence]) == []
    assert unsupported(answer, [evidence])


def test_an_answer_in_another_language_is_checked_by_its_figures_and_codes() -> None:
    answer = "Alle Sicherungen sind mit AES-256 verschlüsselt und werden 35 Tage aufbewahrt."
    assert words(answer) == []
    assert words(answer.replace("35", "53")) == ["53"]


# -- at scale --------------------------------------------------------------------------------
LIBRARY = sorted((Path(__file__).parents[2] / "samples" / "sources").glob("*.md"))
BLOCKS = [b for path in LIBRARY for b in path.read_text().split("\n\n") if len(b) > 80]


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\*\*|`", "", text).split())


def test_of_all_quoted_sentences_hardly_one_raises_an_alarm() -> None:
    chance = random.Random(7)
    quoted = alarms = 0
    for block in chance.sample(BLOCKS, 60):
        for start, end in split_sentences(block):
            evidence = [block, *chance.sample(BLOCKS, 2)]
            quoted += 1
            alarms += bool(unsupported(_plain(block[start:end]), evidence))
    assert quoted > 100
    assert alarms <= 1


def test_of_the_changed_figures_nearly_all_are_found() -> None:
    chance = random.Random(7)
    changed = found = 0
    for block in chance.sample(BLOCKS, 150):
        for start, end in split_sentences(block):
            sentence = _plain(block[start:end])
            figures = list(re.finditer(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)", sentence))
            if figures:
                figure = chance.choice(figures)
                other = str(int(figure[0][-1]) + 1)[-1]
                place = figure.end()
                mutated = sentence[: place - 1] + other + sentence[place:]
                changed += 1
                found += bool(unsupported(mutated, [block, *chance.sample(BLOCKS, 2)]))
    assert changed > 20
    assert found >= changed * 0.9


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.lists(st.text(max_size=300), max_size=3), st.text(max_size=60))
def test_no_text_breaks_the_check_and_all_places_are_right(
    answer: str, evidence: list[str], question: str
) -> None:
    for finding in unsupported(answer, evidence, question=question):
        assert answer[finding.start : finding.end] == finding.words


@pytest.mark.parametrize(
    "text", ["1,000" * 4000, "A-" * 10_000, "not " * 5000, "[1]" * 6000, "1." * 9000]
)
def test_texts_made_to_stall_the_check_do_not(text: str) -> None:
    unsupported(text, [text, SECURITY])
