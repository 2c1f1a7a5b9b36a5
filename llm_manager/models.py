"""LLM APIs, their models, and a row for every call."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Q

from jobs.models import Job
from llm_manager.fields import EncryptedField


class ProviderKind(models.TextChoices):
    BUILTIN = "builtin", "Built-in (offline, extractive)"
    OPENAI = "openai", "OpenAI-compatible"
    ANTHROPIC = "anthropic", "Anthropic"


class LLMApi(models.Model):
    """An endpoint that serves models."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=ProviderKind.choices)
    base_url = models.URLField(blank=True, help_text="Empty for the provider's own address")
    api_key = EncryptedField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    max_concurrency = models.PositiveSmallIntegerField(
        default=8, validators=[MinValueValidator(1)]
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Empty: no limit"
    )
    tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Empty: no limit"
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        default=120, validators=[MinValueValidator(1)]
    )
    last_validated_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_validation_ok = models.BooleanField(null=True, blank=True, editable=False)
    last_validation_message = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "LLM API"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ProviderKind.values), name="llm_api_known_kind"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="builtin"), name="llm_one_builtin_api"
            ),
            models.CheckConstraint(
                condition=Q(max_concurrency__gte=1), name="llm_api_concurrency_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiGate(models.Model):
    """How calls to one API go at the moment, for all workers (llm_manager/control/gate.py).

    Not a foreign key: workers write it in sessions of their own while an API is being changed.
    """

    api_id = models.BigIntegerField(primary_key=True)
    next_request_at = models.DateTimeField(null=True)
    next_token_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    limit_now = models.FloatField(null=True, help_text="of calls at once; empty: all allowed")
    cut_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"gate of API {self.api_id}"


class ModelKind(models.TextChoices):
    CHAT = "chat", "Chat"
    EMBEDDING = "embedding", "Embedding"
    RERANK = "rerank", "Rerank"


class LLMModelQuerySet(models.QuerySet["LLMModel"]):
    def usable(self) -> Self:
        return self.filter(is_available=True, api__is_active=True)

    def default(self, kind: str) -> "LLMModel | None":
        """The installation's default model of a kind, if it is usable."""
        found = self.usable().filter(kind=kind, is_system_default=True)
        return found.select_related("api").first()


class LLMModel(models.Model):
    """One model of one API."""

    api = models.ForeignKey(LLMApi, models.CASCADE, related_name="models")
    model_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=ModelKind.choices)
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="tokens")
    dimensions = models.PositiveSmallIntegerField(null=True, blank=True)
    input_price = models.DecimalField(
        max_digits=10, decimal_places=4, default=0, help_text="US dollars per million tokens"
    )
    output_price = models.DecimalField(
        max_digits=10, decimal_places=4, default=0, help_text="US dollars per million tokens"
    )
    is_available = models.BooleanField(default=True, help_text="The API still lists it")
    is_system_default = models.BooleanField(default=False)

    objects = LLMModelQuerySet.as_manager()

    class Meta:
        verbose_name = "LLM model"
        ordering = ["api__name", "model_id"]
        constraints = [
            models.UniqueConstraint(fields=["api", "model_id"], name="llm_model_once_per_api"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(is_system_default=True),
                name="llm_one_default_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ModelKind.values), name="llm_model_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.model_id

    def make_default(self) -> None:
        """Make this the installation's default of its kind, instead of the one before."""
        with transaction.atomic():
            same_kind = LLMModel.objects.filter(kind=self.kind)
            # In one order, so that two people who choose at once do not lock each other out.
            list(same_kind.select_for_update().order_by("pk").values_list("pk"))
            same_kind.exclude(pk=self.pk).filter(is_system_default=True).update(
                is_system_default=False
            )
            LLMModel.objects.filter(pk=self.pk).update(is_system_default=True)
        self.is_system_default = True


class LLMUsage(models.Model):
    """One call of a model."""

    model = models.ForeignKey(LLMModel, models.PROTECT, related_name="usage")
    purpose = models.CharField(max_length=40)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="US dollars")
    latency_ms = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=40, default="ok")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "LLM usage"
        ordering = ["-id"]
        indexes = [models.Index(fields=["-created_at"])]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.outcome}"


class Budget(models.Model):
    """A limit on spending within a calendar month, for the installation."""

    name = models.CharField(max_length=100, unique=True)
    monthly_limit = models.DecimalField(max_digits=10, decimal_places=2, help_text="US dollars")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(monthly_limit__gte=0), name="llm_budget_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ValidationJob(Job):
    """A check of one API: is it reachable, is the key good, which models does it have."""

    api = models.ForeignKey(LLMApi, models.CASCADE, null=True, related_name="validations")

    def task_kwargs(self) -> dict[str, Any]:
        return {"api_id": self.api_id, "user_id": self.started_by_id, "job_id": self.pk}
