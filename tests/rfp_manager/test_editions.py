"""What an earlier edition of a form asked, and its approved answers as drafts of the new one."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rfp_manager import editions
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerReceipt,
    AnswerState,
    Question,
    RFPBatchJob,
)
from rfp_manager.remapping import RemappingRefused
from rfp_manager.taking_over import offered, take_over
from solution_library.models import DocumentVersion
from tests.rfp_manager.mapping_world import HEADER, form, imported, rows, workbook
from tests.rfp_manager.view_world import cite, make_answer, make_passage

pytestmark = pytest.mark.django_db
KEPT_ONE = "Do you encrypt all backups with a key that only you hold?"
KEPT_TWO = "Which certificates does your data centre hold at present?"
OLD_WORDS = "Are user accounts reviewed at least once a year by their managers?"
NEW_WORDS = "Are user accounts reviewed at least every quarter by their managers?"
GONE = "Is a fax machine available in the emergency operations room?"
FRESH = "Do you train large language models on customer data?"
LAST_YEAR = (KEPT_ONE, OLD_WORDS, KEPT_TWO, GONE)
THIS_YEAR = (KEPT_ONE, NEW_WORDS, FRESH, KEPT_TWO)


def of(questions: tuple[str, ...], user: Any, **values: Any) -> RFP:
    body = [(str(n), "Security", text, None, None) for n, text in enumerate(questions, 1)]
    return imported(workbook(("Form", [HEADER, *body])), user, **values)


def changes(rfp: RFP) -> dict[str, str]:
    return dict(rfp.questions.values_list("text", "earlier_change"))


def approved(rfp: RFP, text: str, user: Any, **values: Any) -> Answer:
    asked = rfp.questions.get(text=text)
    return make_answer(asked, f"Answer to: {text}", state=AnswerState.APPROVED,
                       approved_by=user, edited_by=user, **values)  # fmt: skip


# -- finding it --------------------------------------------------------------------------------
def test_the_earlier_edition_is_found_and_its_questions_compared(alice: User) -> None:
    before = of(LAST_YEAR, alice, customer="Acme")
    now = of(THIS_YEAR, alice, customer="acme ")
    assert now.previous_edition == before
    assert changes(now) == {KEPT_ONE: "kept", NEW_WORDS: "reworded", FRESH: "", KEPT_TWO: "kept"}
    assert list(editions.gone(now).values_list("text", flat=True)) == [GONE]
    assert editions.counts(now) == {"kept": 2, "reworded": 1, "new": 1, "gone": 1}


def test_the_same_customer_comes_before_a_nearer_form(alice: User) -> None:
    own = of(LAST_YEAR, alice, customer="Acme")
    of(THIS_YEAR, alice, customer="Other bank")
    assert of(THIS_YEAR, alice, customer="Acme").previous_edition == own


def test_another_form_is_no_edition(alice: User) -> None:
    imported(form(40), alice, customer="Acme")
    assert of(THIS_YEAR, alice, customer="Acme").previous_edition is None


def test_rfps_that_a_person_may_not_see_are_no_editions(alice: User, bob: User) -> None:
    of(LAST_YEAR, alice)
    assert of(THIS_YEAR, bob).previous_edition is None


def test_a_repeated_short_question_is_only_the_same_where_it_follows_the_same(
    alice: User,
) -> None:
    first = ("Do you outsource operations to others?", "If yes, describe.",
             "Do you keep logs of every access?", "If yes, describe.")  # fmt: skip
    second = ("Do you outsource operations to others?", "If yes, describe.",
              "Do you test the recovery of your systems?", "If yes, describe.")  # fmt: skip
    before, now = of(first, alice), of(second, alice)
    assert now.previous_edition == before
    found = list(now.questions.order_by("ordinal").values_list("earlier_change", flat=True))
    assert found[:2] == ["kept", "kept"] and found[2] == "" and found[3] != "kept"


def test_a_form_with_a_thousand_questions_is_compared_at_import(alice: User) -> None:
    before = imported(form(1000), alice)
    now = imported(workbook(("Other", [HEADER, *rows(1100, start=101)])), alice)
    assert now.previous_edition == before
    kept = now.questions.filter(earlier_change="kept").count()
    assert kept == 900


# -- choosing it ---------------------------------------------------------------------------------
def test_a_person_can_choose_or_remove_the_previous_edition(alice: User) -> None:
    before, now = of(LAST_YEAR, alice), of(THIS_YEAR, alice)
    client, url = signed_in(alice), reverse("rfp_manager:edition_choose", args=[now.pk])
    client.post(url, {"previous": ""})
    assert RFP.objects.get(pk=now.pk).previous_edition is None
    assert set(changes(now).values()) == {""}
    client.post(url, {"previous": str(before.pk)})
    assert RFP.objects.get(pk=now.pk).previous_edition == before
    assert changes(now)[KEPT_ONE] == "kept"


@pytest.mark.parametrize("wrong", ["99999999", "x", "²", "-1"])
def test_an_rfp_that_is_not_offered_cannot_be_chosen(wrong: str, alice: User, bob: User) -> None:
    before, now, foreign = of(LAST_YEAR, alice), of(THIS_YEAR, alice), of(LAST_YEAR, bob)
    url = reverse("rfp_manager:edition_choose", args=[now.pk])
    for number in (wrong, str(foreign.pk), str(now.pk)):
        page = signed_in(alice).post(url, {"previous": number}, follow=True).text
        assert "There is no such RFP" in page
    assert RFP.objects.get(pk=now.pk).previous_edition == before


def test_editions_never_form_a_ring(alice: User) -> None:
    before, now = of(LAST_YEAR, alice), of(THIS_YEAR, alice)
    with pytest.raises(editions.EditionRefused, match="later edition"):
        editions.choose_previous(before, now)


# -- taking answers over ---------------------------------------------------------------------------
def test_approved_answers_become_drafts_that_say_where_they_come_from(alice: User) -> None:
    before = of(LAST_YEAR, alice, name="Acme 2025")
    now = of(THIS_YEAR, alice)
    passage = make_passage()
    cite(approved(before, KEPT_ONE, alice, comment="See annex."), passage)
    approved(before, OLD_WORDS, alice)
    make_answer(before.questions.get(text=KEPT_TWO), "Only a draft.")
    done = take_over(now, alice)
    assert (done.answers, done.to_check) == (2, 1)
    kept = now.questions.get(text=KEPT_ONE).answer
    assert (kept.text, kept.comment, kept.state) == (
        f"Answer to: {KEPT_ONE}",
        "See annex.",
        "draft",
    )
    assert "Taken over from “Acme 2025”, where it was approved by alice" in kept.explanation
    assert kept.citations.get().quote == passage.text[:38]
    version = kept.versions.get()
    assert (version.made_by, version.citations[0]["chunk"]) == (alice, passage.pk)
    assert AnswerReceipt.objects.filter(version=version).exists()
    reworded = now.questions.get(text=NEW_WORDS).answer
    assert "asked in other words then" in reworded.explanation
    assert not Answer.objects.filter(question__rfp=now, question__text=KEPT_TWO).exists()


def test_what_a_person_has_written_is_never_replaced(alice: User, bob: User) -> None:
    before, now = of(LAST_YEAR, alice), of(THIS_YEAR, alice)
    approved(before, KEPT_ONE, alice)
    approved(before, KEPT_TWO, alice)
    written = make_answer(now.questions.get(text=KEPT_ONE), "Mine.", edited_by=bob)
    drafted = make_answer(now.questions.get(text=KEPT_TWO), "A model's.")
    assert take_over(now, alice).answers == 1
    written.refresh_from_db()
    drafted.refresh_from_db()
    assert written.text == "Mine."
    assert (drafted.text, drafted.version) == (f"Answer to: {KEPT_TWO}", 2)
    assert [v.text for v in drafted.versions.order_by("number")] == ["A model's.", drafted.text]
    assert take_over(now, alice).answers == 0


def test_citations_whose_passage_has_changed_are_left_out_and_told(alice: User) -> None:
    before, now = of(LAST_YEAR, alice), of(THIS_YEAR, alice)
    passage = make_passage()
    cite(approved(before, KEPT_ONE, alice), passage)
    document = passage.version.document
    document.current_version = DocumentVersion.objects.create(
        document=document, number=2, file="b.md", filename="b.md", sha256="b" * 64, size=9
    )
    document.save()
    assert take_over(now, alice).to_check == 1
    answer = now.questions.get(text=KEPT_ONE).answer
    assert answer.citations.count() == 0
    assert "1 cited passage has changed since" in answer.explanation


def test_a_choice_that_is_not_offered_any_more_is_not_taken(alice: User) -> None:
    before, now = of(LAST_YEAR, alice), of(THIS_YEAR, alice)
    approved(before, KEPT_ONE, alice, choice="Partly")
    Question.objects.filter(rfp=now, text=KEPT_ONE).update(allowed_choices=["Yes", "No"])
    take_over(now, alice)
    answer = now.questions.get(text=KEPT_ONE).answer
    assert answer.choice == "" and "“Partly” is not offered any more" in answer.explanation


def test_an_answer_that_names_the_other_customer_says_so(alice: User) -> None:
    before = of(LAST_YEAR, alice, customer="Globex")
    now = of(THIS_YEAR, alice, customer="Initech")
    answer = approved(before, KEPT_ONE, alice)
    Answer.objects.filter(pk=answer.pk).update(text="For Globex we do.")
    assert take_over(now, alice).to_check == 1
    assert (
        "names the earlier customer: Globex" in now.questions.get(text=KEPT_ONE).answer.explanation
    )


def test_nothing_is_taken_from_an_rfp_that_a_person_may_not_see(alice: User, bob: User) -> None:
    before, now = of(LAST_YEAR, alice), of(THIS_YEAR, alice)
    approved(before, KEPT_ONE, alice)
    now.members.add(bob)
    assert offered(now, bob).count() == 0
    assert take_over(now, bob).answers == 0
    page = signed_in(bob).get(reverse("rfp_manager:edition", args=[now.pk])).text
    assert "you may not see it" in page and GONE not in page and "Take over" not in page


def test_nothing_is_taken_over_while_a_batch_writes(alice: User) -> None:
    of(LAST_YEAR, alice)
    now = of(THIS_YEAR, alice)
    RFPBatchJob.objects.create(rfp=now, job_type="responder", started_by=alice)
    with pytest.raises(RemappingRefused, match="A batch is working"):
        take_over(now, alice)


def test_many_answers_are_taken_over_with_few_queries(
    alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    before = imported(form(300), alice)
    now = imported(form(300), alice)
    Answer.objects.bulk_create(
        Answer(question=q, text="Yes.", outcome="answered", state=AnswerState.APPROVED)
        for q in before.questions.all()
    )
    with django_assert_max_num_queries(40):
        assert take_over(now, alice).answers == 300


# -- the page --------------------------------------------------------------------------------------
def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_shows_how_the_words_have_changed(alice: User) -> None:
    before, now = of(LAST_YEAR, alice), of(THIS_YEAR, alice)
    approved(before, KEPT_ONE, alice)
    client, url = signed_in(alice), reverse("rfp_manager:edition", args=[now.pk])
    page = client.get(url).text
    assert (
        '<del class="bg-error/15">' in page and '<ins class="bg-success/15">quarter</ins>' in page
    )
    assert "Take over 1 approved answer" in page
    assert FRESH in client.get(url, {"show": "new"}).text
    assert GONE in client.get(url, {"show": "gone"}).text
    assert KEPT_TWO in client.get(url, {"show": "kept"}).text
    assert client.get(url, {"show": "<x>", "page": "y"}).status_code == 200


@pytest.mark.parametrize("show", ["kept", "reworded", "new", "gone"])
def test_the_page_costs_the_same_queries_however_long_the_form_is(
    show: str, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    imported(form(200), alice)
    now = imported(workbook(("Security", [HEADER, *rows(200, start=101)])), alice)
    client, url = signed_in(alice), reverse("rfp_manager:edition", args=[now.pk])
    with django_assert_max_num_queries(16):
        client.get(url, {"show": show})


def test_strangers_see_no_edition_and_members_choose_none(
    alice: User, bob: User, charlie: User
) -> None:
    of(LAST_YEAR, alice)
    now = of(THIS_YEAR, alice)
    now.members.add(bob)
    for name in ("edition", "edition_choose", "edition_take"):
        url = reverse(f"rfp_manager:{name}", args=[now.pk])
        send = signed_in(charlie).get if name == "edition" else signed_in(charlie).post
        assert send(url).status_code == 404
    url = reverse("rfp_manager:edition_choose", args=[now.pk])
    assert signed_in(bob).post(url).status_code == 403
