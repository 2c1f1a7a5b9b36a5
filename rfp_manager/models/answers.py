"""Answers with their history, the passages they rest on, and what reviewers said."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from rfp_manager.models.rfps import Question


class AnswerOutcome(models.TextChoices):
    ANSWERED = "answered", "Answered"
    PARTLY = "partly", "Partly answered"
    NO_EVIDENCE = "no_evidence", "No evidence"


class AnswerState(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    APPROVED = "approved", "Approved"


class Answer(models.Model):
    """The current answer to a question. There is one; its past is in AnswerVersion."""

    question = models.OneToOneField(Question, models.CASCADE, related_name="answer")
    text = models.TextField(blank=True)
    choice = models.CharField(max_length=300, blank=True)
    comment = models.TextField(blank=True, help_text="goes into the comments column")
    outcome = models.CharField(max_length=20, choices=AnswerOutcome.choices)
    explanation = models.TextField(blank=True, help_text="why it is partly or without evidence")
    confidence = models.FloatField(null=True, blank=True, help_text="0 to 1, measured")
    unsupported = models.JSONField(
        default=list, blank=True, help_text="words that the cited passages do not hold"
    )
    state = models.CharField(max_length=20, choices=AnswerState.choices, default=AnswerState.DRAFT)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    signals = models.JSONField(
        default=dict, blank=True, help_text="what the confidence was computed from"
    )
    version = models.PositiveIntegerField(default=1)
    model = models.ForeignKey(
        "llm_manager.LLMModel", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=AnswerOutcome.values), name="rfp_known_outcome"
            ),
            models.CheckConstraint(
                condition=Q(state__in=AnswerState.values), name="rfp_known_answer_state"
            ),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="rfp_confidence_is_a_probability",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class AnswerVersion(models.Model):
    """What an answer said, and who or what made it say so."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    choice = models.CharField(max_length=300, blank=True)
    comment = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, choices=AnswerOutcome.choices)
    unsupported = models.JSONField(default=list, blank=True)
    citations = models.JSONField(
        default=list,
        blank=True,
        help_text="chunk, quote, start, end, document, document_sha256 of each, as of then",
    )
    restored_from = models.PositiveIntegerField(
        null=True, blank=True, help_text="the number of the version that was taken back"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    job = models.ForeignKey(
        "rfp_manager.RFPBatchJob", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "number"], name="rfp_answer_version_once")
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class Citation(models.Model):
    """A verbatim quote from a passage that an answer rests on."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="citations")
    ordinal = models.PositiveIntegerField()
    chunk = models.ForeignKey("solution_library.Chunk", models.PROTECT, related_name="citations")
    quote = models.TextField()
    start = models.PositiveIntegerField(help_text="characters into the chunk's text")
    end = models.PositiveIntegerField()
    document_sha256 = models.CharField(max_length=64, help_text="of the file that was cited")

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "ordinal"], name="rfp_citation_place_once"),
            models.CheckConstraint(
                condition=Q(end__gt=models.F("start")), name="rfp_citation_has_a_span"
            ),
        ]

    def __str__(self) -> str:
        return self.quote[:80]


class Verdict(models.TextChoices):
    SUPPORTED = "supported", "Supported"
    PARTLY = "partly", "Partly supported"
    UNSUPPORTED = "unsupported", "Unsupported"


class SuggestionState(models.TextChoices):
    NONE = "none", "No suggestion"
    OPEN = "open", "Suggested"
    ACCEPTED = "accepted", "Accepted"
    DISMISSED = "dismissed", "Dismissed"


class Review(models.Model):
    """A reviewer's word on one version of an answer."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="reviews")
    answer_version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    score = models.FloatField(help_text="0 to 1")
    comment = models.TextField(blank=True)
    findings = models.JSONField(default=list, blank=True)
    scores = models.JSONField(
        default=dict, blank=True, help_text="0 to 1 each: correctness, completeness, tone"
    )
    suggestion = models.TextField(blank=True, help_text="a rewrite that a person may accept")
    suggestion_choice = models.CharField(max_length=300, blank=True)
    suggestion_state = models.CharField(
        max_length=10, choices=SuggestionState.choices, default=SuggestionState.NONE
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    model = models.ForeignKey(
        "llm_manager.LLMModel", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "answer_version", "model"], name="rfp_reviewed_once_per_model"
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=1), name="rfp_review_score_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(suggestion_state__in=SuggestionState.values),
                name="rfp_known_suggestion_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict}: {self.comment[:60]}"


class UseKind(models.TextChoices):
    FED = "fed", "This answer was taken into the library"
    REUSED = "reused", "This answer was drafted from the library's"


class LibraryAnswerUse(models.Model):
    """Where an approved answer of the library came from, and where it was used again."""

    library_answer = models.ForeignKey(
        "solution_library.LibraryAnswer", models.CASCADE, related_name="uses"
    )
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="library_uses")
    kind = models.CharField(max_length=10, choices=UseKind.choices)
    answer_version = models.PositiveIntegerField(
        default=1, help_text="of the RFP's answer, when it was taken or drafted"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["library_answer", "answer", "kind"], name="rfp_library_use_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=UseKind.values), name="rfp_known_library_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.library_answer_id} in {self.answer_id}"


class DeclinedAnswer(models.Model):
    """An approved answer of an RFP that somebody does not want in the library: not offered again
    until that is taken back."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="declined")
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    declined_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"answer {self.answer_id} is not for the library"
