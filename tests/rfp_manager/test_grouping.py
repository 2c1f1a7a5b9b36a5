"""Questions of an RFP are taken for the same only where nothing tells them apart."""

import pytest

from rfp_manager.grouping import asking_of, group_questions, has_same_form, is_same
from rfp_manager.models import RFP, Question, Section
from tests.rfp_manager.answer_world import make_rfp


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do you encrypt data at rest?", "Is data at rest encrypted?"),
        ("Describe your incident response plan.", "Please describe the incident response plan!"),
        ("Do you have a business continuity plan?",
         "Does your company have a plan for business continuity?"),
        ("Are employees trained in security every year?",
         "Is staff trained in security every year?"),
        ("Is TLS 1.2 enforced for all connections?", "Is TLS 1.2 enforced for all connections ?"),
        ("Welche Verschlüsselung nutzen Sie für Sicherungen?",
         "Bitte: welche Verschlüsselung nutzen Sie für die Sicherungen?"),
    ],
)  # fmt: skip
def test_the_same_in_other_words_is_the_same(one: str, other: str) -> None:
    assert is_same(asking_of(one), asking_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do you encrypt backups?", "Do you encrypt laptops?"),
        ("Is customer data stored in the EU?", "Is customer data processed in the EU?"),
        ("Do you encrypt backups of customers?", "How do you encrypt backups of customers?"),
        ("Do you encrypt customer backups?", "Describe how you encrypt customer backups."),
        ("How often are access rights reviewed?", "How long are access rights reviewed?"),
        ("Are backups kept for 30 days?", "Are backups kept for 90 days?"),
        ("Is TLS 1.2 enforced everywhere?", "Is TLS 1.3 enforced everywhere?"),
        ("Do you share customer data?", "Do you not share customer data?"),
        ("Are releases tested before deployment?", "Are releases tested after deployment?"),
        ("Are all backups tested yearly?", "Are some backups tested yearly?"),
        ("Does the buyer inform the regulator?", "Does the regulator inform the buyer?"),
        ("Is data in AWS encrypted at rest?", "Is data in Azure encrypted at rest?"),
        ("Describe your physical security controls.", "Describe your logical security controls."),
        ("", ""),
    ],
)
def test_what_differs_in_anything_that_matters_is_not_the_same(one: str, other: str) -> None:
    assert not is_same(asking_of(one), asking_of(other))


def test_a_question_that_leans_on_another_is_the_same_only_where_that_is() -> None:
    text = "If not, please explain the exceptions and the compensating controls."
    assert is_same(asking_of(text, "Encryption"), asking_of(text, "Encryption"))
    assert not is_same(asking_of(text, "Encryption"), asking_of(text, "Access"))
    assert not is_same(
        asking_of("Please describe.", "Backups"), asking_of("Please describe.", "Keys")
    )
    assert not is_same(asking_of("How are their roles documented?", "Staff"),
                       asking_of("How are their roles documented?", "Vendors"))  # fmt: skip


ASKED = [
    ("1", "Do you encrypt data at rest?"),
    ("2", "How often are access rights reviewed?"),
    ("3", "Is data at rest encrypted?"),
    ("4", "Do you encrypt data in transit?"),
    ("5", "Do you encrypt data at rest?"),
]


@pytest.fixture
def rfp(alice: object) -> RFP:
    return make_rfp(alice, ASKED)


@pytest.mark.django_db
def test_each_repeat_points_to_the_first_that_asks_it(rfp: RFP) -> None:
    assert group_questions(rfp.pk) == 2
    same = dict(rfp.questions.values_list("number", "same_as__number"))
    assert same == {"1": None, "2": None, "3": "1", "4": None, "5": "1"}


@pytest.mark.django_db
def test_a_question_that_was_reworded_is_no_repeat_any_more(rfp: RFP) -> None:
    group_questions(rfp.pk)
    Question.objects.filter(rfp=rfp, number="3").update(text="Do you encrypt email?")
    assert group_questions(rfp.pk) == 1
    assert rfp.questions.get(number="3").same_as is None


@pytest.mark.django_db
def test_grouping_again_writes_nothing(rfp: RFP, django_assert_num_queries: object) -> None:
    group_questions(rfp.pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        group_questions(rfp.pk)


@pytest.mark.django_db
def test_sub_questions_are_the_same_only_below_the_same_question(rfp: RFP) -> None:
    first, second, third, *_ = rfp.questions.order_by("ordinal")
    section = Section.objects.get(rfp=rfp)
    for n, (parent, condition) in enumerate(
        [(first, "Yes"), (second, "Yes"), (third, "Yes"), (third, "No")], 10
    ):
        Question.objects.create(
            rfp=rfp, section=section, ordinal=n, number=f"{n}", parent=parent, condition=condition,
            text="Which encryption algorithm protects customer files?", row=n, column=1,
            answer_row=n, answer_column=2,
        )  # fmt: skip
    group_questions(rfp.pk)
    same = dict(rfp.questions.filter(ordinal__gte=10).values_list("number", "same_as__number"))
    assert same == {"10": None, "11": None, "12": "10", "13": None}


def test_other_choices_need_another_draft() -> None:
    yes, other = Question(allowed_choices=["Yes", "No"]), Question(allowed_choices=["no", "YES "])
    assert has_same_form(yes, other)
    assert not has_same_form(yes, Question(allowed_choices=["Yes", "No", "N/A"]))
    assert not has_same_form(yes, Question())
