"""Tells people of what concerns them: once per event, in the app or by e-mail, as they chose."""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import JobFailed
from jobs.models import Event, EventChoice, Job, Notification, Status
from jobs.models.job import is_shared_kind
from jobs.models.records import REMINDER
from jobs.plain import plain_text

logger = logging.getLogger(__name__)
WORDS = {
    Status.COMPLETED: "is finished",
    Status.FAILED: "has failed",
    Status.CANCELLED: "was cancelled",
}


@dataclass(frozen=True)
class Channels:
    """The ways on which a person is told of one event."""

    in_app: bool
    by_email: bool

    @property
    def any(self) -> bool:
        return self.in_app or self.by_email

    def columns(self) -> dict[str, Any]:
        """What goes out by e-mail only is never unread in the app."""
        return {"in_app": self.in_app, "read_at": None if self.in_app else timezone.now()}


def notify(job: Job, status: Status) -> None:
    """Write the notification of a job's end, in the transaction that ends it."""
    if job.started_by is None or _is_closed_to(job.started_by, job):
        return
    channels = channels_for(job.started_by, event_of(job, status))
    if not channels.any:
        return
    note, new = Notification.objects.get_or_create(
        job_id=job.pk,
        event=status.value,
        defaults={"user": job.started_by, "text": sentence(job, status)} | channels.columns(),
    )
    if new:
        _mail_if_wished(note, channels)


def _is_closed_to(person: Any, job: Job) -> bool:
    """Work on something that is not shared any more with who started it."""
    if not is_shared_kind(job.kind):
        return False
    return not Job.objects.for_user(person).filter(pk=job.pk).exists()


def event_of(job: Job, status: Status) -> Event:
    if status == Status.FAILED or job.failed_items > 0:
        return Event.FAILED
    return Event.FINISHED if status == Status.COMPLETED else Event.CANCELLED


def remind(user: Any, *, event: Event, topic: str, text: str, url: str) -> bool:
    """Tell a person of a topic, once: False if they were told before, or do not want to be."""
    channels = channels_for(user, event)
    if not channels.any:
        return False
    told = {"event": REMINDER, "text": plain_text(text, 300), "url": url[:1000]}
    with transaction.atomic():
        note, new = Notification.objects.get_or_create(
            user=user, topic=topic[:200], defaults=told | channels.columns()
        )
        if new:
            _mail_if_wished(note, channels)
    return new


def channels_for(user: Any, event: Event) -> Channels:
    """As they chose. Who wants e-mail only, where none can be sent, is told in the app: nothing
    that somebody wants to hear is lost."""
    chosen = EventChoice.objects.filter(user=user.pk, event=event).first() or EventChoice()
    mailed = chosen.by_email and can_email() and bool(user.email)
    return Channels(chosen.in_app or (chosen.by_email and not mailed), mailed)


def _mail_if_wished(note: Notification, channels: Channels) -> None:
    if channels.by_email:
        mail = Job(title=plain_text(f"E-mail to {note.user.get_username()}", 200))
        enqueue("jobs.email_notification", job=mail, overrides={"notification_id": note.pk})


def can_email() -> bool:
    """Whether this installation has been told how to send e-mail."""
    return bool(settings.EMAIL_CONFIGURED)


def sentence(job: Job, status: Status) -> str:
    text = f"{job.title or job.task_name} {WORDS[status]}"
    if job.failed_items and status == Status.COMPLETED:
        text += f"; {job.failed_items} of {job.total_items} {job.item_word} failed"
    elif job.last_error:
        text += f": {job.last_error}"
    return text[:300]


def email(notification_id: int) -> dict[str, object]:
    """Send one notification by e-mail. Sent before it is noted as sent: a crash in between sends
    it twice and never not at all. Raises JobFailed if there is nobody to send it to."""
    note = Notification.objects.select_related("user", "job").filter(pk=notification_id).first()
    if note is None or not note.user.email or not note.user.is_active:
        raise JobFailed("There is nobody to send this to any more.")
    if note.emailed_at is None:
        _send(note)
        with transaction.atomic():
            Notification.objects.filter(pk=note.pk).update(emailed_at=timezone.now())
    return {"notification_id": note.pk}


def _send(note: Notification) -> None:
    address = settings.SITE_URL.rstrip("/") + note.address()
    subject = " ".join(f"Spelunker: {note.text}".split())[:150]
    send_mail(subject, f"{note.text}\n\n{address}\n", None, [note.user.email])
