"""The job row: at once the record people see, the outbox, the lease and the duplicate guard."""

from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role, has_role
from jobs.plain import plain_text
from jobs.queues import DEFAULT_PRIORITY, DEFAULT_QUEUE


class Status(models.TextChoices):
    PENDING = "pending", "Pending"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ACTIVE = (Status.PENDING, Status.PROCESSING)
FINAL = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)


TIME_HAS_COME = Q(run_after=None) | Q(run_after__lte=Now())


def unfinished_forerunner() -> "models.QuerySet[Job]":
    """The job that the outer job waits for, as long as it has not completed."""
    forerunner = Job.objects.filter(pk=OuterRef("depends_on_id"))
    return forerunner.exclude(status=Status.COMPLETED).order_by()


def ahead_in_line() -> "models.QuerySet[Job]":
    """Jobs of the outer job's serial key that are under way, or could start and come first."""
    same_line = Job.objects.active().filter(serial_key=OuterRef("serial_key"))
    comes_first = Q(priority__lt=OuterRef("priority")) | Q(
        priority=OuterRef("priority"), pk__lt=OuterRef("pk")
    )
    could_start = Q(TIME_HAS_COME, depends_on=None, cancel_requested_at=None) | Q(
        TIME_HAS_COME, depends_on__status=Status.COMPLETED, cancel_requested_at=None
    )
    waits_in_front = comes_first & could_start
    others = same_line.exclude(pk=OuterRef("pk")).order_by()
    return others.filter(Q(status=Status.PROCESSING) | waits_in_front)


def shared_kinds(model: type["Job"]) -> "list[type[Job]]":
    """The kinds of `model` that are work on something shared."""
    return [kind for kind in apps.get_models() if issubclass(kind, model) and kind.is_shared]


def is_shared_kind(kind: str) -> bool:
    """Whether jobs of this kind are work on something shared; not, if no model has the name."""
    try:
        return bool(getattr(apps.get_model(kind), "is_shared", False))
    except (LookupError, ValueError):
        return False


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def for_user(self, user: Any) -> Self:
        """Jobs in the lists of `user`: their own, but for work on what is not shared with them any
        more, and all for staff."""
        if user.is_staff:
            return self
        own = self.filter(started_by=user)
        for kind in shared_kinds(self.model):
            closed = kind.objects.filter(~kind.open_to(user), started_by=user)
            own = own.exclude(pk__in=closed.order_by().values("pk"))
        return own

    def startable(self) -> Self:
        """Unfinished jobs that nobody holds, whose time has come and is not over, whose
        forerunner completed and that are the first in their line, by the database's clock.

        No join: only conditions on the row itself are checked again when two claims collide.
        """
        return self.filter(
            Q(depends_on=None) | ~Exists(unfinished_forerunner()),
            # Whose turn it is keeps it between its slices, whoever comes meanwhile.
            Q(serial_key="") | Q(status=Status.PROCESSING) | ~Exists(ahead_in_line()),
            Q(expires_at=None) | Q(expires_at__gt=Now()) | Q(started_at__isnull=False),
            TIME_HAS_COME,
            lease_token=None,
            cancel_requested_at=None,
            status__in=ACTIVE,
        )

    def due(self) -> Self:
        """Jobs whose message should go to the broker now."""
        return self.startable().filter(dispatched_at=None)

    def too_late(self) -> Self:
        """Jobs that should have started by now or not at all."""
        return self.active().filter(started_at=None, expires_at__lte=Now())

    def sent_and_unclaimed(self) -> Self:
        """Jobs whose message is, or was, with the broker and that no worker has taken."""
        return self.active().filter(lease_token=None, dispatched_at__isnull=False)


class Job(models.Model):
    """One piece of background work. Kinds inherit from it and add only their own columns."""

    STATUS_PENDING = Status.PENDING.value
    STATUS_PROCESSING = Status.PROCESSING.value
    STATUS_COMPLETED = Status.COMPLETED.value
    STATUS_FAILED = Status.FAILED.value
    STATUS_CANCELLED = Status.CANCELLED.value

    kind = models.CharField(max_length=64, editable=False, help_text="model of the record")
    title = models.CharField(max_length=200, blank=True)
    task_name = models.CharField(max_length=128, editable=False)
    args = models.JSONField(default=list, blank=True)
    kwargs = models.JSONField(default=dict, blank=True)
    queue = models.CharField(max_length=32, default=DEFAULT_QUEUE)
    priority = models.PositiveSmallIntegerField(default=DEFAULT_PRIORITY)
    dedup_key = models.CharField(max_length=200, blank=True)
    serial_key = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",  # workers of the version before insert rows without it
        help_text="jobs of one key run one after the other",
    )
    run_after = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="not to be started later than this"
    )
    ready_at = models.DateTimeField(
        null=True, blank=True, help_text="since when only a worker is missing"
    )
    waited_seconds = models.FloatField(
        null=True, blank=True, help_text="time to start: from ready to its first start"
    )
    dispatched_at = models.DateTimeField(null=True, blank=True)
    celery_task_id = models.CharField(
        max_length=255, blank=True, help_text="Celery task id, for Flower"
    )

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    progress_at = models.DateTimeField(null=True, blank=True)

    total_items = models.PositiveIntegerField(default=0)
    processed_items = models.PositiveIntegerField(default=0)
    successful_items = models.PositiveIntegerField(default=0)
    failed_items = models.PositiveIntegerField(default=0)
    now_doing = models.CharField(max_length=200, blank=True)
    errors = models.JSONField(default=list, blank=True)
    last_error = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True)

    attempt = models.PositiveIntegerField(default=0)
    retries = models.PositiveIntegerField(default=0, help_text="after passing errors")
    crashes = models.PositiveIntegerField(default=0, help_text="in a row, without progress")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=128, blank=True, help_text="name of the worker")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    yield_requested_at = models.DateTimeField(null=True, blank=True)
    depends_on = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="dependants"
    )
    retry_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="retried_as"
    )

    objects = JobQuerySet.as_manager()

    #: Word for one item of this kind, in the plural ("questions").
    item_word: ClassVar[str] = "items"
    #: Its kind alone says who may see it: who started it may have lost the right since.
    is_shared: ClassVar[bool] = False
    #: Columns of this kind that tell how a run went; a retry does not take them along.
    outcome_columns: ClassVar[tuple[str, ...]] = ()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["celery_task_id"]),
            models.Index(fields=["-created_at"]),
            models.Index(
                fields=["queue", "priority", "id"],
                name="jobs_outbox_by_queue",
                condition=Q(status__in=ACTIVE, dispatched_at=None),
            ),
            models.Index(
                fields=["queue"],
                name="jobs_with_the_broker",
                condition=Q(status__in=ACTIVE, lease_token=None, dispatched_at__isnull=False),
            ),
            models.Index(fields=["queue", "-started_at"], name="jobs_queue_started"),
            models.Index(
                fields=["serial_key", "priority", "id"],
                name="jobs_line",
                condition=Q(status__in=ACTIVE) & ~Q(serial_key=""),
            ),
            models.Index(
                fields=["lease_expires_at"],
                name="jobs_active_lease",
                condition=Q(status__in=ACTIVE),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "dedup_key"],
                condition=Q(status__in=ACTIVE) & ~Q(dedup_key=""),
                name="jobs_one_active_per_dedup_key",
            ),
            models.UniqueConstraint(
                fields=["serial_key"],
                condition=Q(status=Status.PROCESSING) & ~Q(serial_key=""),
                name="jobs_one_at_a_time_per_serial_key",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="jobs_known_status"),
            models.CheckConstraint(
                condition=Q(processed_items=F("successful_items") + F("failed_items")),
                name="jobs_processed_is_successful_plus_failed",
            ),
            models.CheckConstraint(
                condition=Q(processed_items__lte=F("total_items")),
                name="jobs_progress_never_past_the_total",
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None, status__in=ACTIVE)
                | Q(completed_at__isnull=False, status__in=FINAL),
                name="jobs_final_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(lease_token=None) | Q(status=Status.PROCESSING),
                name="jobs_only_processing_is_leased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.task_name} ({self.status})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.kind:
            self.kind = self._meta.label
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("jobs:detail", args=[self.pk])

    # -- for kinds to override -----------------------------------------------------------
    def task_kwargs(self) -> dict[str, Any]:
        """What the task is called with. JSON primitives only; called after the row exists."""
        return {"job_id": self.pk}

    def serial_line(self) -> str:
        """The serial key of this work when it is enqueued without one; "" waits for nobody."""
        return ""

    def on_finished(self) -> None:
        """The domain's hook, inside the transaction that writes the final status."""

    def subject_url(self) -> str:
        """The page where the result of this job is seen."""
        return self.get_absolute_url()

    def may_be_seen_by(self, user: Any) -> bool:
        """Whether a person may look at this job and fetch its files."""
        return bool(user.is_staff) or (user.pk is not None and self.started_by_id == user.pk)

    @classmethod
    def open_to(cls, user: Any) -> Q:
        """Of a kind that is shared: the condition that `may_be_seen_by` looks at, for many."""
        raise NotImplementedError(f"{cls.__name__} is shared, but does not say with whom")

    def may_be_changed_by(self, user: Any) -> bool:
        """Whether a person who may see this job may stop it, or start it again. Readers change
        nothing."""
        return has_role(user, Role.CONTRIBUTOR)

    def item_names(self, keys: list[str]) -> dict[str, str]:
        """What people call the items with these keys, where the keys are ids."""
        return {}

    # -- reading -------------------------------------------------------------------------
    def concrete(self) -> "Job":
        """This job as an instance of its own kind."""
        model = apps.get_model(self.kind)
        if type(self) is model:
            return self
        found: Job = model._default_manager.get(pk=self.pk)
        return found

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def progress(self) -> int:
        """Whole percent; 100 only when the job is completed."""
        if self.status == Status.COMPLETED:
            return 100
        return min(99, self.get_progress_percentage())

    def get_progress_percentage(self) -> int:
        """Whole percent of the items that are through, 0 while their number is unknown."""
        if self.total_items == 0:
            return 0
        return int(self.processed_items / self.total_items * 100)

    def is_stale(self, timeout_minutes: int = 30) -> bool:
        """True if unfinished and without any update for so long (the sweep uses leases)."""
        if not self.is_active:
            return False
        return (timezone.now() - self.updated_at).total_seconds() > timeout_minutes * 60

    def add_error(self, item: Any, text: str) -> None:
        """Add one item's error to the list (at most 200 are kept)."""
        entry = {"item": plain_text(item, 200), "error": plain_text(text)}
        with transaction.atomic():
            locked = Job.objects.select_for_update().get(pk=self.pk)
            self.errors = [*locked.errors, entry][-200:]
            self.last_error = entry["error"]
            self.save(update_fields=["errors", "last_error", "updated_at"])
