"""What a person types is kept until they save it or throw it away, whatever happens meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rfp_manager.autosave import NotKept, Typed, forget, keep, others_at, token_of, unsaved_of
from rfp_manager.models import RFP, Answer, Question, UnsavedEdit
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rfp(alice: User) -> RFP:
    return make_rfp(alice)


@pytest.fixture
def asked(rfp: RFP) -> Question:
    return question(rfp, 1)


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


def typed(text: str, version: int = 1) -> Typed:
    return Typed(text, "", "", version)


def url(asked: Question, name: str = "unsaved") -> str:
    return reverse(f"rfp_manager:{name}", args=[asked.rfp_id, asked.pk])


# -- the words ---------------------------------------------------------------------------
def test_each_word_more_takes_the_place_of_the_last_kept_ones(asked: Question, alice: Any) -> None:
    answer = make_answer(asked)
    first = keep(asked, answer, typed("One"), user=alice)
    keep(asked, answer, typed("One two\r\n"), user=alice, token=token_of(first))
    assert UnsavedEdit.objects.get().text == "One two\n"


def test_words_of_another_window_are_never_overwritten(asked: Question, alice: Any) -> None:
    answer = make_answer(asked)
    keep(asked, answer, typed("From the first window"), user=alice)
    for token in ("", "2020-01-01T00:00:00+00:00", "nonsense", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(NotKept, match="other unsaved text"):
            keep(asked, answer, typed("From the second"), user=alice, token=token)
    assert UnsavedEdit.objects.get().text == "From the first window"


def test_what_the_answer_says_already_is_not_kept(asked: Question, alice: Any) -> None:
    answer = make_answer(asked, "Same.")
    mine = keep(asked, answer, typed("Different"), user=alice)
    assert keep(asked, answer, typed("Same. "), user=alice, token=token_of(mine)) is None
    assert not UnsavedEdit.objects.exists()


def test_everybody_has_words_of_their_own_and_sees_who_else_writes(
    asked: Question, alice: Any, bob: Any
) -> None:
    keep(asked, None, typed("Hers", 0), user=alice)
    keep(asked, None, typed("His", 0), user=bob)
    [other] = others_at(asked, alice)
    assert other.name == "bob" and other.is_typing
    UnsavedEdit.objects.filter(user=bob).update(saved_at=timezone.now() - timedelta(hours=1))
    assert not others_at(asked, alice)[0].is_typing
    forget(asked, alice)
    assert UnsavedEdit.objects.get().user == bob


def test_words_without_end_are_refused(asked: Question, alice: Any) -> None:
    with pytest.raises(NotKept, match="longer than"):
        keep(asked, None, typed("x" * 100_001, 0), user=alice)


# -- the page ----------------------------------------------------------------------------
def test_what_was_typed_before_a_crash_stands_in_the_form_again(
    client: Client, asked: Question
) -> None:
    make_answer(asked, "Stands.")
    told = client.post(url(asked), {"version": 1, "text": "Half a sent"}, headers=HTMX)
    assert "Kept, not saved yet" in told.text and Answer.objects.get().text == "Stands."
    page = client.get(asked.get_absolute_url()).text
    assert "Half a sent</textarea>" in page and "Your unsaved text from" in page
    assert f'name="kept" value="{token_of(UnsavedEdit.objects.get())}"' in page


def test_saving_uses_up_what_was_kept(client: Client, asked: Question, alice: Any) -> None:
    make_answer(asked)
    client.post(url(asked), {"version": 1, "text": "Half"})
    client.post(url(asked, "answer_edit"), {"version": 1, "text": "Whole."})
    assert unsaved_of(asked, alice) is None and Answer.objects.get().text == "Whole."


def test_a_conflict_keeps_the_words_until_they_are_saved(
    client: Client, asked: Question, alice: Any
) -> None:
    make_answer(asked)
    client.post(url(asked), {"version": 1, "text": "Mine"})
    Answer.objects.update(version=2, text="Theirs")
    page = client.get(asked.get_absolute_url()).text
    assert "has changed since you began" in page and 'name="version" value="1"' in page
    answer = client.post(url(asked, "answer_edit"), {"version": 1, "text": "Mine"})
    assert answer.status_code == 409 and unsaved_of(asked, alice) is not None


def test_discarding_shows_the_saved_answer_again(client: Client, asked: Question) -> None:
    make_answer(asked, "Stands.")
    client.post(url(asked), {"version": 1, "text": "Half"})
    answer = client.post(url(asked, "unsaved_discard"), follow=True)
    assert "Stands.</textarea>" in answer.text and "discarded" in answer.text
    client.post(url(asked), {"version": 1, "text": "Half"})
    fragment = client.post(url(asked, "unsaved_discard"), headers=HTMX)
    assert "Stands.</textarea>" in fragment.text and "<html" not in fragment.text


def test_who_types_is_told_that_the_answer_has_changed_and_who_else_types(
    client: Client, asked: Question, rfp: RFP, bob: Any
) -> None:
    make_answer(asked, version=2, edited_by=bob)
    keep(asked, None, typed("His"), user=bob)
    told = client.post(url(asked), {"version": 1, "text": "Mine"}).text
    assert "changed meanwhile by bob" in told and "bob is editing this answer, too" in told
    assert "bob is editing this answer, too" in client.get(asked.get_absolute_url()).text


def test_a_second_window_is_told_and_overwrites_nothing(client: Client, asked: Question) -> None:
    client.post(url(asked), {"version": 0, "text": "First"})
    told = client.post(url(asked), {"version": 0, "text": "Second"})
    assert told.status_code == 409 and "another window" in told.text
    assert UnsavedEdit.objects.get().text == "First"


@pytest.mark.parametrize("name", ["unsaved", "unsaved_discard"])
def test_a_stranger_neither_keeps_nor_discards(asked: Question, charlie: User, name: str) -> None:
    stranger = Client()
    stranger.force_login(charlie)
    assert stranger.post(url(asked, name), {"text": "x"}).status_code == 404
    assert not UnsavedEdit.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "²"])
def test_an_odd_version_keeps_the_words_all_the_same(
    client: Client, asked: Question, version: str
) -> None:
    assert client.post(url(asked), {"version": version, "text": "Mine\x00"}).status_code == 200
    assert (UnsavedEdit.objects.get().text, UnsavedEdit.objects.get().base_version) == ("Mine", 0)
