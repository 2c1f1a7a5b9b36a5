"""What programs are told of by us, and what they have asked for already."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from llm_manager.fields import EncryptedField

LONGEST_URL = 2000
#: For so long after a rotation the old secret signs too.
OLD_SECRET_SIGNS = timedelta(hours=24)


class IdempotentCall(models.Model):
    """A request with an Idempotency-Key that was done, and what it was answered."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="of the request")
    scope = models.CharField(max_length=50, blank=True, help_text="what the request needed")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="api_idempotency_key_once")
        ]
        indexes = [models.Index(fields=["user", "at"], name="api_calls_by_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"


class Event(models.TextChoices):
    JOB_COMPLETED = "job.completed", "A job has completed"
    JOB_FAILED = "job.failed", "A job has failed"
    JOB_CANCELLED = "job.cancelled", "A job was cancelled"
    RFP_EXPORTED = "rfp.exported", "An export of an RFP is ready"


#: What a person sends to try their receiver; it cannot be chosen.
PING = "ping"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def for_user(self, user: Any) -> "WebhookQuerySet":
        """A webhook is its owner's alone: it tells what they may see."""
        return self.filter(owner=user)


class Webhook(models.Model):
    """An address of somebody's program that is told of events. What it is told, its owner could
    see: nothing is sent while they could not."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=LONGEST_URL)
    events = models.JSONField(default=list, help_text="names of events")
    kinds = models.JSONField(default=list, blank=True, help_text="kinds of jobs; none means all")
    others_too = models.BooleanField(
        default=False, help_text="also jobs that others started and the owner may see"
    )
    secret = EncryptedField()
    old_secret = EncryptedField(blank=True, default="")
    rotated_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=300, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    resting_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("webhooks:detail", args=[self.pk])

    def secrets(self) -> list[str]:
        """The secrets that sign now, the newest first."""
        found = [self.secret]
        if self.rotated_at and self.rotated_at > timezone.now() - OLD_SECRET_SIGNS:
            found.append(self.old_secret)
        return [secret.reveal() for secret in found if secret]


class WebhookDelivery(Job):
    """One message to one webhook, and the job that brings it there. It is written in the
    transaction of the event that it tells of. A message that is sent again by hand is a new job
    with the same `message_id`."""

    webhook = models.ForeignKey(
        Webhook, models.SET_NULL, null=True, blank=True, related_name="deliveries"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    message_id = models.UUIDField(default=uuid4, db_index=True)
    event = models.CharField(max_length=30)
    payload = models.JSONField(default=dict)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)

    item_word: ClassVar[str] = "messages"
    outcome_columns: ClassVar[tuple[str, ...]] = ("response_status", "tried_at")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(event__in=[PING, *Event.values]), name="api_known_event"
            )
        ]

    def task_kwargs(self) -> dict[str, Any]:
        return {"webhook_id": self.webhook_id, "job_id": self.pk}

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.payload:
            self.payload = self.about({"webhook": {"id": self.webhook_id}})
        super().save(*args, **kwargs)

    def about(self, what: dict[str, Any]) -> dict[str, Any]:
        """The message: what every one holds, and `what` this one tells of."""
        made = timezone.now().isoformat(timespec="seconds")
        return {"id": str(self.message_id), "event": str(self.event), "created_at": made, **what}

    def may_be_seen_by(self, user: Any) -> bool:
        return super().may_be_seen_by(user) or (user.pk is not None and self.owner_id == user.pk)

    def subject_url(self) -> str:
        return self.webhook.get_absolute_url() if self.webhook else self.get_absolute_url()
