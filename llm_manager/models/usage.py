"""A row for every call of a model: the books that budgets and charts are made from."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from jobs.models import Job
from llm_manager.models.apis import LLMModel


class Outcome(models.TextChoices):
    """How a call ended. Other values of the column are names of errors (llm_manager.errors)."""

    STARTED = "started", "Under way"
    OK = "ok", "Answered"
    LOST = "lost", "Interrupted; booked at the most that it can have cost"


class LLMUsage(models.Model):
    """One call of a model. While it is under way, `cost` is the most that it can come to."""

    model = models.ForeignKey(LLMModel, models.PROTECT, related_name="usage")
    purpose = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True, help_text="what it was for, as in rfp:12")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    characters = models.PositiveIntegerField(default=0, help_text="of the prompt")
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="US dollars")
    latency_ms = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=40, default=Outcome.OK)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "LLM usage"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-created_at"]),
            models.Index(fields=["subject", "created_at"], name="llm_usage_of_a_subject"),
            models.Index(fields=["job"], name="llm_usage_of_a_job"),
            models.Index(fields=["model", "-id"], name="llm_usage_of_a_model"),
            models.Index(
                fields=["created_at"], condition=Q(outcome="started"), name="llm_usage_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.outcome}"
