"""What the installation uses by default: prompts of its own, trials of candidates, changes."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from llm_manager.models.apis import LLMModel


class DefaultKind(models.TextChoices):
    """What there is a default of. The first three are kinds of models."""

    CHAT = "chat", "Chat model"
    EMBEDDING = "embedding", "Embedding model"
    RERANK = "rerank", "Rerank model"
    PROMPT = "prompt", "Answering prompt"


class PromptVersion(models.Model):
    """The installation's own words on how questions are to be answered. Never edited: other
    words are another version. Without a default one the built-in words hold."""

    name = models.CharField(max_length=100)
    text = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    is_default = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="llm_one_default_prompt"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.pk})"


class Trial(models.Model):
    """How a candidate did against a default, as an evaluation has found it. `ref` names the
    evaluation, as in evaluation:12. A prompt that is null is the built-in one."""

    ref = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=DefaultKind.choices)
    baseline_model = models.ForeignKey(LLMModel, models.CASCADE, null=True, related_name="+")
    candidate_model = models.ForeignKey(LLMModel, models.CASCADE, null=True, related_name="+")
    baseline_prompt = models.ForeignKey(PromptVersion, models.CASCADE, null=True, related_name="+")
    candidate_prompt = models.ForeignKey(PromptVersion, models.CASCADE, null=True, related_name="+")
    questions = models.PositiveIntegerField()
    objections = models.JSONField(
        default=list, blank=True, help_text="sentences that say in what the candidate is worse"
    )
    finished_at = models.DateTimeField()

    class Meta:
        ordering = ["-finished_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DefaultKind.values), name="llm_trial_known_kind"
            )
        ]

    def __str__(self) -> str:
        return self.ref


class DefaultChange(models.Model):
    """A default that was moved: from what to what, by whom, and on what grounds."""

    kind = models.CharField(max_length=20, choices=DefaultKind.choices)
    before = models.CharField(max_length=250, blank=True, help_text="name; empty: there was none")
    after = models.CharField(max_length=250)
    before_model = models.ForeignKey(LLMModel, models.SET_NULL, null=True, related_name="+")
    after_model = models.ForeignKey(LLMModel, models.SET_NULL, null=True, related_name="+")
    before_prompt = models.ForeignKey(PromptVersion, models.SET_NULL, null=True, related_name="+")
    after_prompt = models.ForeignKey(PromptVersion, models.SET_NULL, null=True, related_name="+")
    evaluation_ref = models.CharField(max_length=60, blank=True, help_text="as in evaluation:12")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "-id"], name="llm_changes_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.after}"
