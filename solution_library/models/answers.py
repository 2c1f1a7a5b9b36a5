"""Approved answers: questions and answers that people stand by, found and cited as documents."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from pgvector.django import VectorField

from solution_library.models.documents import Document, DocumentVersion, ReviewStatus


class LibraryAnswerQuerySet(models.QuerySet["LibraryAnswer"]):
    def for_user(self, user: Any) -> Self:
        return self.filter(document__in=Document.objects.for_user(user))

    def current(self) -> Self:
        """Those that have not been merged into another."""
        return self.filter(merged_into=None)

    def usable(self, today: Any) -> Self:
        """Those that may answer on the day `today`; solution_library.scoping says the same to a
        search."""
        fresh = Q(valid_until=None) | Q(valid_until__gte=today)
        return self.current().filter(fresh, document__review_status=ReviewStatus.APPROVED)


class LibraryAnswer(models.Model):
    """A question with its approved answer. Its document carries what every piece of the library
    has: owner, review status, versions, passages, collections, tags."""

    document = models.OneToOneField(Document, models.CASCADE, related_name="library_answer")
    question = models.TextField()
    digest = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="of the question's words"
    )
    text = models.TextField()
    choice = models.CharField(max_length=300, blank=True, help_text="Yes, No, ... where one fits")
    version = models.PositiveIntegerField(default=1)
    valid_until = models.DateField(null=True, blank=True)
    origin = models.CharField(max_length=300, blank=True, help_text="the RFP it was written for")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LibraryAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["valid_until"],
                condition=Q(valid_until__isnull=False),
                name="library_answers_by_validity",
            )
        ]

    def __str__(self) -> str:
        return self.question[:80]

    def get_absolute_url(self) -> str:
        return reverse("solution_library:answer", args=[self.pk])


class AnswerVariant(models.Model):
    """Another way to ask the same question, kept when two answers are merged."""

    answer = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="variants")
    question = models.TextField()
    digest = models.CharField(max_length=64, help_text="of the question's words")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "digest"], name="library_variant_once")
        ]
        indexes = [models.Index(fields=["digest"], name="library_variants_by_words")]

    def __str__(self) -> str:
        return self.question[:80]


class AnswerRevision(models.Model):
    """What an approved answer said, and who made it say so: never changed, only followed by
    another. Its number is the answer's version then."""

    answer = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    document_version = models.ForeignKey(
        DocumentVersion, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    question = models.TextField()
    variants = models.JSONField(default=list, blank=True)
    text = models.TextField()
    choice = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="what happened, in words")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "number"], name="library_answer_revision_once"
            )
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of answer {self.answer_id}"


class AnswerMerge(models.Model):
    """Two answers to one question became one. Holds what was moved, so that it can be undone."""

    kept = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="merges")
    merged = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="+")
    moved = models.JSONField(default=dict, help_text="ids of uses, digests of variants, ...")
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    merged_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at=None), name="library_merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"answer {self.merged_id} merged into {self.kept_id}"


class QuestionVector(models.Model):
    """The vector of an answer's question, or of a variant of it, in one index. Made as a query's
    on both sides, which tells equal questions from similar ones better than a passage's does
    (docs/users/answer-library.md)."""

    answer = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="vectors")
    digest = models.CharField(max_length=64)
    index = models.ForeignKey(
        "EmbeddingIndex", models.CASCADE, related_name="question_vectors", db_index=False
    )
    build = models.CharField(max_length=100, blank=True)
    embedding = VectorField(editable=False)
    kind = models.CharField(
        max_length=32, blank=True, help_text="of the numbers and the denial in the question"
    )
    compared = models.PositiveSmallIntegerField(
        default=0, help_text="by which rules it was compared with all others; 0: not yet"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["index", "answer", "digest"], name="library_question_vector_once"
            )
        ]
        indexes = [
            models.Index(fields=["index", "compared"], name="library_questions_to_compare"),
            models.Index(fields=["index", "kind", "id"], name="library_questions_by_kind"),
        ]

    def __str__(self) -> str:
        return f"question of answer {self.answer_id} in index {self.index_id}"


class QuestionPair(models.Model):
    """Two wordings, of two answers, that one index puts so near each other that they may ask the
    same thing. Written by the job that compares them; whether people see it depends on the answers
    at that moment. No database constraints to what it refers to: a pair of something that was
    removed while it was compared is left, is never shown, and goes with the next comparison."""

    first = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="+", db_constraint=False)
    second = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="+", db_constraint=False)
    one = models.ForeignKey(
        QuestionVector, models.CASCADE, related_name="+", db_constraint=False, db_index=False,
        help_text="the first answer's wording",
    )  # fmt: skip
    two = models.ForeignKey(QuestionVector, models.CASCADE, related_name="+", db_constraint=False)
    score = models.FloatField(help_text="0 unrelated to 1 equal")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "two"], name="library_question_pair_once"),
            models.CheckConstraint(
                condition=Q(first__lt=models.F("second")), name="library_question_pair_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id} ask the same: {self.score:.2f}"


class AnswerPair(models.Model):
    """Two answers whose questions seem to be the same, that somebody wants to keep apart."""

    first = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(LibraryAnswer, models.CASCADE, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="library_answers_apart_once"),
            models.CheckConstraint(
                condition=Q(first__lt=models.F("second")), name="library_answers_apart_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id} are kept apart"
