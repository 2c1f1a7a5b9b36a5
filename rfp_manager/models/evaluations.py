"""Question sets, and evaluations that run them with a present default and with a candidate."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.roles import Role, has_role
from jobs.models import Job
from llm_manager.models import LLMModel, PromptVersion
from rfp_manager.models.answers import AnswerOutcome
from rfp_manager.models.rfps import RFP


class QuestionSetQuerySet(models.QuerySet["QuestionSet"]):
    def for_user(self, user: Any) -> Self:
        """Sets that `user` may see: their own, those of RFPs they may see, and all for managers."""
        if has_role(user, Role.MANAGER):
            return self
        rfps = RFP.objects.for_user(user).filter(pk=OuterRef("rfp_id")).order_by()
        return self.filter(Q(owner=user) | Exists(rfps))


class QuestionSet(models.Model):
    """Questions that are saved to be asked again and again. A set does not change."""

    name = models.CharField(max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    rfp = models.ForeignKey(
        RFP, models.SET_NULL, null=True, blank=True, related_name="question_sets"
    )
    filename = models.CharField(max_length=300, blank=True, help_text="if it came from a file")
    instructions = models.TextField(blank=True, help_text="for tone and style of the answers")
    collections = models.ManyToManyField(
        "solution_library.Collection", blank=True, related_name="+",
        help_text="Parts of the library that may answer; none means all",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuestionSetQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("rfp_manager:question_set", args=[self.pk])


class SetQuestion(models.Model):
    """A question of a set, with what is known of its right answer."""

    question_set = models.ForeignKey(QuestionSet, models.CASCADE, related_name="questions")
    ordinal = models.PositiveIntegerField()
    number = models.CharField(max_length=100, blank=True)
    section = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    query = models.TextField(blank=True, help_text="what the library is searched for")
    allowed_choices = models.JSONField(default=list, blank=True)
    reference_text = models.TextField(blank=True)
    reference_choice = models.CharField(max_length=300, blank=True)
    relevant = models.JSONField(
        default=list, blank=True, help_text='documents that answer it: [{"id": 1, "name": "a.pdf"}]'
    )

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["question_set", "ordinal"], name="rfp_set_question_place_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text}"[:80].strip()

    @property
    def has_reference(self) -> bool:
        return bool(self.reference_text or self.reference_choice)


class EvaluationKind(models.TextChoices):
    """In what the candidate differs from the present defaults."""

    CHAT = "chat", "Chat model"
    EMBEDDING = "embedding", "Embedding model"
    PROMPT = "prompt", "Answering prompt"


class Side(models.TextChoices):
    BASELINE = "baseline", "Present default"
    CANDIDATE = "candidate", "Candidate"


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def for_user(self, user: Any) -> Self:
        """Evaluations of the sets that `user` may see."""
        return self.filter(question_set__in=QuestionSet.objects.for_user(user))


class Evaluation(models.Model):
    """A comparison of a candidate with the present defaults, over all questions of a set.

    Both sides name all that they answer with; they differ in `kind` only. A prompt that is null
    is the built-in one.
    """

    question_set = models.ForeignKey(QuestionSet, models.PROTECT, related_name="evaluations")
    kind = models.CharField(max_length=20, choices=EvaluationKind.choices)
    baseline_chat = models.ForeignKey(LLMModel, models.PROTECT, related_name="+")
    candidate_chat = models.ForeignKey(LLMModel, models.PROTECT, related_name="+")
    baseline_embedding = models.ForeignKey(LLMModel, models.PROTECT, null=True, related_name="+")
    candidate_embedding = models.ForeignKey(LLMModel, models.PROTECT, null=True, related_name="+")
    baseline_prompt = models.ForeignKey(PromptVersion, models.PROTECT, null=True, related_name="+")
    candidate_prompt = models.ForeignKey(PromptVersion, models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(null=True, blank=True, help_text="figures of both sides")

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EvaluationKind.values), name="rfp_evaluation_known_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidate_name} on “{self.question_set}”"

    def get_absolute_url(self) -> str:
        return reverse("rfp_manager:evaluation", args=[self.pk])

    @property
    def ref(self) -> str:
        """What its calls are booked under, and what a change of a default refers to."""
        return f"evaluation:{self.pk}"

    def name_of(self, side: str) -> str:
        """What a side tries: its model, or its prompt."""
        if self.kind == EvaluationKind.PROMPT:
            return str(getattr(self, f"{side}_prompt") or "The built-in prompt")
        return str(getattr(self, f"{side}_{self.kind}"))

    @property
    def baseline_name(self) -> str:
        return self.name_of(Side.BASELINE)

    @property
    def candidate_name(self) -> str:
        return self.name_of(Side.CANDIDATE)


class EvaluationResult(models.Model):
    """How one side has answered one question."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="results")
    question = models.ForeignKey(SetQuestion, models.CASCADE, related_name="results")
    side = models.CharField(max_length=10, choices=Side.choices)
    outcome = models.CharField(
        max_length=20, choices=AnswerOutcome.choices, blank=True, help_text="empty: an error"
    )
    text = models.TextField(blank=True)
    choice = models.CharField(max_length=300, blank=True)
    explanation = models.TextField(blank=True)
    error = models.TextField(blank=True, help_text="why there is no answer")
    citations = models.JSONField(default=list, blank=True, help_text="documents and quotes")
    claimed = models.PositiveIntegerField(default=0, help_text="citations that the model gave")
    held = models.PositiveIntegerField(default=0, help_text="of them, those whose quote stands")
    findings = models.JSONField(default=list, blank=True, help_text="words without support")
    found = models.JSONField(default=list, blank=True, help_text="documents of the first passages")
    recall = models.FloatField(null=True, help_text="share of the relevant documents found")
    choice_right = models.BooleanField(null=True)
    likeness = models.FloatField(null=True, help_text="to the reference answer, 0 to 1, by words")
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="US dollars")
    latency_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["question__ordinal", "side"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "question", "side"], name="rfp_evaluated_once_per_side"
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="rfp_evaluation_known_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side}: {self.text[:60]}"


class EvaluationJob(Job):
    """Runs an evaluation: each question once with each side."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="jobs")

    item_word: ClassVar[str] = "answers"
    is_shared: ClassVar[bool] = True

    def task_kwargs(self) -> dict[str, Any]:
        return {
            "evaluation_id": self.evaluation_id,
            "user_id": self.started_by_id,
            "job_id": self.pk,
        }

    def subject_url(self) -> str:
        return self.evaluation.get_absolute_url()

    @classmethod
    def open_to(cls, user: Any) -> Q:
        return Q(evaluation__in=Evaluation.objects.for_user(user))

    def may_be_seen_by(self, user: Any) -> bool:
        return Evaluation.objects.for_user(user).filter(pk=self.evaluation_id).exists()

    def may_be_changed_by(self, user: Any) -> bool:
        own = self.started_by_id is not None and self.started_by_id == user.pk
        return has_role(user, Role.CONTRIBUTOR if own else Role.MANAGER)

    def item_names(self, keys: list[str]) -> dict[str, str]:
        ids = {key: int(key.partition(":")[0]) for key in keys}
        rows = SetQuestion.objects.filter(pk__in=ids.values())
        names = {
            pk: number or str(n) for pk, number, n in rows.values_list("pk", "number", "ordinal")
        }
        labels = dict(Side.choices)
        return {
            key: f"Question {names[pk]}, {labels.get(key.partition(':')[2], '').lower()}"
            for key, pk in ids.items()
            if pk in names
        }
