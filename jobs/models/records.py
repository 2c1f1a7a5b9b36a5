"""What belongs to a job: its items, attempts, log lines, result files and notifications."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jobs.models.job import FINAL, Job


class ItemState(models.TextChoices):
    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class JobItem(models.Model):
    """One unit of a batch and its checkpoint: done once, never done again."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="items")
    key = models.CharField(max_length=200)
    ordinal = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    received = models.JSONField(
        null=True, blank=True, help_text="the paid reply, kept until its effect is recorded"
    )
    result = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["ordinal", "id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="jobs_item_once_per_job"),
            models.CheckConstraint(
                condition=Q(state__in=ItemState.values), name="jobs_item_known_state"
            ),
        ]
        indexes = [models.Index(fields=["job", "state", "ordinal"])]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class JobAttempt(models.Model):
    """One run of a job by one worker: who, when, how it ended."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=128, blank=True)
    token = models.UUIDField()
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="jobs_attempt_number_once")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of job {self.job_id}"


class JobLog(models.Model):
    """A line of a job's log. Flushed every second, so it outlives a killed worker."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="log_lines")
    at = models.DateTimeField()
    level = models.CharField(max_length=10, default="info")
    message = models.CharField(max_length=1000)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "id"], name="jobs_log_of_a_job")]

    def __str__(self) -> str:
        return self.message


class JobArtifact(models.Model):
    """A file that a job made for somebody, with an owner and an end of life."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=255)
    file = models.FileField(upload_to="artifacts/%Y/%m/", max_length=255)
    media_type = models.CharField(max_length=100, default="application/octet-stream")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class NotificationQuerySet(models.QuerySet["Notification"]):
    def for_user(self, user: Any) -> "NotificationQuerySet":
        return self.filter(user=user, in_app=True)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


REMINDER = "reminder"


class Notification(models.Model):
    """A message to one person, written once: about one event of one job, or a reminder about a
    topic that has a page."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    job = models.ForeignKey(
        Job, models.CASCADE, null=True, blank=True, related_name="notifications"
    )
    event = models.CharField(
        max_length=20, choices=[*((s.value, s.label) for s in FINAL), (REMINDER, "Reminder")]
    )
    topic = models.CharField(max_length=200, blank=True, help_text="what a reminder is about")
    url = models.CharField(max_length=1000, blank=True, help_text="the page of the topic")
    text = models.CharField(max_length=300)
    emailed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    in_app = models.BooleanField(
        default=True, db_default=True, help_text="otherwise it went out by e-mail only"
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = [F("id").desc()]
        constraints = [
            models.UniqueConstraint(fields=["job", "event"], name="jobs_notified_once_per_event"),
            models.UniqueConstraint(
                fields=["user", "topic"], condition=~Q(topic=""), name="jobs_reminded_once"
            ),
            models.CheckConstraint(
                condition=Q(job__isnull=False) | (Q(event=REMINDER) & ~Q(topic="") & ~Q(url="")),
                name="jobs_notified_about_something",
            ),
        ]
        indexes = [models.Index(fields=["user", "read_at"])]

    def __str__(self) -> str:
        return self.text

    def address(self) -> str:
        """The page of what it is about, without the site."""
        return self.job.get_absolute_url() if self.job else self.url


class NotificationChoice(models.Model):
    """What the release before this one asked people. Its rows were taken over into EventChoice;
    only processes of that release still read them, and the next one drops the table."""

    class When(models.TextChoices):
        ALWAYS = "always", "When a job ends, however it ends"
        FAILURE = "failure", "Only when something went wrong"
        NEVER = "never", "Never"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    when = models.CharField(max_length=10, choices=When.choices, default=When.ALWAYS)
    by_email = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(when__in=("always", "failure", "never")), name="jobs_known_choice"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.when}"
