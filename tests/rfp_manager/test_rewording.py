"""Telling a question in other words from another question of the same form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfp_manager.rewording import KEPT, REWORDED, Asked, compare, words_in

REWORDED_PAIRS = [
    ("Do you encrypt all customer data at rest?", "Is all customer data encrypted at rest?"),
    ("Describe your backup and recovery process.",
     "Please describe the process for backup and recovery."),
    ("Are user accounts reviewed at least once a year by their managers?",
     "Are user accounts reviewed at least every quarter by their managers?"),
    ("Do you support TLS 1.2 or higher?", "Do you support TLS 1.3 or higher?"),
    ("Which certifications (ISO 27001, SOC 2) do you hold?",
     "Which certifications (ISO 27001, SOC 2, C5) do you currently hold?"),
    ("The provider shall delete data within 30 days after the end of the contract.",
     "The provider shall delete all data within 60 days of contract end."),
    ("How often do you perform penetration tests?",
     "How frequently are penetration tests performed?"),
    ("Who is your data protection officer?",
     "Please name your data protection officer and contact details."),
    ("Do employees receive security awareness training when they are hired?",
     "Do all employees receive security awareness training at hiring and annually thereafter?"),
    ("Do you log access to systems that hold personal data?",
     "Is access to systems that process personal data logged?"),
    ("Gibt es ein dokumentiertes Verfahren zur Behandlung von Sicherheitsvorfällen?",
     "Existiert ein dokumentiertes Verfahren für die Behandlung von Sicherheitsvorfällen?"),
    ("Disposez-vous d'un plan de continuité d'activité ?",
     "Disposez-vous d'un plan de continuité et de reprise d'activité documenté ?"),
    ("Can the customer export its data in a common format?",
     "Can customers export their data in a structured, commonly used format?"),
    ("Are mobile devices managed centrally?", "Are all mobile devices centrally managed (MDM)?"),
    ("Do you screen personnel before employment?",
     "Do you perform background screening of personnel before employment?"),
]  # fmt: skip
#: Asked in one edition only, though another question sounds like them.
ONLY_BEFORE = [
    "Do you have an information security policy?",
    "Is access to the production network restricted?",
    "Please attach your ISO 27001 certificate.",
    "How do you protect data in transit?",
    "Is antivirus software installed on all servers?",
    "Do you review firewall rules?",
]
ONLY_NOW = [
    "Do you have a process for supplier onboarding?",
    "Do you support SCIM user provisioning?",
    "Who pays for the travel of your consultants?",
    "Does your model learn from the prompts of customers?",
]


def asked(texts: list[str], start: int = 1) -> list[Asked]:
    return [Asked(n, words_in(text)) for n, text in enumerate(texts, start)]


def test_most_reworded_questions_are_found_and_hardly_any_other_is_taken_for_one() -> None:
    old = asked([before for before, _ in REWORDED_PAIRS] + ONLY_BEFORE)
    new = asked([now for _, now in reversed(REWORDED_PAIRS)] + ONLY_NOW, start=1001)
    found = compare(new, old)
    count = len(REWORDED_PAIRS)
    truth = {1001 + n: count - n for n in range(count)}
    right = sum(found.get(one, (0, ""))[0] == other for one, other in truth.items())
    wrong = sum(truth.get(one) != other for one, (other, _) in found.items())
    assert right >= 13 and wrong <= 1
    assert all(change == REWORDED for _, change in found.values())


def test_marks_numbers_and_capitals_make_no_other_question() -> None:
    old = asked(["1.2 Do you encrypt BACKUPS?"])
    new = asked(["2.7  do you encrypt backups"], start=9)
    assert words_in("1.2 Do you encrypt BACKUPS?") == words_in("2.7  do you encrypt backups")
    assert compare(new, old)[9][0] == 1


def test_one_word_not_makes_it_another_question() -> None:
    old = asked(["Backups of customer data are encrypted by the provider."])
    new = asked(["Backups of customer data are not encrypted by the provider."], start=9)
    assert compare(new, old) == {9: (1, REWORDED)}


def test_questions_without_blanks_between_words_are_compared_too() -> None:
    old = asked(["バックアップは暗号化されていますか。", "侵入テストを毎年実施していますか。"])
    new = asked(["全てのバックアップは暗号化されていますか。"], start=9)
    assert compare(new, old) == {9: (1, REWORDED)}


@pytest.mark.parametrize("change", ["parent", "none"])
def test_a_question_that_depends_on_another_is_kept_only_with_it(change: str) -> None:
    old = [Asked(1, "do you outsource"), Asked(2, "describe which parts", parent=1, before="x")]
    words = "do you outsource" if change == "none" else "is there a cloud of your own"
    new = [Asked(11, words), Asked(12, "describe which parts", parent=11, before="x")]
    found = compare(new, old)
    assert found[12] == (2, KEPT if change == "none" else REWORDED)


@given(
    st.lists(st.sampled_from(["a b c", "a b d", "x", "If yes, describe", "é", "?"]), max_size=12),
    st.lists(st.sampled_from(["a b c", "a b d", "x", "If yes, describe", "é", "?"]), max_size=12),
)
def test_each_question_is_paired_at_most_once(one: list[str], other: list[str]) -> None:
    new, old = asked(one, start=100), asked(other)
    found = compare(new, old)
    taken = [pk for pk, _ in found.values()]
    assert len(taken) == len(set(taken)) and set(found) <= {q.pk for q in new}
    assert set(taken) <= {q.pk for q in old}
