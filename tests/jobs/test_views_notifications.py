"""What a person is told about their jobs, and what they choose to be told."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Job, Notification, NotificationChoice, Status
from jobs.transitions import finish_unclaimed
from tests.jobs.page_world import running, signed_in, text

pytestmark = pytest.mark.django_db
CHOICES = {"when": "failure"}


@pytest.fixture
def pages(alice: Any) -> Client:
    return signed_in(alice)


@pytest.fixture
def stranger(charlie: Any) -> Client:
    return signed_in(charlie)


@pytest.fixture
def job(alice: Any) -> Job:
    return running(alice)


@pytest.fixture
def note(job: Job, alice: Any) -> Notification:
    return Notification.objects.create(user=alice, job=job, event="completed", text="It is done")


def test_notifications_are_read_one_by_one_or_all_at_once(
    note: Notification, pages: Client
) -> None:
    url = reverse("jobs:notifications")
    assert "1 unread" in text(pages.get(url))
    assert pages.post(url, {"notification": str(note.pk)}).status_code == 303
    assert "Everything is read" in text(pages.get(url))
    Notification.objects.update(read_at=None)
    pages.post(url)
    assert Notification.objects.unread().count() == 0


def test_nobody_marks_the_notifications_of_somebody_else(
    note: Notification, stranger: Client
) -> None:
    stranger.post(reverse("jobs:notifications"), {"notification": str(note.pk)})
    note.refresh_from_db()
    assert note.read_at is None


def test_a_strange_number_marks_nothing_as_read(note: Notification, pages: Client) -> None:
    for number in ("x", "9" * 40, "²"):
        pages.post(reverse("jobs:notifications"), {"notification": number})
    assert Notification.objects.unread().count() == 1


# -- choices -------------------------------------------------------------------------------
def choices_url() -> str:
    return reverse("jobs:notification_choices")


def choice(person: Any) -> tuple[str, bool]:
    own = NotificationChoice.objects.get(user=person)
    return own.when, own.by_email


def test_who_has_chosen_nothing_is_told_everything_but_not_by_email(pages: Client) -> None:
    page = text(pages.get(choices_url()))
    assert 'value="always"' in page.split("checked")[0].rsplit("<input", 1)[1]


@pytest.mark.contract("D3")
def test_a_choice_is_kept_and_holds_for_the_next_job(pages: Client, alice: Any, job: Job) -> None:
    assert pages.post(choices_url(), CHOICES).status_code == 303
    pages.post(choices_url(), CHOICES)
    assert choice(alice) == ("failure", False)
    finish_unclaimed(job, Status.CANCELLED)
    assert Notification.objects.count() == 0
    finish_unclaimed(running(alice), Status.FAILED, error="no")
    assert Notification.objects.get().event == "failed"


def test_where_no_email_can_be_sent_the_page_says_why_and_takes_no_such_wish(
    pages: Client, alice: Any, settings: Any
) -> None:
    settings.EMAIL_CONFIGURED = False
    assert "not been told how to send e-mail" in text(pages.get(choices_url()))
    pages.post(choices_url(), CHOICES | {"by_email": "on"})
    settings.EMAIL_CONFIGURED = True
    assert "no e-mail address" in text(pages.get(choices_url()))
    pages.post(choices_url(), CHOICES | {"by_email": "on"})
    assert choice(alice) == ("failure", False)


def test_email_is_offered_with_the_address_it_goes_to(
    pages: Client, alice: Any, settings: Any
) -> None:
    settings.EMAIL_CONFIGURED = True
    alice.email = "alice@example.com"
    alice.save()
    assert "alice@example.com" in text(pages.get(choices_url()))
    pages.post(choices_url(), CHOICES | {"by_email": "on"})
    assert choice(alice) == ("failure", True)


def test_an_unknown_choice_is_refused_in_the_form(pages: Client) -> None:
    answer = pages.post(choices_url(), {"when": "sometimes"})
    assert answer.status_code == 422
    assert "not one of the available choices" in text(answer)
    assert NotificationChoice.objects.count() == 0


def test_the_way_to_the_choices_is_beside_the_bells_list(pages: Client) -> None:
    assert choices_url() in text(pages.get(reverse("jobs:notifications")))
