"""Editing an answer, conflicts between two people, and approving."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from rfp_manager.editing import EditConflict
from rfp_manager.forms import answer_form
from rfp_manager.models import RFP, Answer, Question
from rfp_manager.views.answers import save_form
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def rfp(alice: User) -> RFP:
    return make_rfp(alice)


@pytest.fixture
def asked(rfp: RFP) -> Question:
    return question(rfp, 1)


def edit_url(asked: Question) -> str:
    return reverse("rfp_manager:answer_edit", args=[asked.rfp_id, asked.pk])


def state_url(asked: Question) -> str:
    return reverse("rfp_manager:answer_state", args=[asked.rfp_id, asked.pk])


# -- editing -----------------------------------------------------------------------------
def test_an_edit_is_saved_with_its_author_and_a_new_version(
    client: Client, asked: Question, alice: User
) -> None:
    make_answer(asked)
    answer = client.post(edit_url(asked), {"version": 1, "text": "New\r\ntext", "comment": "c"})
    saved = Answer.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, asked.get_absolute_url())
    assert (saved.text, saved.comment, saved.version) == ("New\ntext", "c", 2)
    assert saved.edited_by == alice
    assert saved.versions.first().text == "New\ntext"


def test_the_first_answer_can_be_written_by_hand(client: Client, asked: Question) -> None:
    client.post(edit_url(asked), {"version": 0, "text": "By hand."})
    saved = Answer.objects.get()
    assert (saved.text, saved.outcome) == ("By hand.", "answered")


def test_two_people_who_edit_the_same_answer_both_see_both_texts(
    client: Client, asked: Question, rfp: RFP, bob: User
) -> None:
    make_answer(asked)
    rfp.members.add(bob)
    colleague = Client()
    colleague.force_login(bob)
    colleague.post(edit_url(asked), {"version": 1, "text": "What Bob wrote."})
    answer = client.post(edit_url(asked), {"version": 1, "text": "What Alice wrote."})
    assert answer.status_code == 409
    assert "What Bob wrote." in answer.text
    assert "What Alice wrote.</textarea>" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert Answer.objects.get().text == "What Bob wrote."
    client.post(edit_url(asked), {"version": 2, "text": "What Alice wrote."})
    assert Answer.objects.get().text == "What Alice wrote."


def test_a_draft_that_came_while_somebody_wrote_the_first_answer_is_not_overwritten(
    client: Client, asked: Question
) -> None:
    make_answer(asked, "Drafted meanwhile.")
    answer = client.post(edit_url(asked), {"version": 0, "text": "Mine."})
    assert answer.status_code == 409 and "Drafted meanwhile." in answer.text
    assert Answer.objects.get().text == "Drafted meanwhile."


def test_only_the_choices_of_the_buyer_can_be_chosen(client: Client, asked: Question) -> None:
    Question.objects.filter(pk=asked.pk).update(allowed_choices=["Yes", "No"])
    make_answer(asked)
    wrong = client.post(edit_url(asked), {"version": 1, "text": "t", "choice": "Perhaps"})
    assert wrong.status_code == 422 and "id_choice_error" in wrong.text
    assert Answer.objects.get().version == 1
    client.post(edit_url(asked), {"version": 1, "text": "t", "choice": "No"})
    assert Answer.objects.get().choice == "No"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"version": "x", "text": "t"},
        {"version": "-1", "text": "t"},
        {"version": "9" * 30, "text": "t"},
        {"version": "1", "text": "a\x00b"},
        {"version": "1", "text": "x" * 100_001},
    ],
)
def test_a_form_that_is_wrong_changes_nothing(
    client: Client, asked: Question, form: dict[str, str]
) -> None:
    make_answer(asked, "Stands.")
    assert client.post(edit_url(asked), form).status_code in (409, 422)
    assert Answer.objects.get().text == "Stands."


def test_saving_can_go_on_to_the_next_question_of_the_selection(
    client: Client, rfp: RFP, asked: Question
) -> None:
    make_answer(asked)
    url = f"{edit_url(asked)}?show=unanswered"
    answer = client.post(url, {"version": 1, "text": "t", "then": "next"})
    assert answer["Location"] == f"{question(rfp, 2).get_absolute_url()}?show=unanswered"


def test_htmx_gets_the_saved_question_and_its_address(client: Client, asked: Question) -> None:
    make_answer(asked)
    answer = client.post(edit_url(asked), {"version": 1, "text": "Fresh."}, headers=HTMX)
    assert answer["HX-Push-Url"] == asked.get_absolute_url()
    assert "Fresh.</textarea>" in answer.text and "<html" not in answer.text
    assert "saved" in answer["HX-Trigger"]


def test_opening_the_address_of_the_form_leads_to_the_question(
    client: Client, asked: Question
) -> None:
    assert client.get(edit_url(asked))["Location"] == asked.get_absolute_url()


# -- approving ---------------------------------------------------------------------------
def test_an_answer_is_approved_and_taken_back(client: Client, asked: Question) -> None:
    make_answer(asked)
    client.post(state_url(asked), {"state": "approved", "version": 1})
    assert Answer.objects.get().state == "approved"
    assert "Back to draft" in client.get(asked.get_absolute_url()).text
    client.post(state_url(asked), {"state": "draft", "version": 1})
    assert Answer.objects.get().state == "draft"


def test_an_empty_answer_is_not_approved_and_the_page_says_why(
    client: Client, asked: Question
) -> None:
    make_answer(asked, "", outcome="no_evidence", confidence=None)
    answer = client.post(state_url(asked), {"state": "approved", "version": 1})
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert Answer.objects.get().state == "draft"


def test_what_somebody_has_not_read_is_not_approved(client: Client, asked: Question) -> None:
    make_answer(asked, version=2)
    answer = client.post(state_url(asked), {"state": "approved", "version": 1})
    assert answer.status_code == 409 and "changed meanwhile" in answer.text
    assert Answer.objects.get().state == "draft"


@pytest.mark.parametrize("state", ["", "nonsense", "\x00"])
def test_an_unknown_state_is_refused(client: Client, asked: Question, state: str) -> None:
    make_answer(asked)
    answer = client.post(state_url(asked), {"state": state, "version": 1}, headers=HTMX)
    assert answer.status_code == 409 and Answer.objects.get().state == "draft"


# -- who may -----------------------------------------------------------------------------
@pytest.mark.parametrize("url", [edit_url, state_url])
def test_a_stranger_changes_nothing(asked: Question, charlie: User, url) -> None:  # type: ignore[no-untyped-def]
    make_answer(asked, "Stands.")
    form = {"version": 1, "text": "Mine now.", "state": "approved"}
    stranger = Client()
    assert stranger.post(url(asked), form)["Location"].startswith(reverse("login"))
    stranger.force_login(charlie)
    assert stranger.post(url(asked), form).status_code == 404
    assert (Answer.objects.get().text, Answer.objects.get().state) == ("Stands.", "draft")


def test_a_form_without_its_csrf_token_is_refused(asked: Question, alice: User) -> None:
    make_answer(asked, "Stands.")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(edit_url(asked), {"version": 1, "text": "x"}).status_code == 403
    assert Answer.objects.get().text == "Stands."


# -- two who write at the same moment --------------------------------------------------------
def blocked_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


def written_elsewhere(asked: Question, user: User, text: str) -> str:
    """What becomes of a first answer that is written over a connection of its own."""
    try:
        form = answer_form(asked, None, {"version": "0", "text": text})
        assert form.is_valid()
        save_form(asked, form, user)
        return "saved"
    except EditConflict as conflict:
        return conflict.current.text
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_first_writers_at_the_same_moment_the_later_sees_the_words_of_the_other(
    asked: Question, alice: User, bob: User
) -> None:
    form = answer_form(asked, None, {"version": "0", "text": "Alice's words."})
    assert form.is_valid()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            save_form(asked, form, alice)
            other = pool.submit(written_elsewhere, asked, bob, "Bob's words.")
            while not blocked_sessions() and not other.done():
                wait([other], timeout=0.01)
        assert other.result(timeout=10) == "Alice's words."
    saved = Answer.objects.get()
    assert (saved.text, saved.edited_by, saved.versions.count()) == ("Alice's words.", alice, 1)


# -- nothing to approve ----------------------------------------------------------------------
def test_an_empty_answer_is_not_offered_for_approval_and_refused_when_asked_by_hand(
    client: Client, asked: Question
) -> None:
    answer = make_answer(asked, " ", outcome="no_evidence")
    assert 'value="approved"' not in client.get(asked.get_absolute_url()).text
    refused = client.post(state_url(asked), {"state": "approved", "version": answer.version})
    assert refused.status_code == 409
    assert "An empty answer cannot be approved. Write one first." in refused.text
    assert Answer.objects.get().state == "draft"
