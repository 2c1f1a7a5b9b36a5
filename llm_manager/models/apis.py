"""LLM APIs, their models, and what checks of them found."""

from typing import Any, Self

from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from jobs.models import Job
from llm_manager.fields import EncryptedField


class ProviderKind(models.TextChoices):
    BUILTIN = "builtin", "Built-in (offline, extractive)"
    OPENAI = "openai", "OpenAI-compatible"
    ANTHROPIC = "anthropic", "Anthropic"
    GEMINI = "gemini", "Google Gemini"


class LLMApi(models.Model):
    """An endpoint that serves models."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=ProviderKind.choices)
    base_url = models.URLField(blank=True, help_text="Empty for the provider's own address")
    api_key = EncryptedField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    max_concurrency = models.PositiveSmallIntegerField(default=8, validators=[MinValueValidator(1)])
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Empty: no limit"
    )
    tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Empty: no limit"
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        default=120, validators=[MinValueValidator(1)], help_text="For a whole call"
    )
    first_byte_seconds = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Until the first byte of an answer; empty: as long as the whole call",
    )  # fmt: skip
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


class ApiCheck(models.Model):
    """What one check of an API found. The newest is also on the API itself."""

    api = models.ForeignKey(LLMApi, models.CASCADE, related_name="checks")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    ok = models.BooleanField()
    message = models.CharField(max_length=300)
    models_listed = models.PositiveIntegerField(default=0)
    models_new = models.JSONField(default=list, blank=True, help_text="ids, at most 100")
    models_gone = models.JSONField(default=list, blank=True, help_text="ids, at most 100")
    models_changed = models.JSONField(
        default=list, blank=True, help_text="id and what is different, at most 100"
    )
    latency_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["api", "-id"], name="llm_checks_of_an_api")]

    def __str__(self) -> str:
        return f"{self.api}: {self.message}"


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


class PriceSource(models.TextChoices):
    UNKNOWN = "", "Not known"
    LISTED = "listed", "From our list of known models"
    ENTERED = "entered", "Entered by a person"


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
    cached_price = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True,
        help_text="US dollars per million input tokens from the provider's cache; "
        "empty: as other input",
    )  # fmt: skip
    price_source = models.CharField(
        max_length=10, choices=PriceSource.choices, default=PriceSource.UNKNOWN, blank=True
    )
    fallback = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Answers while this model's API is out of order",
    )  # fmt: skip
    is_available = models.BooleanField(default=True, help_text="The API still lists it")
    gone_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    listed = models.JSONField(
        null=True, blank=True, editable=False,
        help_text="What the API last said of it; empty: never listed, so entered by a person",
    )  # fmt: skip
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
            models.CheckConstraint(
                condition=Q(input_price__gte=0, output_price__gte=0), name="llm_prices_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(fallback=models.F("id")), name="llm_no_fallback_to_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.model_id

    def make_default(self) -> None:
        """Make this the installation's default of its kind, instead of the one before."""
        with transaction.atomic():
            same_kind = LLMModel.objects.filter(kind=self.kind)
            # In one order, so that two people who choose at once do not lock each other out.
            list(same_kind.select_for_update(no_key=True).order_by("pk").values_list("pk"))
            same_kind.exclude(pk=self.pk).filter(is_system_default=True).update(
                is_system_default=False
            )
            LLMModel.objects.filter(pk=self.pk).update(is_system_default=True)
        self.is_system_default = True


class ValidationJob(Job):
    """A check of one API: is it reachable, is the key good, which models does it have."""

    api = models.ForeignKey(LLMApi, models.CASCADE, null=True, related_name="validations")

    def task_kwargs(self) -> dict[str, Any]:
        return {"api_id": self.api_id, "user_id": self.started_by_id, "job_id": self.pk}
