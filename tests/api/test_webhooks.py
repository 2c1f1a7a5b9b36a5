"""Webhooks: told once the thing has happened, signed, retried, and never a way into our network."""

import json
import re
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from api.models import PING, Webhook, WebhookDelivery
from api.tasks import deliver_webhook
from api.webhooks import events, managing
from api.webhooks.errors import WebhookRefused
from api.webhooks.managing import Wish
from jobs import retrying, transitions
from jobs.models import Job, Notification, Status
from rfp_manager.models import RFPBatchJob
from scripts.verify_webhook import NotGenuine, verify
from tests.api.api_world import Program
from tests.jobs.engine import queued
from tests.rfp_manager.view_world import make_rfp
from tests.solution_library.local_site import Site, serve

pytestmark = pytest.mark.django_db
ALL_EVENTS = ("job.completed", "job.failed", "job.cancelled", "rfp.exported")
Reply = Callable[[Any], None]


def webhook(owner: Any, receiver: Site, **more: Any) -> tuple[Webhook, str]:
    wish = Wish("Tickets", f"{receiver.base}/hook", more.pop("events", ALL_EVENTS), **more)
    return managing.make(owner, wish)


def messages() -> list[WebhookDelivery]:
    return list(WebhookDelivery.objects.order_by("pk"))


def sent(delivery: WebhookDelivery) -> WebhookDelivery:
    """As a worker does it, once."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(run_after=None)
    deliver_webhook.apply(kwargs=delivery.kwargs, task_id=delivery.celery_task_id)
    return WebhookDelivery.objects.get(pk=delivery.pk)


def recording(bodies: list[bytes], status: int = 204) -> Reply:
    def reply(handler: Any) -> None:
        bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return reply


# -- what is told ----------------------------------------------------------------------------
def test_the_end_of_a_job_and_its_message_are_one_transaction(alice: Any, receiver: Site) -> None:
    webhook(alice, receiver)
    job = queued(started_by=alice)
    with pytest.raises(RuntimeError), transaction.atomic():
        transitions.request_cancel(job)
        assert len(messages()) == 1
        raise RuntimeError("rolled back")
    assert messages() == []
    transitions.request_cancel(job)
    [message] = messages()
    assert (message.event, message.payload["job"]["id"]) == ("job.cancelled", job.pk)


def test_a_message_holds_ids_and_states_and_no_text(alice: Any, receiver: Site) -> None:
    webhook(alice, receiver)
    rfp = make_rfp(alice, name="Zanzibar")
    job = RFPBatchJob(rfp=rfp, job_type="responder", started_by=alice, title="Zanzibar")
    job.task_name, job.last_error = "jobs.canary", "Zanzibar"
    job.save()
    transitions.request_cancel(job)
    [message] = messages()
    assert message.payload["rfp"] == {"id": rfp.pk}
    assert "zanzibar" not in json.dumps(message.payload).lower()


def test_only_what_was_asked_for_and_may_be_seen_is_told(
    alice: Any, bob: Any, receiver: Site
) -> None:
    webhook(alice, receiver, events=("job.failed",))
    webhook(alice, receiver, kinds=("rfp_manager.ExportJob",))
    mine, _ = webhook(alice, receiver)
    others, _ = webhook(bob, receiver, others_too=True)
    transitions.request_cancel(queued(started_by=alice))
    assert [m.webhook_id for m in messages()] == [mine.pk]
    bob.is_staff = True
    bob.save()
    transitions.request_cancel(queued(started_by=alice, title="second"))
    assert {m.webhook_id for m in messages()[1:]} == {mine.pk, others.pk}


def test_who_may_not_sign_in_or_see_any_more_is_told_nothing(
    alice: Any, bob: Any, receiver: Site
) -> None:
    webhook(bob, receiver)
    rfp = make_rfp(alice)
    job = RFPBatchJob(rfp=rfp, job_type="responder", started_by=bob, task_name="jobs.canary")
    job.save()
    transitions.request_cancel(job)
    assert messages() == [], "bob started it, and is no member any more"
    bob.is_active = False
    bob.save()
    transitions.request_cancel(queued(started_by=bob))
    assert messages() == []


def test_a_message_about_a_message_is_never_made(alice: Any, receiver: Site) -> None:
    hook, _ = webhook(alice, receiver, others_too=True)
    alice.is_staff = True
    alice.save()
    assert sent(events.ping(hook)).status == "completed"
    assert len(messages()) == 1 and not Notification.objects.exists()


# -- how it is brought -----------------------------------------------------------------------
def test_a_message_is_signed_and_can_be_verified(alice: Any, receiver: Site) -> None:
    hook, secret = webhook(alice, receiver)
    bodies: list[bytes] = []
    receiver.routes["/hook"] = recording(bodies)
    message = sent(events.ping(hook))
    header = receiver.seen_headers[0]["spelunker-signature"]
    verify(secret, header, bodies[0])
    assert json.loads(bodies[0]) == message.payload
    assert receiver.seen_headers[0]["spelunker-delivery"] == message.payload["id"]
    for other, header_, body, now in (
        ("whs_other", header, bodies[0], None), (secret, header, bodies[0] + b" ", None),
        (secret, header, bodies[0], time.time() + 900), (secret, "v1=abc", bodies[0], None),
    ):  # fmt: skip
        with pytest.raises(NotGenuine):
            verify(other, header_, body, now)


def test_after_a_rotation_both_secrets_sign_for_a_day(alice: Any, receiver: Site) -> None:
    hook, old = webhook(alice, receiver)
    new = managing.rotate(hook, by=alice)
    assert hook.secrets() == [new, old]
    hook.rotated_at = timezone.now() - timedelta(hours=25)
    assert hook.secrets() == [new]


def test_the_secret_lies_encrypted(alice: Any, receiver: Site) -> None:
    _, secret = webhook(alice, receiver)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM api_webhook")
        assert secret not in cursor.fetchone()[0]


def hangs(handler: Any) -> None:
    time.sleep(0.6)


def breaks_off(handler: Any) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def says_much(handler: Any) -> None:
    handler.send_response(500)
    handler.send_header("Content-Length", str(10**9))
    handler.end_headers()
    handler.wfile.write(b"x" * 10_000)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ((500, {}, "x"), "answered 500"),
        ((404, {}, ""), "answered 404"),
        (hangs, "not complete|did not answer"),
        (breaks_off, "cannot be reached|broke off"),
        (says_much, "answered 500"),
        ((302, {"Location": "http://169.254.169.254/latest"}, ""), "redirects are not followed"),
    ],
    ids=["500", "404", "hangs", "breaks-off", "huge", "redirect"],
)
def test_a_message_that_is_not_taken_is_tried_again_later(
    alice: Any, receiver: Site, monkeypatch: Any, reply: Any, says: str
) -> None:
    monkeypatch.setattr("api.webhooks.sending.SECONDS", 0.3)
    hook, _ = webhook(alice, receiver)
    receiver.routes["/hook"] = reply
    transitions.request_cancel(queued(started_by=alice))
    message = sent(messages()[0])
    assert (message.status, message.retries, message.is_active) == ("processing", 1, True)
    hook.refresh_from_db()
    assert hook.failing_since is not None
    lines = " ".join(message.attempts.values_list("outcome", flat=True))
    assert re.search(says, lines), lines


def test_a_message_that_comes_through_in_the_end_was_always_the_same(
    alice: Any, receiver: Site
) -> None:
    hook, secret = webhook(alice, receiver)
    bodies: list[bytes] = []
    receiver.routes["/hook"] = recording(bodies, 503)
    transitions.request_cancel(queued(started_by=alice))
    sent(messages()[0])
    Webhook.objects.update(resting_until=None)
    receiver.routes["/hook"] = recording(bodies)
    message = sent(messages()[0])
    assert (message.status, message.response_status, bodies[0]) == ("completed", 204, bodies[1])
    hook.refresh_from_db()
    assert hook.failing_since is None


def test_tries_go_on_for_a_day_with_growing_pauses(settings: Any) -> None:
    from jobs.execution import retry_delay

    settings.CELERY_TASK_ALWAYS_EAGER = False
    pauses = [retry_delay(deliver_webhook, n) for n in range(deliver_webhook.max_retries)]
    assert pauses == sorted(pauses) and pauses[0] == 60 and max(pauses) == 4 * 3600
    assert 24 * 3600 <= sum(pauses) <= 25 * 3600


def test_a_receiver_that_hangs_is_left_alone_for_a_while(alice: Any, receiver: Site) -> None:
    webhook(alice, receiver)
    receiver.routes["/hook"] = (500, {"Retry-After": "120"}, "")
    for n in range(3):
        transitions.request_cancel(queued(started_by=alice, title=f"n{n}"))
    for message in messages():
        sent(message)
    assert len(receiver.asked) == 1, "the others wait without asking"
    until = Webhook.objects.get().resting_until
    assert until is not None and until > timezone.now() + timedelta(seconds=100)


def test_a_receiver_that_fails_for_days_is_switched_off_and_its_owner_told(
    alice: Any, receiver: Site
) -> None:
    hook, _ = webhook(alice, receiver)
    receiver.routes["/hook"] = (500, {}, "")
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=6))
    sent(events.ping(hook))
    hook.refresh_from_db()
    assert not hook.is_active and "5 days" in hook.off_reason
    assert Notification.objects.get(user=alice).url == hook.get_absolute_url()
    transitions.request_cancel(queued(started_by=alice))
    assert len(messages()) == 1
    managing.switch(hook, on=True, by=alice)
    assert hook.is_active and hook.failing_since is None


def test_a_message_can_be_sent_again_under_the_same_id(alice: Any, receiver: Site) -> None:
    hook, _ = webhook(alice, receiver)
    first = sent(events.ping(hook))
    again = sent(events.send_again(first))
    assert again.pk != first.pk and again.payload == first.payload
    headers = [seen["spelunker-delivery"] for seen in receiver.seen_headers]
    assert headers == [str(first.message_id)] * 2
    with pytest.raises(retrying.CannotRetry):
        events.send_again(events.send_again(first))


def test_a_webhook_that_is_removed_takes_what_is_on_its_way_along(
    alice: Any, receiver: Site
) -> None:
    hook, _ = webhook(alice, receiver)
    events.ping(hook)
    managing.remove(hook, by=alice)
    [message] = messages()
    assert (message.status, message.webhook_id) == ("cancelled", None)
    assert sent(message).status == "cancelled" and receiver.asked == []


# -- where it may go -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/",
        "https://10.0.0.1/", "ftp://example.com/", "https://u:p@example.com/", "javascript:x", "",
        "https://2130706433/", "https://[::ffff:127.0.0.1]/",
    ],
)  # fmt: skip
def test_an_address_inside_or_without_https_is_refused(alice: Any, url: str) -> None:
    with pytest.raises(WebhookRefused):
        managing.make(alice, Wish("x", url, ("job.failed",)))


def test_an_address_that_leads_inside_by_now_is_not_called(
    alice: Any, receiver: Site, settings: Any
) -> None:
    hook, _ = webhook(alice, receiver)
    settings.FETCH_ALLOWED_HOSTS = []
    Webhook.objects.update(url=f"https://127.0.0.1:{receiver.port}/hook")
    message = sent(events.ping(hook))
    assert message.status == "failed" and receiver.connections == 0
    assert "not on the public internet" in message.last_error


def test_a_redirect_is_not_followed(alice: Any, receiver: Site) -> None:
    hook, _ = webhook(alice, receiver)
    with serve() as other:
        receiver.routes["/hook"] = (307, {"Location": f"{other.base}/steal"}, "")
        sent(events.ping(hook))
        assert other.connections == 0


@pytest.mark.parametrize(
    "wish",
    [
        Wish("", "https://example.com/", ("job.failed",)),
        Wish("x", "https://example.com/", ()),
        Wish("x", "https://example.com/", ("job.exploded",)),
        Wish("x", "https://example.com/", ("job.failed",), ("no.Kind",)),
        Wish("x", "https://example.com/" + "x" * 3000, ("job.failed",)),
    ],
    ids=["no-name", "no-event", "unknown-event", "unknown-kind", "long"],
)
def test_a_webhook_that_makes_no_sense_is_refused_with_a_sentence(alice: Any, wish: Wish) -> None:
    with pytest.raises(WebhookRefused, match=r"\.$"):
        managing.make(alice, wish)


def test_a_listener_that_fails_keeps_no_job_from_ending(
    alice: Any, receiver: Site, monkeypatch: Any
) -> None:
    hook, _ = webhook(alice, receiver)
    Webhook.objects.update(events="not a list of any kind", kinds=5)
    job = queued(started_by=alice)
    transitions.request_cancel(job)
    assert Job.objects.get(pk=job.pk).status == Status.CANCELLED


def test_a_programs_webhook_tells_its_secret_once(ana: Program, receiver: Site) -> None:
    given = {"name": "CI", "url": f"{receiver.base}/hook", "events": ["job.failed"]}
    made = ana.post("/webhooks", given).json()
    place = f"/webhooks/{made['webhook']['id']}"
    assert made["secret"].startswith("whs_")
    assert (
        made["secret"]
        not in ana.get(place).content.decode() + ana.get("/webhooks").content.decode()
    )
    assert ana.ask("PATCH", place, {"name": "CI 2", "is_active": False}).json()["name"] == "CI 2"
    assert ana.post(f"{place}/ping").json()["event"] == PING
    assert ana.get(f"{place}/deliveries").json()["items"][0]["status"] == "pending"
