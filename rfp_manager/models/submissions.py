"""What left the house: the answers of each export, what they rested on and what they promise."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from rfp_manager.models.answers import AnswerOutcome, AnswerVersion
from rfp_manager.models.rfps import RFP, Question
from rfp_manager.models.work import ExportJob


class ExportedAnswer(models.Model):
    """An answer as one export wrote it. Later changes of the answer do not change it."""

    export = models.ForeignKey(ExportJob, models.CASCADE, related_name="exported_answers")
    question = models.ForeignKey(Question, models.CASCADE, related_name="exported_answers")
    answer_version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    choice = models.CharField(max_length=300, blank=True)
    comment = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, choices=AnswerOutcome.choices)
    state = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "question"], name="rfp_exported_answer_once")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class ExportedCitation(models.Model):
    """A passage that an exported answer rested on. It keeps the passage from being deleted."""

    exported_answer = models.ForeignKey(ExportedAnswer, models.CASCADE, related_name="citations")
    ordinal = models.PositiveIntegerField()
    chunk = models.ForeignKey(
        "solution_library.Chunk", models.PROTECT, related_name="exported_citations"
    )
    quote = models.TextField()

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["exported_answer", "ordinal"], name="rfp_exported_citation_once"
            )
        ]

    def __str__(self) -> str:
        return self.quote[:60]


class AnswerReceipt(models.Model):
    """How one version of an answer came about; `sha256` is that of `body` as it is exported."""

    version = models.OneToOneField(AnswerVersion, models.CASCADE, related_name="receipt")
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.sha256[:12]


class CommitmentKind(models.TextChoices):
    SERVICE_LEVEL = "service_level", "Service level"
    CERTIFICATE = "certificate", "Certificate"
    DATE = "date", "Date promised"
    RETENTION = "retention", "Retention and deletion"
    LOCATION = "location", "Data location"
    NOTICE = "notice", "Notice to the customer"
    OTHER = "other", "Other promise"


class CommitmentState(models.TextChoices):
    FOUND = "found", "Found, to be checked"
    CONFIRMED = "confirmed", "Confirmed"
    DISMISSED = "dismissed", "No commitment"
    ENDED = "ended", "Ended"


class Commitment(models.Model):
    """A promise in an answer that a customer was given, with the words that make it."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="commitments")
    exported_answer = models.ForeignKey(ExportedAnswer, models.CASCADE, related_name="commitments")
    customer = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=CommitmentKind.choices)
    words = models.TextField(help_text="verbatim from the answer")
    start = models.PositiveIntegerField(help_text="characters into the answer's text")
    end = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True, help_text="what is promised")
    value = models.CharField(max_length=200, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    state = models.CharField(
        max_length=20, choices=CommitmentState.choices, default=CommitmentState.FOUND
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["exported_answer", "start", "end", "kind"], name="rfp_commitment_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=CommitmentKind.values), name="rfp_known_commitment_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CommitmentState.values), name="rfp_known_commitment_state"
            ),
            models.CheckConstraint(
                condition=Q(end__gt=models.F("start")), name="rfp_commitment_has_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.words[:60]}"
