"""Tells people how their jobs ended: once per event, as they chose, by e-mail if they like."""

import logging
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import JobFailed
from jobs.models import Job, Notification, NotificationChoice, Status
from jobs.models.records import REMINDER
from jobs.plain import plain_text

logger = logging.getLogger(__name__)
WORDS = {
    Status.COMPLETED: "is finished",
    Status.FAILED: "has failed",
    Status.CANCELLED: "was cancelled",
}


def notify(job: Job, status: Status) -> None:
    """Write the notification of a job's end, in the transaction that ends it."""
    if job.started_by is None:
        return
    choice = choice_of(job.started_by.pk)
    if not choice.wants(trouble=status == Status.FAILED or job.failed_items > 0):
        return
    note, new = Notification.objects.get_or_create(
        job_id=job.pk,
        event=status.value,
        defaults={"user": job.started_by, "text": sentence(job, status)},
    )
    if new:
        _mail_if_wished(note, choice)


def remind(user: Any, *, topic: str, text: str, url: str) -> bool:
    """Remind a person of a topic, once: False if they have been reminded of it before. Who wants
    to hear of no jobs, or only of trouble, is still told what they have to do themselves."""
    with transaction.atomic():
        note, new = Notification.objects.get_or_create(
            user=user, topic=topic[:200],
            defaults={"event": REMINDER, "text": plain_text(text, 300), "url": url[:1000]},
        )  # fmt: skip
        if new:
            _mail_if_wished(note, choice_of(user.pk))
    return new


def _mail_if_wished(note: Notification, choice: NotificationChoice) -> None:
    if choice.by_email and can_email() and note.user.email:
        mail = Job(title=plain_text(f"E-mail to {note.user.get_username()}", 200))
        enqueue("jobs.email_notification", job=mail, overrides={"notification_id": note.pk})


def choice_of(user_id: int) -> NotificationChoice:
    """What this person chose, or the default for who has chosen nothing."""
    found = NotificationChoice.objects.filter(user_id=user_id).first()
    return found or NotificationChoice(user_id=user_id)


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
