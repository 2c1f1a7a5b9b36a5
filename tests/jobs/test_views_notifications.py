"""What a person is told about their jobs, and what they choose to be told."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.test import Client
from django.urls import reverse

from jobs.models import (
    GROUPS,
    Event,
    EventChoice,
    Job,
    Notification,
    NotificationChoice,
    Status,
)
from jobs.notifying import remind
from jobs.transitions import finish_unclaimed
from tests.jobs.page_world import running, signed_in, text

pytestmark = pytest.mark.django_db


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


def boxes(*ticked: str) -> dict[str, str]:
    """The form with all boxes of the app ticked, but those named with a minus, and those named."""
    wished = {f"{event}-in_app" for event in Event} | {name for name in ticked if name[0] != "-"}
    return dict.fromkeys(wished - {name[1:] for name in ticked}, "on")


def chosen(person: Any, event: Event) -> tuple[bool, bool]:
    own = EventChoice.objects.get(user=person, event=event)
    return own.in_app, own.by_email


def with_address(person: Any, settings: Any) -> None:
    settings.EMAIL_CONFIGURED = True
    person.email = "alice@example.com"
    person.save()


def test_who_has_chosen_nothing_is_told_everything_but_not_by_email(
    pages: Client, alice: Any, settings: Any
) -> None:
    with_address(alice, settings)
    form = pages.get(choices_url()).context["form"]
    assert {box.html_name for box in form if box.value()} == {f"{event}-in_app" for event in Event}
    assert not form.no_email


@pytest.mark.contract("D3")
def test_a_choice_is_kept_and_holds_for_the_next_job(pages: Client, alice: Any, job: Job) -> None:
    for _ in range(2):
        assert pages.post(choices_url(), boxes("-cancelled-in_app")).status_code == 303
    assert EventChoice.objects.filter(user=alice).count() == len(Event)
    finish_unclaimed(job, Status.CANCELLED)
    assert Notification.objects.count() == 0
    finish_unclaimed(running(alice), Status.FAILED, error="no")
    assert Notification.objects.get().event == "failed"


def test_one_event_is_mailed_and_another_is_not(
    pages: Client, alice: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with_address(alice, settings)
    assert "alice@example.com" in text(pages.get(choices_url()))
    pages.post(choices_url(), boxes("mentioned-by_email", "-mentioned-in_app"))
    with django_capture_on_commit_callbacks(execute=True):
        assert remind(alice, event=Event.MENTIONED, topic="a", text="Mail me", url="/a/")
        assert not remind(alice, event=Event.MENTIONED, topic="a", text="Mail me", url="/a/")
        assert remind(alice, event=Event.ASSIGNED, topic="b", text="Show me", url="/b/")
    assert ["Mail me" in one.body for one in mail.outbox] == [True]
    page = text(pages.get(reverse("jobs:notifications")))
    assert "1 unread" in page and "Show me" in page and "Mail me" not in page


def test_who_wants_an_event_on_no_channel_is_not_told_and_may_want_it_later(
    pages: Client, alice: Any
) -> None:
    pages.post(choices_url(), boxes("-due-in_app"))
    told: dict[str, Any] = {"event": Event.DUE, "topic": "due", "text": "Due", "url": "/"}
    assert not remind(alice, **told)
    pages.post(choices_url(), boxes())
    assert remind(alice, **told)


def test_what_was_to_be_mailed_where_no_mail_can_be_sent_is_told_in_the_app(alice: Any) -> None:
    EventChoice.objects.create(user=alice, event=Event.DUE, in_app=False, by_email=True)
    assert remind(alice, event=Event.DUE, topic="due", text="Due", url="/")
    assert Notification.objects.for_user(alice).unread().count() == 1


def test_where_no_email_can_be_sent_the_page_says_why_and_takes_no_such_wish(
    pages: Client, alice: Any, settings: Any
) -> None:
    settings.EMAIL_CONFIGURED = False
    assert "not been told how to send e-mail" in text(pages.get(choices_url()))
    pages.post(choices_url(), boxes("failed-by_email"))
    settings.EMAIL_CONFIGURED = True
    assert "no e-mail address" in text(pages.get(choices_url()))
    pages.post(choices_url(), boxes("failed-by_email"))
    assert chosen(alice, Event.FAILED) == (True, False)


def test_every_event_stands_on_the_page_once() -> None:
    assert sorted(event for group in GROUPS.values() for event in group) == sorted(Event)


def test_what_was_chosen_for_all_jobs_is_taken_over(alice: Any, bob: Any, charlie: Any) -> None:
    take_over = import_module("jobs.migrations.0009_take_over_choices").take_over
    for person, when in ((alice, "failure"), (bob, "never"), (charlie, "always")):
        NotificationChoice.objects.create(user=person, when=when, by_email=person != charlie)
    take_over(apps, None)
    assert chosen(alice, Event.FINISHED) == (False, False)
    assert chosen(alice, Event.FAILED) == (True, True)
    assert chosen(bob, Event.FAILED) == (False, False)
    assert chosen(bob, Event.MENTIONED) == (True, True)
    assert not EventChoice.objects.filter(user=charlie).exists()


def test_the_way_to_the_choices_is_beside_the_bells_list(pages: Client) -> None:
    assert choices_url() in text(pages.get(reverse("jobs:notifications")))
