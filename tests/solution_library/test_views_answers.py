"""The pages of the answer library: Alice owns it, Bob is a colleague, Carol may not see it."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from solution_library.answers.finding import find_answers
from solution_library.answers.merging import merge_answers
from solution_library.answers.texts import Content
from solution_library.answers.writing import edit_answer
from solution_library.models import AnswerMerge, Collection, LibraryAnswer, Tag
from tests.solution_library.answer_world import an_answer, document_of, fresh

pytestmark = pytest.mark.django_db
LIST = "/library/answers/"


@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def colleague(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def url(name: str, *args: Any) -> str:
    return reverse(f"solution_library:{name}", args=args)


def form_of(answer: LibraryAnswer, **fields: Any) -> dict[str, Any]:
    document = document_of(answer)
    return {
        "question": answer.question, "text": answer.text, "choice": answer.choice,
        "version": answer.version, "owner": document.owner_id or "",
    } | fields  # fmt: skip


# -- the list ------------------------------------------------------------------------------
def test_an_empty_library_of_answers_says_what_to_do(pages: Client) -> None:
    assert "No answers yet" in text(pages.get(LIST))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True), ("q=backup", True), ("q=payroll", False), ("q=night", True),
        ("q=ciphered+copies", True), ("state=fresh", True), ("state=expired", False),
        ("state=usable", True), ("owner=me", True), ("owner=none", False), ("uses=unused", True),
        ("uses=used", False), ("tag=1%27", True), ("q=%00", True), ("order=valid", True),
        ("state=nonsense&page=x&order=drop", True), ("order=uses&q=backup", True),
    ],
)  # fmt: skip
def test_filters_narrow_the_list_and_nonsense_is_left_out(
    query: str, found: bool, pages: Client, alice: User
) -> None:
    an_answer(alice, variants=("Are the nightly copies ciphered?",))
    answer = pages.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert ("Do you encrypt backups?</a>" in text(answer)) is found


def test_a_longer_list_asks_no_more_queries(
    pages: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    tag, group = Tag.objects.create(name="cloud"), Collection.objects.create(name="EU")
    for number in range(30):
        an_answer(alice, f"Question {number}?", tags=[tag], collections=[group])
    with django_assert_max_num_queries(20):
        pages.get(LIST)


def test_nothing_that_people_write_is_html(pages: Client, alice: User) -> None:
    answer = an_answer(alice, "<b>Q</b>?", "<script>x</script>", variants=("<i>V</i>?",))
    edit_answer(answer, Content("<b>R</b>?", "<u>y</u>"), user=alice, version=1)
    for page in (text(pages.get(LIST)), text(pages.get(answer.get_absolute_url()))):
        assert "<b>" not in page
        assert "<u>" not in page
        assert "<script>x" not in page


# -- one answer ----------------------------------------------------------------------------
def test_a_new_answer_is_saved_approved_and_can_be_found(pages: Client, alice: User) -> None:
    got = pages.get(f"{url('answer_new')}?question=Do+you+encrypt%3F")
    assert "Do you encrypt?" in text(got)
    form = {"question": "Do you encrypt?", "text": "Yes.", "owner": alice.pk, "approve": "1",
            "variants": "Is it ciphered?\r\n\r\nIs it ciphered", "valid_until": "2040-01-01"}  # fmt: skip
    answer = pages.post(url("answer_new"), form)
    made = LibraryAnswer.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, made.get_absolute_url())
    assert document_of(made).review_status == "approved"
    assert [v.question for v in made.variants.all()] == ["Is it ciphered?"]
    assert find_answers("is it ciphered", user=alice).matches


def test_nobody_approves_in_another_persons_name(pages: Client, bob: User) -> None:
    pages.post(url("answer_new"), {"question": "Q?", "text": "A", "owner": bob.pk, "approve": "1"})
    assert document_of(LibraryAnswer.objects.get()).review_status == "pending"


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"question": " "}, "required"), ({"text": "", "choice": ""}, "answer is missing"),
     ({"question": "?!"}, "question is missing"), ({"valid_until": "soon"}, "valid date"),
     ({"text": "x" * 100_001}, "Shorten it")],
)  # fmt: skip
def test_what_cannot_be_saved_is_said_and_nothing_typed_is_lost(
    fields: dict[str, str], says: str, pages: Client
) -> None:
    form = {"question": "Who guards?", "text": "We do.", "choice": ""} | fields
    answer = pages.post(url("answer_new"), form)
    assert answer.status_code == 422
    assert says in text(answer)
    assert "Who guards?" in text(answer) or "We do." in text(answer)
    assert not LibraryAnswer.objects.exists()


def test_an_edit_over_somebody_elses_shows_both_and_replaces_only_when_told(
    pages: Client, alice: User
) -> None:
    answer = an_answer(alice)
    form = form_of(answer, text="Mine")
    edit_answer(answer, Content(answer.question, "Theirs"), user=alice, version=1)
    reply = pages.post(url("answer_edit", answer.pk), form)
    assert reply.status_code == 409
    assert "Theirs" in text(reply)
    assert "Mine" in text(reply)
    assert fresh(answer).text == "Theirs"
    again = form | {"version": 2}
    assert pages.post(url("answer_edit", answer.pk), again).status_code == 303
    assert fresh(answer).text == "Mine"


def test_the_owner_who_has_left_stays_the_owner_when_words_are_saved(
    pages: Client, alice: User, bob: User
) -> None:
    answer = an_answer(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert pages.post(url("answer_edit", answer.pk), form_of(answer, text="New")).status_code == 303
    assert document_of(answer).owner == bob
    assert document_of(answer).review_status == "pending"


def test_history_shows_what_changed_and_goes_back(pages: Client, alice: User) -> None:
    answer = an_answer(alice, text="Kept for 30 days.")
    edit_answer(answer, Content(answer.question, "Kept for 90 days."), user=alice, version=1)
    page = text(pages.get(answer.get_absolute_url()))
    assert "<mark>30</mark>" in page
    assert "<mark>90</mark>" in page
    pages.post(url("answer_revert", answer.pk), {"number": 1, "version": 2})
    assert fresh(answer).text == "Kept for 30 days."


@pytest.mark.parametrize(
    ("do", "version", "status"),
    [("approve", 1, "approved"), ("approve", 9, "pending"), ("retire", 1, "archived"),
     ("nonsense", 1, "pending")],
)  # fmt: skip
def test_a_decision_is_taken_about_the_version_that_was_read(
    do: str, version: int, status: str, pages: Client, alice: User
) -> None:
    answer = an_answer(alice, approve=False)
    pages.post(url("answer_state", answer.pk), {"do": do, "version": version})
    assert document_of(answer).review_status == status


def test_an_expired_answer_is_approved_for_another_year(pages: Client, alice: User) -> None:
    today = timezone.localdate()
    answer = an_answer(alice, until=today - timedelta(days=3))
    assert "Approve for another year" in text(pages.get(answer.get_absolute_url()))
    pages.post(url("answer_state", answer.pk), {"do": "renew", "version": 1})
    until = today + timedelta(days=365)
    assert (fresh(answer).valid_until, document_of(answer).review_due) == (until, until)
    assert find_answers("do you encrypt backups", user=alice).matches


def test_only_who_owns_an_answer_decides_and_removes(
    alice: User, pages: Client, colleague: Client
) -> None:
    answer = an_answer(alice)
    for name in ("answer_state", "answer_delete"):
        assert colleague.post(url(name, answer.pk), {"do": "retire"}).status_code == 303
    assert document_of(answer).review_status == "approved"
    pages.post(url("answer_delete", answer.pk))
    assert not LibraryAnswer.objects.exists()


def test_near_questions_are_shown_while_one_is_typed(pages: Client, alice: User) -> None:
    answer = an_answer(alice)
    asked = {"question": "do you encrypt backups"}
    page = text(pages.get(url("answer_near"), asked, headers={"HX-Request": "true"}))
    assert "same words" in page
    own = asked | {"answer": str(answer.pk)}
    page = text(pages.get(url("answer_near"), own, headers={"HX-Request": "true"}))
    assert "same words" not in page


def test_an_answers_document_shows_its_passages_and_is_changed_on_the_answers_page_only(
    pages: Client, alice: User
) -> None:
    answer = an_answer(alice)
    page = text(pages.get(document_of(answer).get_absolute_url()))
    assert answer.get_absolute_url() in page
    for name in ("document_review", "document_delete"):
        sent = {"review_status": "rejected"}
        assert pages.post(url(name, answer.document_id), sent).status_code == 403
    assert document_of(answer).review_status == "approved"


# -- who may see it ------------------------------------------------------------------------
PAGES = ("answer", "answer_edit")
ACTIONS = ("answer_state", "answer_revert", "answer_delete")


@pytest.fixture
def secret(alice: User, bob: User) -> LibraryAnswer:
    """Alice's answer in a collection whose only member is Bob."""
    closed = Collection.objects.create(name="Closed circle", is_restricted=True)
    closed.members.add(bob)
    return an_answer(alice, "Which bank is ours?", "The red one.", collections=[closed])


@pytest.mark.parametrize("who", ["alice", "bob", "charlie", "staff"])
def test_a_restricted_answer_is_there_for_owner_members_and_staff_only(
    who: str, secret: LibraryAnswer, charlie: User, django_user_model: Any
) -> None:
    django_user_model.objects.create_user("staff", is_staff=True)
    client, sees = Client(), who != "charlie"
    client.force_login(django_user_model.objects.get(username=who))
    for name in PAGES:
        assert client.get(url(name, secret.pk)).status_code == (200 if sees else 404)
    for page in (LIST, f"{LIST}?q=bank", url("answer_export") + "?format=csv",
                 url("answer_near") + "?question=which+bank+is+ours"):  # fmt: skip
        shown = text(client.get(page, headers={"HX-Request": "true"}))
        assert ("The red one." in shown) is sees
        assert ("Closed circle" in shown) <= sees
    for name in ACTIONS if not sees else ():
        assert client.post(url(name, secret.pk)).status_code == 404
    bulk = {"action": "retire", "ids": [secret.pk]}
    client.post(url("answers_bulk"), bulk)
    retired = document_of(secret).review_status == "archived"
    assert retired is (who in ("alice", "staff"))


def test_nobody_gets_in_without_signing_in(secret: LibraryAnswer) -> None:
    for name in ("answers", "answer_new", "answer_pairs", "answer_import", "answer_export"):
        assert "/login/" in Client().get(url(name))["Location"]
    for name in PAGES:
        assert "/login/" in Client().get(url(name, secret.pk))["Location"]


def test_a_stranger_neither_merges_nor_undoes(
    secret: LibraryAnswer, alice: User, charlie: User
) -> None:
    other = an_answer(alice, "Is the bank ours?")
    client = Client()
    client.force_login(charlie)
    sent = {"first": secret.pk, "second": other.pk, "keep": other.pk}
    assert client.post(url("answer_merge"), sent).status_code == 404
    merge = merge_answers(secret, other, user=alice)
    assert client.post(url("answer_unmerge", merge.pk)).status_code == 404


# -- many, merged, in and out ----------------------------------------------------------------
def test_many_at_once_say_how_many_were_done_and_which_not(
    pages: Client, alice: User, bob: User
) -> None:
    mine, theirs = an_answer(alice, approve=False), an_answer(bob, "Whose?", approve=False)
    sent = {"action": "approve", "ids": [mine.pk, theirs.pk, "x", "9" * 30]}
    pages.post(url("answers_bulk"), sent)
    page = text(pages.get(LIST))
    assert "1 answer approved." in page
    assert "“Whose?”" in page
    assert document_of(mine).review_status == "approved"
    assert document_of(theirs).review_status == "pending"


def test_all_of_a_filtered_list_get_a_date_and_a_tag(pages: Client, alice: User) -> None:
    for number in range(3):
        an_answer(alice, f"About clouds {number}?")
    an_answer(alice, "About rain?")
    tag = Tag.objects.create(name="sky")
    until = timezone.localdate() + timedelta(days=10)
    base = {"all": "1", "query": "q=clouds"}
    pages.post(url("answers_bulk"), base | {"action": "valid", "valid_until": until})
    pages.post(url("answers_bulk"), base | {"action": "tag", "tag": tag.pk})
    assert LibraryAnswer.objects.filter(valid_until=until, document__tags=tag).count() == 3
    assert document_of(LibraryAnswer.objects.filter(valid_until=until)[0]).review_due == until


@pytest.mark.parametrize(
    ("sent", "says"),
    [({"action": "approve"}, "Tick the answers first"), ({"action": "tag", "ids": [1]}, "Choose"),
     ({"action": "explode", "ids": [1]}, "not one of the available")],
)  # fmt: skip
def test_a_bulk_action_that_lacks_something_changes_nothing(
    sent: dict[str, Any], says: str, pages: Client
) -> None:
    pages.post(url("answers_bulk"), sent)
    assert says in text(pages.get(LIST))


def test_two_answers_are_merged_and_told_apart_again_from_the_pages(
    pages: Client, alice: User
) -> None:
    one, two = an_answer(alice), an_answer(alice, "Are backups encrypted?")
    sent = {"first": one.pk, "second": two.pk, "keep": two.pk}
    assert pages.post(url("answer_merge"), sent).status_code == 303
    assert fresh(one).merged_into == two
    page = text(pages.get(one.get_absolute_url()))
    assert "merged into another one" in page
    assert pages.get(url("answer_edit", one.pk)).status_code == 303
    merge = AnswerMerge.objects.get()
    assert "Merged: “Do you encrypt backups?”" in text(pages.get(two.get_absolute_url()))
    pages.post(url("answer_unmerge", merge.pk))
    assert fresh(one).merged_into is None
    pages.post(url("answer_merge"), sent | {"do": "apart"})
    assert fresh(one).merged_into is None


def test_the_page_of_pairs_says_when_there_is_none(pages: Client) -> None:
    assert "No question is there twice" in text(pages.get(url("answer_pairs")))


def test_an_export_holds_every_answer_and_no_formula(pages: Client, alice: User) -> None:
    an_answer(alice, "=1+1?", "@cmd", choice="-Yes", variants=("+V?",))
    data = pages.get(f"{url('answer_export')}?format=csv").content.decode("utf-8-sig")
    assert "'=1+1?,'@cmd,'-Yes,'+V?" in data
    book = load_workbook(io.BytesIO(pages.get(url("answer_export")).content))
    row = next(book.worksheets[0].iter_rows(min_row=2))
    assert [cell.value for cell in row[:4]] == ["=1+1?", "@cmd", "-Yes", "+V?"]
    assert {cell.data_type for cell in row[:4]} == {"s"}
