"""What is not for the library is not offered; what changed since it was taken is offered again."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from rfp_manager import feeding
from rfp_manager.editing import edit_answer, set_state
from rfp_manager.feeding import (
    NEW,
    REPLACE,
    VARIANT,
    Choice,
    candidates,
    decline,
    declined,
    offer_again,
    take,
    take_clear,
    waiting,
)
from rfp_manager.models import RFP, Answer, DeclinedAnswer, LibraryAnswerUse
from solution_library.answers import writing
from solution_library.answers.texts import Content
from solution_library.models import Collection, LibraryAnswer
from tests.rfp_manager.view_world import make_answer, make_rfp, question
from tests.solution_library.answer_world import document_of, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def rfp(alice: User) -> RFP:
    made = make_rfp(alice)
    for number, text in enumerate(("Backups?", "Keys?"), 1):
        asked = question(made, number)
        type(asked).objects.filter(pk=asked.pk).update(text=text)
        make_answer(asked, f"About {text}", state="approved")
    return made


def offered(rfp: RFP) -> list[Answer]:
    return list(waiting(rfp).select_related("question"))


def reword(answer: Answer, text: str, user: Any) -> Answer:
    """Edited in the RFP and approved once more."""
    answer.refresh_from_db()
    edited = edit_answer(answer, text=text, user=user, version=answer.version)
    return set_state(edited, "approved", user)


@pytest.fixture
def taken(rfp: RFP, alice: User) -> tuple[Answer, LibraryAnswer]:
    answer = offered(rfp)[0]
    take(rfp, [Choice(answer.pk, answer.version)], alice)
    return answer, LibraryAnswer.objects.get()


# -- not for the library ----------------------------------------------------------------------
def test_what_is_declined_is_neither_offered_nor_counted_nor_taken_with_the_rest(
    rfp: RFP, alice: User
) -> None:
    first, second = offered(rfp)
    assert decline(rfp, [first.pk], alice) == 1
    assert offered(rfp) == [second]
    assert [a.pk for a in declined(rfp)] == [first.pk]
    assert take_clear(rfp, alice).new == 1
    assert not LibraryAnswerUse.objects.filter(answer=first).exists()


def test_it_stays_declined_when_it_is_edited_until_that_is_taken_back(
    rfp: RFP, alice: User
) -> None:
    first, second = offered(rfp)
    decline(rfp, [first.pk], alice)
    reword(first, "Other words", alice)
    assert offered(rfp) == [second]
    assert offer_again(rfp, [first.pk]) == 1
    assert offered(rfp) == [first, second]


def test_declining_twice_or_what_is_of_another_rfp_does_nothing(rfp: RFP, alice: User) -> None:
    first, _ = offered(rfp)
    other = make_rfp(alice, name="Other")
    assert decline(other, [first.pk], alice) == 0
    assert (decline(rfp, [first.pk], alice), decline(rfp, [first.pk], alice)) == (1, 0)
    assert offer_again(other, [first.pk]) == 0
    assert DeclinedAnswer.objects.get().declined_by == alice


def test_who_ticks_a_declined_answer_on_an_older_page_takes_it(rfp: RFP, alice: User) -> None:
    first, _ = offered(rfp)
    decline(rfp, [first.pk], alice)
    assert take(rfp, [Choice(first.pk, first.version)], alice).new == 1
    assert not declined(rfp).exists()


def test_the_page_declines_lists_and_offers_again(rfp: RFP, alice: User, client: Client) -> None:
    client.force_login(alice)
    first, second = offered(rfp)
    url = reverse("rfp_manager:feed", args=[rfp.pk])
    client.post(url, {"decline": str(first.pk)})
    client.post(url, {"do": "decline", "take": [str(second.pk)]})
    assert not offered(rfp)
    page = client.get(url).content.decode()
    assert "Nothing to take" in page
    assert "Offer again" in page
    assert (
        "not in the answer library yet" not in client.get(rfp.get_absolute_url()).content.decode()
    )
    client.post(url, {"offer": str(first.pk)})
    assert offered(rfp) == [first]
    assert client.post(url, {"do": "decline"}).status_code == 303
    assert client.post(url, {"decline": "x", "offer": "-1"}).status_code == 303
    assert offered(rfp) == [first]


def test_who_cannot_see_the_rfp_can_decline_nothing(
    rfp: RFP, alice: User, charlie: User, client: Client
) -> None:
    first, _ = offered(rfp)
    client.force_login(charlie)
    if not RFP.objects.for_user(charlie).filter(pk=rfp.pk).exists():
        url = reverse("rfp_manager:feed", args=[rfp.pk])
        assert client.post(url, {"decline": str(first.pk)}).status_code == 404
        assert not DeclinedAnswer.objects.exists()


# -- changed since it was taken -----------------------------------------------------------------
def test_an_answer_that_changed_since_it_was_taken_is_offered_again_with_the_difference(
    rfp: RFP, alice: User, taken: Any
) -> None:
    answer, held = taken
    assert answer not in offered(rfp)
    reword(answer, "Backups are encrypted.", alice)
    assert answer in offered(rfp)
    candidate = candidates(rfp, offered(rfp), alice)[0][0]
    assert candidate.earlier is not None
    assert candidate.earlier.answer == held
    assert candidate.earlier.changes
    assert held not in [match.answer for match in candidate.matches]
    assert not candidate.is_clear


def test_the_same_words_again_are_not_offered(rfp: RFP, alice: User, taken: Any) -> None:
    answer, held = taken
    text = held.text
    reword(answer, "Other words", alice)
    reword(answer, text, alice)
    assert answer not in offered(rfp)


def test_taking_it_again_is_a_new_version_of_the_same_library_answer(
    rfp: RFP, alice: User, taken: Any
) -> None:
    answer, held = taken
    answer = reword(answer, "Backups are encrypted.", alice)
    choice = Choice(answer.pk, answer.version, REPLACE, held.pk, held.version)
    assert take(rfp, [choice, choice], alice).replaced == 1
    now = fresh(held)
    assert (now.text, now.version, now.question) == ("Backups are encrypted.", 2, held.question)
    assert document_of(now).review_status == "approved"
    assert now.revisions.count() == 2
    assert answer not in offered(rfp)
    assert LibraryAnswer.objects.count() == 1


def test_a_library_answer_that_somebody_changed_after_it_was_read_is_not_overwritten(
    rfp: RFP, alice: User, taken: Any
) -> None:
    answer, held = taken
    answer = reword(answer, "Backups are encrypted.", alice)
    writing.edit_answer(held, Content(held.question, "Edited."), user=alice, version=1)
    result = take(rfp, [Choice(answer.pk, answer.version, REPLACE, held.pk, 1)], alice)
    assert "changed this answer meanwhile" in result.refused[0]
    assert fresh(held).text == "Edited."
    assert answer in offered(rfp)


def test_leaving_the_librarys_answer_as_it_is_settles_this_version_only(
    rfp: RFP, alice: User, taken: Any
) -> None:
    answer, held = taken
    answer = reword(answer, "Backups are encrypted.", alice)
    take(rfp, [Choice(answer.pk, answer.version, VARIANT, held.pk)], alice)
    assert answer not in offered(rfp)
    assert (fresh(held).text, fresh(held).version) == (held.text, 1)
    reword(answer, "Backups are encrypted twice.", alice)
    assert answer in offered(rfp)


def test_it_may_become_an_answer_of_its_own(rfp: RFP, alice: User, taken: Any) -> None:
    answer, held = taken
    answer = reword(answer, "Backups are encrypted.", alice)
    assert take(rfp, [Choice(answer.pk, answer.version, NEW)], alice).new == 1
    assert LibraryAnswer.objects.count() == 2
    assert answer not in offered(rfp)


def test_who_may_not_read_what_it_was_taken_into_learns_nothing_of_it(
    rfp: RFP, alice: User, bob: User, taken: Any, client: Client
) -> None:
    answer, held = taken
    writing.edit_answer(held, Content("Secret title?", "Secret words."), user=alice, version=1)
    document_of(held).collections.add(Collection.objects.create(name="S", is_restricted=True))
    reword(answer, "Backups are encrypted.", alice)
    assert candidates(rfp, offered(rfp), bob)[0][0].earlier is None
    if RFP.objects.for_user(bob).filter(pk=rfp.pk).exists():
        client.force_login(bob)
        page = client.get(reverse("rfp_manager:feed", args=[rfp.pk])).content.decode()
        assert "Secret" not in page


def test_the_page_shows_the_difference_and_renews_by_default(
    rfp: RFP, alice: User, taken: Any, client: Client
) -> None:
    answer, held = taken
    answer = reword(answer, "Backups are encrypted.", alice)
    client.force_login(alice)
    url = reverse("rfp_manager:feed", args=[rfp.pk])
    page = client.get(url).content.decode()
    assert "Changed since it was taken" in page
    how = f"replace:{held.pk}:{held.version}"
    assert f'<option value="{how}" selected>' in page
    sent = {"take": str(answer.pk), f"version-{answer.pk}": str(answer.version),
            f"how-{answer.pk}": how}  # fmt: skip
    client.post(url, sent)
    assert fresh(held).text == "Backups are encrypted."
    client.post(url, sent | {f"how-{answer.pk}": f"replace:{held.pk}:x"})
    assert fresh(held).version == 2
    assert feeding.waiting(rfp).count() == 1
