"""What reviews find beyond one answer, and how well the reviewer itself was seen to work."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from jobs.models import Job
from rfp_manager.models.answers import Answer
from rfp_manager.models.rfps import RFP
from rfp_manager.models.work import SharedWithRFP


class Contradiction(models.Model):
    """Two answers that cannot both be true: of one RFP, or of what one customer was told.

    `other` is the older one. A finding is dismissed by a person, and found again only when one
    of the two has changed.
    """

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="contradictions")
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="contradictions")
    other = models.ForeignKey(Answer, models.CASCADE, related_name="contradicted_by")
    answer_version = models.PositiveIntegerField()
    other_version = models.PositiveIntegerField()
    topic = models.CharField(max_length=200, help_text="what both speak of")
    words = models.CharField(max_length=500)
    other_words = models.CharField(max_length=500)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    dismissed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "other", "answer_version", "other_version", "topic"],
                name="rfp_contradiction_once",
            ),
            models.CheckConstraint(
                condition=~Q(answer=models.F("other")), name="rfp_contradicts_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.words[:40]} / {self.other_words[:40]}"


class ReviewerTestJob(SharedWithRFP, Job):
    """Plants errors into copies of an RFP's answers and counts which the reviewer finds."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="reviewer_tests")
    model = models.ForeignKey(
        "llm_manager.LLMModel", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    item_word: ClassVar[str] = "answers"

    def task_kwargs(self) -> dict[str, Any]:
        return {"rfp_id": self.rfp_id, "user_id": self.started_by_id, "job_id": self.pk}

    def subject_url(self) -> str:
        return self.rfp.get_absolute_url()


class ReviewerMeasure(models.Model):
    """How many planted errors one model has found, and how often it doubted a sound answer."""

    job = models.OneToOneField(
        ReviewerTestJob, models.SET_NULL, null=True, blank=True, related_name="measure"
    )
    model = models.ForeignKey(
        "llm_manager.LLMModel", models.CASCADE, related_name="reviewer_measures"
    )
    planted = models.PositiveIntegerField()
    caught = models.PositiveIntegerField()
    caught_by_model = models.PositiveIntegerField(help_text="without the checks in code")
    sound = models.PositiveIntegerField()
    false_alarms = models.PositiveIntegerField()
    by_kind = models.JSONField(default=dict, help_text="kind: [planted, caught, by the model]")
    measured_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(caught__lte=models.F("planted"))
                & Q(caught_by_model__lte=models.F("caught"))
                & Q(false_alarms__lte=models.F("sound")),
                name="rfp_measure_adds_up",
            )
        ]

    def __str__(self) -> str:
        return f"{self.caught} of {self.planted} planted errors"


class ConfidenceFit(models.Model):
    """How often answers with such signals were accepted unchanged: what a confidence means."""

    model = models.ForeignKey(
        "llm_manager.LLMModel", models.CASCADE, null=True, blank=True, related_name="+"
    )
    answers = models.PositiveIntegerField(help_text="that people have decided on")
    accepted = models.PositiveIntegerField()
    values = models.JSONField(default=dict, help_text="what the computation needs")
    bins = models.JSONField(default=list, help_text="[from, to, answers, mean said, accepted]")
    error = models.FloatField(help_text="expected calibration error, 0 to 1")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"from {self.answers} answers"
