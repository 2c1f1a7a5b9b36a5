"""RFPs, the questions found in the buyer's file, and the jobs that work on them."""

from typing import Any, ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from jobs.models import Job


class RFPQuerySet(models.QuerySet["RFP"]):
    def for_user(self, user: Any) -> Self:
        """RFPs that `user` may see: their own, those shared with them, and all for staff."""
        if user.is_staff:
            return self
        return self.filter(Q(owner=user) | Q(members=user)).distinct()


def questionnaire_path(instance: "RFP", filename: str) -> str:
    """The buyer's file is stored under a random name; its own name is only data."""
    name = uuid4().hex
    return f"questionnaires/{name[:2]}/{name}"


class RFP(models.Model):
    """A buyer's request and the questionnaire file it came with."""

    name = models.CharField(max_length=200)
    customer = models.CharField(max_length=200, blank=True)
    due_date = models.DateField(null=True, blank=True)
    instructions = models.TextField(blank=True, help_text="for tone and style of the answers")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="rfps"
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="shared_rfps"
    )
    collections = models.ManyToManyField(
        "solution_library.Collection",
        blank=True,
        related_name="rfps",
        help_text="Parts of the library that may answer; none means all",
    )
    tags = models.ManyToManyField(
        "solution_library.Tag",
        blank=True,
        related_name="rfps",
        help_text="Products and topics that may answer; none means all",
    )
    only_approved = models.BooleanField(
        default=False, help_text="Only approved documents may answer"
    )
    questionnaire = models.FileField(upload_to=questionnaire_path, max_length=255)
    filename = models.CharField(max_length=300)
    file_format = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    import_report = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RFPQuerySet.as_manager()

    class Meta:
        verbose_name = "RFP"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("rfp_manager:detail", args=[self.pk])


class Section(models.Model):
    """A part of the questionnaire: a sheet and the banner above the questions."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="sections")
    ordinal = models.PositiveIntegerField()
    sheet = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["rfp", "ordinal"], name="rfp_section_place_once")
        ]

    def __str__(self) -> str:
        return self.title or self.sheet


class Question(models.Model):
    """A question or requirement of the buyer, with its place and its answer's place."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="questions")
    section = models.ForeignKey(Section, models.CASCADE, related_name="questions")
    ordinal = models.PositiveIntegerField()
    number = models.CharField(max_length=100, blank=True)
    text = models.TextField()
    sheet = models.CharField(max_length=200, blank=True)
    row = models.PositiveIntegerField()
    column = models.PositiveIntegerField()
    answer_row = models.PositiveIntegerField()
    answer_column = models.PositiveIntegerField()
    comment_row = models.PositiveIntegerField(null=True, blank=True)
    comment_column = models.PositiveIntegerField(null=True, blank=True)
    allowed_choices = models.JSONField(default=list, blank=True)
    existing_answer = models.TextField(blank=True)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["rfp", "ordinal"], name="rfp_question_place_once"),
            models.UniqueConstraint(
                fields=["rfp", "sheet", "answer_row", "answer_column"],
                name="rfp_answer_cell_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text}"[:80].strip()

    def get_absolute_url(self) -> str:
        return reverse("rfp_manager:question", args=[self.rfp_id, self.pk])


class InformationDocument(models.Model):
    """A document that came with the RFP, for information, with its summary."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="information_documents")
    document = models.ForeignKey(
        "solution_library.Document", models.PROTECT, related_name="information_for"
    )
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    summary_citations = models.JSONField(default=list, blank=True)
    summarized_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["rfp", "document"], name="rfp_information_document_once"
            )
        ]

    def __str__(self) -> str:
        return self.title


class SharedWithRFP:
    """Work on an RFP: whoever may see the RFP may see the work and fetch its files."""

    rfp_id: int

    def may_be_seen_by(self, user: Any) -> bool:
        return RFP.objects.for_user(user).filter(pk=self.rfp_id).exists()


class RFPBatchJob(SharedWithRFP, Job):
    """A batch over an RFP's questions: drafting answers, or reviewing them."""

    JOB_TYPE_RESPONDER = "responder"
    JOB_TYPE_REVIEWER = "reviewer"
    JOB_TYPES: ClassVar[list[tuple[str, str]]] = [
        (JOB_TYPE_RESPONDER, "Responder"),
        (JOB_TYPE_REVIEWER, "Reviewer"),
    ]

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="batch_jobs")
    job_type = models.CharField(max_length=20, choices=JOB_TYPES)
    model = models.ForeignKey(
        "llm_manager.LLMModel", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    only_unanswered = models.BooleanField(default=True)

    item_word: ClassVar[str] = "questions"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(job_type__in=["responder", "reviewer"]), name="rfp_known_job_type"
            )
        ]

    def task_kwargs(self) -> dict[str, Any]:
        return {"rfp_id": self.rfp_id, "user_id": self.started_by_id, "job_id": self.pk}

    def subject_url(self) -> str:
        return self.rfp.get_absolute_url()

    def item_names(self, keys: list[str]) -> dict[str, str]:
        ids = [int(key) for key in keys]
        place = "pk" if self.job_type == self.JOB_TYPE_RESPONDER else "answer__pk"
        found = Question.objects.filter(**{f"{place}__in": ids})
        rows = found.values_list(place, "number", "ordinal")
        return {str(pk): f"Question {number or ordinal}" for pk, number, ordinal in rows}

    @property
    def total_questions(self) -> int:
        return self.total_items

    @property
    def processed_questions(self) -> int:
        return self.processed_items

    @property
    def successful_questions(self) -> int:
        return self.successful_items

    @property
    def failed_questions(self) -> int:
        return self.failed_items


class ExportJob(SharedWithRFP, Job):
    """Writes the answers into a copy of the buyer's file; the copy is the job's artifact."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="export_jobs")
    revision = models.CharField(max_length=64, blank=True, help_text="hash of what was written")
    report = models.JSONField(default=dict, blank=True)

    item_word: ClassVar[str] = "answers"
    outcome_columns: ClassVar[tuple[str, ...]] = ("revision", "report")

    def task_kwargs(self) -> dict[str, Any]:
        return {"rfp_id": self.rfp_id, "user_id": self.started_by_id, "job_id": self.pk}

    def subject_url(self) -> str:
        return self.rfp.get_absolute_url()


class SummaryJob(Job):
    """Summarises one information document."""

    information_document = models.ForeignKey(
        InformationDocument, models.CASCADE, null=True, related_name="summary_jobs"
    )

    def task_kwargs(self) -> dict[str, Any]:
        return {
            "information_document_id": self.information_document_id,
            "user_id": self.started_by_id,
            "job_id": self.pk,
        }
