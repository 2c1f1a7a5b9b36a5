"""Decisions about documents: who takes them, what a new version means for them, and reminders."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Event, EventChoice, Notification
from solution_library import reminding, reviewing
from solution_library.describing import digest_of_state, known_about
from solution_library.models import (
    Collection,
    Document,
    DocumentationSource,
    DocumentReview,
    ReviewStatus,
    Tag,
)
from solution_library.reviewing import ReviewRefused, decide, months_from
from solution_library.tasks import remind_reviews
from tests.solution_library.library import a_text, add_text, signed_in, text_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 20)


@pytest.fixture
def staff(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("erin", password="pw", is_staff=True)


def url(name: str, *args: Any) -> str:
    return reverse(f"solution_library:{name}", args=args)


# -- deciding ------------------------------------------------------------------------------------
def test_a_decision_is_kept_with_its_comment_and_version(alice: User) -> None:
    document = a_text(owner=alice)
    decide(document, ReviewStatus.APPROVED, user=alice, comment="Read it all.")
    review = document.reviews.get()
    assert (review.before, review.after, review.reviewer) == ("pending", "approved", alice)
    assert review.version_id == document.current_version_id
    assert decide(document, ReviewStatus.APPROVED, user=alice) is None
    assert decide(document, ReviewStatus.APPROVED, user=alice, comment="Still true.")
    assert document.reviews.count() == 2


def test_only_the_owner_and_staff_decide(alice: User, bob: User, staff: User) -> None:
    document = a_text(owner=alice, title="Key policy")
    with pytest.raises(ReviewRefused, match="belongs to alice"):
        decide(document, ReviewStatus.APPROVED, user=bob)
    with pytest.raises(ReviewRefused, match="an administrator"):
        decide(a_text(), ReviewStatus.APPROVED, user=bob)
    assert decide(document, ReviewStatus.REJECTED, user=staff)
    with pytest.raises(ReviewRefused, match="no such"):
        decide(document, "processing", user=alice)


def test_a_colleague_sees_the_state_but_no_form(alice: User, bob: User) -> None:
    document = a_text(owner=alice)
    page = signed_in(bob).get(document.get_absolute_url()).content.decode()
    assert "alice decides about it" in page
    assert url("document_review", document.pk) not in page
    for name in ("document_review", "document_describe", "document_delete", "document_upload"):
        assert signed_in(bob).post(url(name, document.pk)).status_code == 403


# -- what reading does to a decision ---------------------------------------------------------------
@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_a_new_upload_asks_for_review_again_and_says_so(status: str, alice: User) -> None:
    document = a_text(owner=alice, review_status=status)
    version = add_text_unread(document)
    reviewing.begin_processing(document.pk)
    document.refresh_from_db()
    assert document.review_status == status, "the old version serves while the new one is read"
    reviewing.after_reading(version)
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.PENDING
    assert "Version 2" in document.reviews.get().comment


def test_reading_the_same_version_again_loses_no_approval(alice: User) -> None:
    document = a_text(owner=alice, review_status="approved")
    assert document.current_version is not None
    reviewing.after_reading(document.current_version)
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.APPROVED
    assert not document.reviews.exists()


def test_what_a_source_brings_keeps_its_approval() -> None:
    source = DocumentationSource.objects.create(name="Site", kind="website", location="https://x")
    document = a_text(source=source, source_key="/a", review_status="approved")
    reviewing.after_reading(add_text_unread(document))
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.APPROVED


def test_an_archived_document_stays_archived_with_a_new_version(alice: User) -> None:
    document = a_text(owner=alice, review_status="archived")
    reviewing.after_reading(add_text_unread(document))
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.ARCHIVED


def test_a_decision_taken_while_it_is_read_is_not_undone(alice: User) -> None:
    document = a_text(owner=alice)
    reviewing.begin_processing(document.pk)
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.PROCESSING
    decide(document, ReviewStatus.APPROVED, user=alice)
    reviewing.end_processing(document.pk)
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.APPROVED
    assert document.reviews.get().before == ReviewStatus.PENDING


def add_text_unread(document: Document) -> Any:
    current = document.current_version
    version = add_text(document, text_of(77), number=2)
    Document.objects.filter(pk=document.pk).update(current_version=current)
    return version


# -- owner, date, collections, tags ---------------------------------------------------------------
def described(user: User, document: Document, given: dict[str, Any]) -> Any:
    """The answer to saving details on a page that was opened just now."""
    seen = {"seen": digest_of_state(known_about(document))}
    return signed_in(user).post(url("document_describe", document.pk), seen | given)


def test_owner_date_collections_and_tags_are_set_on_the_page(alice: User, bob: User) -> None:
    document, group = a_text(owner=alice), Collection.objects.create(name="Security")
    tag = Tag.objects.create(name="Encryption")
    given = {
        "owner": bob.pk,
        "review_due": "2027-01-31",
        "collections": [group.pk],
        "tags": [tag.pk],
    }
    described(alice, document, given)
    document.refresh_from_db()
    assert (document.owner, document.review_due) == (bob, date(2027, 1, 31))
    assert list(document.collections.all()) == [group]
    assert list(document.tags.all()) == [tag]


def test_a_collection_that_one_cannot_see_is_not_taken_off(alice: User) -> None:
    document = a_text(owner=alice)
    legal = Collection.objects.create(name="Legal", is_restricted=True)
    document.collections.add(legal)
    page = signed_in(alice).get(document.get_absolute_url()).content.decode()
    assert "Legal" not in page
    described(alice, document, {"owner": alice.pk})
    assert list(document.collections.all()) == [legal]


def test_details_saved_upon_an_older_state_are_shown_again_and_change_nothing(alice: User) -> None:
    document, group = a_text(owner=alice), Collection.objects.create(name="Security")
    two_tabs = {"seen": digest_of_state(known_about(document)), "owner": alice.pk}
    first = {"review_due": "2027-01-31", "collections": [group.pk]}
    assert described(alice, document, two_tabs | first).status_code == 303
    again = described(alice, document, two_tabs | {"review_due": "2028-02-29"})
    document.refresh_from_db()
    assert (document.review_due, document.collections.count()) == (date(2027, 1, 31), 1)
    assert again.status_code == 409
    assert 'value="2028-02-29"' in again.content.decode()
    answer = described(alice, document, {"owner": alice.pk, "review_due": "2028-02-29"})
    document.refresh_from_db()
    assert (answer.status_code, document.review_due) == (303, date(2028, 2, 29))


def test_a_date_that_is_none_is_refused_beside_what_was_typed(alice: User) -> None:
    document = a_text(owner=alice)
    answer = described(alice, document, {"owner": alice.pk, "review_due": "31 February"})
    assert answer.status_code == 422 and "31 February" in answer.content.decode()


def test_the_date_of_the_next_review_can_be_set_with_the_decision(alice: User) -> None:
    document = a_text(owner=alice)
    given = {"review_status": "approved", "again": "6"}
    signed_in(alice).post(url("document_review", document.pk), given)
    document.refresh_from_db()
    assert document.review_due == months_from(timezone.localdate(), 6)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [(date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2026, 12, 15), 12, date(2027, 12, 15)),
     (date(2027, 11, 30), 3, date(2028, 2, 29))],
)  # fmt: skip
def test_months_later_is_the_same_day_or_the_last_of_the_month(
    day: date, months: int, later: date
) -> None:
    assert months_from(day, months) == later


# -- what is due -----------------------------------------------------------------------------------
def test_the_page_lists_what_is_overdue_or_due_soon_for_its_reader(
    alice: User, bob: User, staff: User
) -> None:
    today = timezone.localdate()
    a_text(owner=alice, title="Late paper", review_due=today - timedelta(days=3))
    a_text(owner=alice, title="Soon paper", review_due=today + timedelta(days=10))
    a_text(title="Nobody’s paper", review_due=today - timedelta(days=1))
    a_text(
        owner=alice,
        title="Old paper",
        review_due=today - timedelta(days=9),
        review_status="archived",
    )
    seen = page_of(signed_in(alice), "reviews")
    assert "Late paper" in seen and "overdue by 3 days" in seen
    assert "Soon paper" not in seen and "Old paper" not in seen and "Nobody’s" not in seen
    assert "Soon paper" in page_of(signed_in(alice), "reviews", "?show=soon")
    assert "Late paper" not in page_of(signed_in(bob), "reviews")
    assert "Late paper" in page_of(signed_in(bob), "reviews", "?whose=all")
    assert "Nobody’s paper" in page_of(signed_in(staff), "reviews")


def page_of(client: Client, name: str, query: str = "") -> str:
    return str(client.get(url(name) + query).content.decode())


# -- reminders -------------------------------------------------------------------------------------
def texts(user: User) -> list[str]:
    return list(
        Notification.objects.filter(user=user).order_by("pk").values_list("text", flat=True)
    )


def send(today: date) -> None:
    for reminder in reminding.all_reminders(today):
        reminding._send(reminder)


def test_the_owner_is_reminded_a_week_before_and_once_more_when_it_is_late(alice: User) -> None:
    document = a_text(owner=alice, title="Key policy", review_due=TODAY)
    send(TODAY - timedelta(days=8))
    assert texts(alice) == []
    for day in range(-7, 4):
        send(TODAY + timedelta(days=day))
    assert texts(alice) == [
        "“Key policy” is due for review on 20 May 2026.",
        "“Key policy” was due for review on 20 May 2026.",
    ]
    note = Notification.objects.filter(user=alice).first()
    assert note is not None and note.address() == document.get_absolute_url()


def test_another_date_is_another_reminder_and_what_is_out_of_use_is_none(alice: User) -> None:
    document = a_text(owner=alice, review_due=TODAY)
    a_text(owner=alice, review_due=TODAY, review_status="archived")
    send(TODAY)
    Document.objects.filter(pk=document.pk).update(review_due=TODAY + timedelta(days=200))
    send(TODAY + timedelta(days=195))
    assert len(texts(alice)) == 2


def test_staff_is_reminded_of_what_is_nobodys(alice: User, staff: User) -> None:
    alice.is_active = False
    alice.save()
    a_text(owner=alice, review_due=TODAY, title="Left behind")
    a_text(review_due=TODAY, title="Without owner")
    send(TODAY)
    assert len(texts(staff)) == 2
    assert texts(alice) == []


def test_many_documents_of_one_date_are_one_reminder(alice: User) -> None:
    for _ in range(reminding.SINGLY + 1):
        a_text(owner=alice, review_due=TODAY)
    send(TODAY)
    send(TODAY)
    assert texts(alice) == ["6 documents: each is due for review on 20 May 2026."]


def test_a_reminder_is_mailed_to_who_wants_mail(
    alice: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_CONFIGURED = True
    alice.email = "alice@example.com"
    alice.save()
    EventChoice.objects.create(user=alice, event=Event.DOCUMENT_DUE, by_email=True)
    document = a_text(owner=alice, review_due=TODAY)
    with django_capture_on_commit_callbacks(execute=True):
        send(TODAY)
        send(TODAY)
    assert len(mail.outbox) == 1
    assert document.get_absolute_url() in mail.outbox[0].body


def test_the_daily_task_reminds_and_its_notifications_have_a_page(alice: User) -> None:
    a_text(owner=alice, title="Key policy", review_due=timezone.localdate())
    result = remind_reviews.apply().get()
    assert result["success"] and result["reminders"] == 1
    page = signed_in(alice).get(reverse("jobs:notifications")).content.decode()
    assert "Key policy" in page


def test_the_task_is_scheduled_daily() -> None:
    from django_celery_beat.models import PeriodicTask

    found = PeriodicTask.objects.get(task="solution_library.remind_reviews")
    assert found.enabled and found.crontab.day_of_month == "*"


# -- many at once ----------------------------------------------------------------------------------
def bulk(client: Client, **given: Any) -> str:
    client.post(url("documents_bulk"), given)
    return page_of(client, "documents")


def test_what_is_done_to_many_is_counted_with_what_is_not(alice: User, bob: User) -> None:
    mine = [a_text(owner=alice) for _ in range(3)]
    decide(mine[0], ReviewStatus.APPROVED, user=alice)
    theirs = a_text(owner=bob, title="Bob’s paper")
    ids = [d.pk for d in (*mine, theirs)]
    page = bulk(signed_in(alice), action="approved", ids=ids, comment="All read.")
    assert "2 documents approved. 1 needed no change." in page
    assert "“Bob’s paper”: only the owner" in page
    assert Document.objects.filter(review_status="approved").count() == 3
    assert DocumentReview.objects.filter(comment="All read.").count() == 2


def test_owner_date_collection_and_tag_are_set_for_many(alice: User, bob: User) -> None:
    ids = [a_text(owner=alice).pk for _ in range(2)]
    group, tag = Collection.objects.create(name="Security"), Tag.objects.create(name="Keys")
    client = signed_in(alice)
    assert "put into the collection" in bulk(
        client, action="collection", ids=ids, collection=group.pk
    )
    assert "given the tag" in bulk(client, action="tag", ids=ids, tag=tag.pk)
    assert "taken out" in bulk(client, action="uncollect", ids=ids[:1], collection=group.pk)
    assert "freed of" in bulk(client, action="untag", ids=ids[:1], tag=tag.pk)
    assert (group.documents.count(), tag.documents.count()) == (1, 1)
    bulk(client, action="due", ids=ids, due="2027-02-03")
    assert Document.objects.filter(review_due=date(2027, 2, 3)).count() == 2
    bulk(client, action="owner", ids=ids, owner=bob.pk)
    assert Document.objects.filter(owner=bob).count() == 2


def test_a_button_without_its_value_changes_nothing_and_says_what_is_missing(alice: User) -> None:
    document = a_text(owner=alice, review_due=date(2027, 2, 3))
    page = bulk(signed_in(alice), action="due", ids=[document.pk], due="")
    assert "Choose the date first; nothing was changed." in page
    document.refresh_from_db()
    assert document.review_due == date(2027, 2, 3)


def test_it_is_not_called_a_success_when_nothing_was_changed(alice: User, bob: User) -> None:
    document = a_text(owner=bob)
    page = bulk(signed_in(alice), action="approved", ids=[document.pk])
    assert "Nothing was changed." in page and "0 documents" not in page


def test_all_that_fit_the_filters_are_meant_when_that_is_ticked(alice: User) -> None:
    for title in ("Crypto one", "Crypto two", "Payroll"):
        a_text(owner=alice, title=title)
    page = bulk(signed_in(alice), action="archived", all="1", query="q=crypto")
    assert "2 documents archived." in page
    assert Document.objects.get(title="Payroll").review_status == "pending"


@pytest.mark.parametrize(
    ("given", "said"),
    [({"action": "approved"}, "Tick the documents first"),
     ({"action": "nonsense", "ids": "1"}, "Select a valid choice"),
     ({"action": "owner", "ids": "1"}, "Choose the owner first"),
     ({"action": "tag", "ids": ["x", "9" * 30, "1"], "tag": "99"}, "Select a valid choice")],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_changes(
    given: dict[str, Any], said: str, alice: User
) -> None:
    assert said in bulk(signed_in(alice), **given)


def test_many_are_removed_except_those_of_others(alice: User, bob: User) -> None:
    mine, theirs = a_text(owner=alice), a_text(owner=bob)
    page = bulk(signed_in(alice), action="remove", ids=[mine.pk, theirs.pk])
    assert "1 document removed." in page
    assert list(Document.objects.all()) == [theirs]
