"""Approved answers of an RFP go into the library when a person says so, and once."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from rfp_manager.feeding import NEW, REPLACE, VARIANT, Choice, candidates, names_in, take, waiting
from rfp_manager.models import RFP, Answer, LibraryAnswerUse
from solution_library.answers.finding import find_answers
from solution_library.answers.merging import merge_answers, undo_merge
from solution_library.answers.writing import content_now
from solution_library.models import Collection, Document, LibraryAnswer, Tag
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, question
from tests.solution_library.answer_world import an_answer, document_of, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def rfp(alice: User) -> RFP:
    made = make_rfp(alice)
    RFP.objects.filter(pk=made.pk).update(customer="Wexmoor Bank plc")
    for number, text in enumerate(("Backups?", "Keys?", "Access for Wexmoor staff?"), 1):
        asked = question(made, number)
        type(asked).objects.filter(pk=asked.pk).update(text=text)
        make_answer(asked, f"About {text}", state="approved")
    made.refresh_from_db()
    return made


def approved(rfp: RFP) -> list[Answer]:
    return list(waiting(rfp).select_related("question"))


def chosen(answer: Answer, how: str = NEW, target: int = 0) -> Choice:
    return Choice(answer.pk, answer.version, how, target)


def test_only_approved_answers_are_offered_and_only_until_they_are_taken(
    rfp: RFP, alice: User
) -> None:
    Answer.objects.filter(question__number="Q2").update(state="draft")
    first, third = approved(rfp)
    take(rfp, [chosen(first)], alice)
    assert approved(rfp) == [third]


def test_what_is_taken_is_approved_owned_and_found_at_once(rfp: RFP, alice: User) -> None:
    group, tag = Collection.objects.create(name="EU"), Tag.objects.create(name="cloud")
    rfp.collections.add(group)
    rfp.tags.add(tag)
    taken = take(rfp, [chosen(answer) for answer in approved(rfp)], alice)
    assert (taken.new, taken.refused) == (3, [])
    made = LibraryAnswer.objects.get(question="Keys?")
    document = document_of(made)
    assert (document.review_status, document.owner) == ("approved", alice)
    assert (document.collections.get(), document.tags.get()) == (group, tag)
    assert made.approved_by == alice
    assert "Tender" not in made.origin  # whoever may not see the RFP learns nothing of it
    assert find_answers("keys", user=alice).matches[0].exactness == "exact"


def test_two_clicks_take_an_answer_once(rfp: RFP, alice: User) -> None:
    answer = approved(rfp)[0]
    take(rfp, [chosen(answer), chosen(answer)], alice)
    take(rfp, [chosen(answer)], alice)
    assert LibraryAnswer.objects.count() == 1
    assert LibraryAnswerUse.objects.count() == 1


def test_an_answer_that_changed_since_it_was_read_is_not_taken(rfp: RFP, alice: User) -> None:
    first, second, _ = approved(rfp)
    Answer.objects.filter(pk=first.pk).update(version=2)
    Answer.objects.filter(pk=second.pk).update(state="draft")
    taken = take(rfp, [chosen(first), chosen(second)], alice)
    assert [("changed meanwhile" in sentence) for sentence in taken.refused] == [True, True]
    assert not LibraryAnswer.objects.exists()


def test_an_answer_of_another_rfp_cannot_be_taken_through_this_one(
    rfp: RFP, alice: User, bob: User
) -> None:
    other = make_rfp(bob)
    foreign = make_answer(question(other, 1), state="approved")
    assert take(rfp, [chosen(foreign)], alice).refused
    assert not LibraryAnswer.objects.exists()


def test_the_same_question_is_shown_beside_and_joined_instead_of_doubled(
    rfp: RFP, alice: User
) -> None:
    known = an_answer(alice, "Backups?", "The library's words.")
    made, _ = candidates(rfp, approved(rfp), alice)
    assert made[0].same and made[0].same.answer == known
    assert not made[0].is_clear
    taken = take(rfp, [chosen(made[1].answer, VARIANT, known.pk)], alice)
    assert taken.joined == 1
    assert content_now(fresh(known)).variants == ("Keys?",)
    assert fresh(known).text == "The library's words."


def test_the_librarys_words_are_renewed_only_by_who_may(rfp: RFP, alice: User, bob: User) -> None:
    mine, theirs = an_answer(alice, "Old?"), an_answer(bob, "Theirs?", "Theirs.")
    first, second, _ = approved(rfp)
    taken = take(rfp, [chosen(first, REPLACE, mine.pk), chosen(second, REPLACE, theirs.pk)], alice)
    assert taken.replaced == 1
    assert "belongs to somebody else" in taken.refused[0]
    assert fresh(mine).text == "About Backups?"
    assert content_now(fresh(mine)).questions == ("Old?", "Backups?")
    assert fresh(theirs).text == "Theirs."


def test_one_that_says_just_the_same_is_not_made_again(rfp: RFP, alice: User) -> None:
    known = an_answer(alice, "Backups?", "About Backups?")
    take(rfp, [chosen(approved(rfp)[0])], alice)
    assert LibraryAnswer.objects.get() == known
    assert LibraryAnswerUse.objects.get().library_answer == known


@pytest.mark.parametrize(
    ("customer", "text", "found"),
    [
        ("Wexmoor Bank plc", "We serve Wexmoor.", ["Wexmoor"]),
        ("Wexmoor Bank plc", "We serve every bank.", []),
        ("Wexmoor Bank plc", "as WEXMOOR BANK PLC asked", ["Wexmoor Bank plc", "Wexmoor"]),
        ("ING", "We are using it.", []),
        ("ING", "We do so for ING.", ["ING"]),
        ("", "Anything.", []),
        ("Health (NHS)", "Agreed with the NHS.", ["NHS"]),
    ],
)  # fmt: skip
def test_a_customers_name_is_seen_and_common_words_are_none(
    customer: str, text: str, found: list[str], alice: User
) -> None:
    answer = make_answer(question(make_rfp(alice), 1), text)
    assert names_in(customer, answer) == found


def test_what_rests_on_restricted_documents_stays_with_their_readers(
    rfp: RFP, alice: User, bob: User
) -> None:
    closed = Collection.objects.create(name="Closed", is_restricted=True)
    passage = make_passage()
    passage.version.document.collections.add(closed)
    first, second, _ = approved(rfp)
    cite(first, passage)
    take(rfp, [chosen(first), chosen(second)], alice)
    assert document_of(LibraryAnswer.objects.get(question="Backups?")).collections.get() == closed
    seen = [a.question for a in LibraryAnswer.objects.for_user(bob)]
    assert seen == ["Keys?"]


def test_what_rests_on_documents_of_different_circles_is_refused(rfp: RFP, alice: User) -> None:
    answer = approved(rfp)[0]
    for name in ("One", "Two"):
        passage = make_passage(name)
        closed = Collection.objects.create(name=name, is_restricted=True)
        passage.version.document.collections.add(closed)
        cite(answer, passage)
    taken = take(rfp, [chosen(answer)], alice)
    assert "different restricted collections" in taken.refused[0]
    assert not LibraryAnswer.objects.exists()


def test_uses_move_with_a_merge_and_come_back(rfp: RFP, alice: User) -> None:
    take(rfp, [chosen(answer) for answer in approved(rfp)[:2]], alice)
    one, two = LibraryAnswer.objects.order_by("pk")
    merge = merge_answers(one, two, user=alice)
    assert one.uses.count() == 2
    assert not two.uses.exists()
    undo_merge(merge, user=alice)
    assert (one.uses.count(), two.uses.count()) == (1, 1)


# -- the pages -------------------------------------------------------------------------------
@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def feed_url(rfp: RFP) -> str:
    return reverse("rfp_manager:feed", args=[rfp.pk])


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_rfps_page_says_how_many_wait_and_the_list_shows_what_speaks_against(
    rfp: RFP, pages: Client
) -> None:
    assert "3 approved answers are not in the answer library yet" in text(
        pages.get(rfp.get_absolute_url())
    )
    page = text(pages.get(feed_url(rfp)))
    assert "It names the customer: Wexmoor" in page
    assert page.count('data-key="x" checked') == 2


def test_one_click_takes_all_that_are_clear_and_leaves_the_rest(rfp: RFP, pages: Client) -> None:
    pages.post(feed_url(rfp), {"clear": "1"})
    assert sorted(a.question for a in LibraryAnswer.objects.all()) == ["Backups?", "Keys?"]
    page = text(pages.get(feed_url(rfp)))
    assert "2 new answers in the library." in page


def test_ticks_decide_and_none_takes_nothing(rfp: RFP, pages: Client) -> None:
    answer = approved(rfp)[2]
    pages.post(feed_url(rfp), {})
    assert not LibraryAnswer.objects.exists()
    sent = {"take": [answer.pk, "x", "9" * 30], f"version-{answer.pk}": 1,
            f"how-{answer.pk}": "new"}  # fmt: skip
    pages.post(feed_url(rfp), sent)
    assert LibraryAnswer.objects.get().question == "Access for Wexmoor staff?"


def test_who_cannot_see_the_rfp_can_take_nothing_from_it(rfp: RFP, bob: User) -> None:
    client = Client()
    client.force_login(bob)
    assert client.get(feed_url(rfp)).status_code == 404
    assert client.post(feed_url(rfp), {"clear": "1"}).status_code == 404


def test_an_answers_page_names_only_the_rfps_that_the_reader_may_see(
    rfp: RFP, pages: Client, bob: User
) -> None:
    take(rfp, [chosen(approved(rfp)[0])], rfp.owner)
    url = LibraryAnswer.objects.get().get_absolute_url()
    assert "Tender, Q1" in text(pages.get(url))
    client = Client()
    client.force_login(bob)
    page = text(client.get(url))
    assert "Tender" not in page
    assert "1 more in RFPs that you cannot see" in page


def test_a_long_list_asks_no_more_queries(
    alice: User, pages: Client, django_assert_max_num_queries: Any
) -> None:
    rfp = make_rfp(alice, questions=25)
    for asked in rfp.questions.all():
        make_answer(asked, state="approved")
        an_answer(alice, asked.text)
    with django_assert_max_num_queries(24):
        pages.get(feed_url(rfp))
    assert Document.objects.count() == 25
