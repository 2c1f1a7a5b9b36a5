"""Limits on spending, what is spent and held against them, and what jobs were expected to take."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from jobs.models import Job
from llm_manager.models.apis import LLMModel


class Period(models.TextChoices):
    MONTH = "month", "Each calendar month"
    TOTAL = "total", "In all"


class Budget(models.Model):
    """A limit on what calls may cost: of the installation, of one person, of one subject (an
    RFP, say), or of a person's work on a subject."""

    name = models.CharField(max_length=100, unique=True)
    limit = models.DecimalField(max_digits=10, decimal_places=2, help_text="US dollars")
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.MONTH)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+",
        verbose_name="person", help_text="Empty: everybody's calls count",
    )  # fmt: skip
    subject = models.CharField(
        max_length=60, blank=True, help_text="As in rfp:12. Empty: all work counts"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(limit__gte=0), name="llm_budget_not_negative"),
            models.CheckConstraint(
                condition=Q(period__in=Period.values), name="llm_budget_known_period"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BudgetAccount(models.Model):
    """What a budget has paid in one period. Written by llm_manager/control/ledger.py alone."""

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="accounts")
    period_start = models.DateField(help_text="2000-01-01 for a budget without months")
    spent = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    held = models.DecimalField(
        max_digits=14, decimal_places=6, default=0, help_text="for calls under way"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "period_start"], name="llm_account_once_per_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.budget} {self.period_start}"


class Estimate(models.Model):
    """What a job was expected to take before it began. `reserved` is kept free for it in all
    its budgets until it ends."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="estimate")
    model = models.ForeignKey(LLMModel, models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    subject = models.CharField(max_length=60, blank=True)
    calls = models.PositiveIntegerField()
    input_tokens = models.PositiveBigIntegerField()
    output_tokens = models.PositiveBigIntegerField()
    cost = models.DecimalField(max_digits=12, decimal_places=6, help_text="US dollars")
    seconds = models.FloatField()
    low = models.FloatField(help_text="lower end of the range, as a share of the estimate")
    high = models.FloatField(help_text="upper end of the range, as a share of the estimate")
    reserved = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"estimate of job {self.job_id}"


class BudgetStop(models.Model):
    """A job that a spent budget stopped. It is resumed once, when the budget allows more."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="budget_stop")
    budget = models.ForeignKey(Budget, models.SET_NULL, null=True, related_name="stops")
    subject = models.CharField(max_length=60, blank=True, default="", db_default="")
    needed = models.DecimalField(
        max_digits=12, decimal_places=6, default=0, db_default=0,
        help_text="What the call that was stopped may have cost, in US dollars",
    )  # fmt: skip
    resumed_as = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"stop of job {self.job_id}"
