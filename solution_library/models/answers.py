"""Approved answers: questions and answers that people stand by, found and cited as documents."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from solution_library.models.documents import Document


class LibraryAnswerQuerySet(models.QuerySet["LibraryAnswer"]):
    def for_user(self, user: Any) -> Self:
        return self.filter(document__in=Document.objects.for_user(user))

    def current(self) -> Self:
        """Those that have not been merged into another."""
        return self.filter(merged_into=None)


class LibraryAnswer(models.Model):
    """A question with its approved answer. Its document carries what every piece of the library
    has: owner, review status, versions, passages, collections, tags."""

    document = models.OneToOneField(
        Document, models.CASCADE, related_name="library_answer"
    )
    question = models.TextField()
    text = models.TextField()
    choice = models.CharField(max_length=300, blank=True, help_text="Yes, No, ... where one fits")
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

    def __str__(self) -> str:
        return self.question[:80]
