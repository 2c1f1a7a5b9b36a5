"""What people want to be told, and how."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Event(models.TextChoices):
    """Whatever somebody can be told of; in the words of the person who chooses."""

    FINISHED = "finished", "It is finished"
    FAILED = "failed", "It has failed, or a part of it has"
    CANCELLED = "cancelled", "It was cancelled"
    MENTIONED = "mentioned", "Somebody mentions me in a comment"
    COMMENTED = "commented", "Somebody comments where I hold the question or have commented"
    ASSIGNED = "assigned", "Questions are given to me, taken from me or handed back to me"
    DUE = "due", "Questions that I hold are due or overdue"
    REVIEW_ASKED = "review_asked", "Answers that I asked for, or of my RFPs, are sent to review"
    SHARED = "shared", "An RFP is shared with me, or no longer"
    RETURNED = "returned", "A sheet that I sent to an expert was brought back"
    DOCUMENT_DUE = "document_due", "Documents of mine are due for review"
    CHANGED = "changed", "A document has changed that answers of my RFPs rest on"
    SOURCE_FAILING = "source_failing", "A source of mine cannot be read"
    WEBHOOK_OFF = "webhook_off", "A webhook of mine was switched off"


#: In the order of the page that asks.
GROUPS: dict[str, tuple[Event, ...]] = {
    "Work that I have started": (Event.FINISHED, Event.FAILED, Event.CANCELLED),
    "RFPs and their questions": (
        Event.MENTIONED, Event.COMMENTED, Event.ASSIGNED, Event.DUE, Event.REVIEW_ASKED,
        Event.SHARED, Event.RETURNED,
    ),
    "What I look after": (
        Event.DOCUMENT_DUE, Event.CHANGED, Event.SOURCE_FAILING, Event.WEBHOOK_OFF,
    ),
}  # fmt: skip


class EventChoice(models.Model):
    """How a person wants to hear of one kind of event; without a row in the app, not by e-mail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    event = models.CharField(max_length=20, choices=Event.choices)
    in_app = models.BooleanField(default=True, db_default=True)
    by_email = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "event"], name="jobs_one_choice_per_event"),
            models.CheckConstraint(
                condition=Q(event__in=Event.values), name="jobs_known_event_choice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.event}"
