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
    approval_required = models.BooleanField(
        default=False, help_text="Only approved answers leave in an export"
    )
    questionnaire = models.FileField(upload_to=questionnaire_path, max_length=255)
    filename = models.CharField(max_length=300)
    file_format = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    import_report = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(
        default=dict, blank=True, help_text="what a person has corrected in how the file is read"
    )
    layout = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="fingerprint of the form"
    )
    previous_edition = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="next_editions"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    submitted_export = models.ForeignKey(
        "ExportJob",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="what the buyer was given",
    )
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


class EarlierChange(models.TextChoices):
    KEPT = "kept", "Asked before in the same words"
    REWORDED = "reworded", "Asked before in other words"


class Question(models.Model):
    """A question or requirement of the buyer, with its place and its answer's place.

    Places count from 1. In a Word document a table is a sheet of its own ("Table 3"), and the
    paragraphs of the text are the rows of the sheet "Text".
    """

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
    further_places = models.JSONField(
        default=dict,
        blank=True,
        help_text="ticks: choice to [row, column]; evidence: [row, column]",
    )
    max_characters = models.PositiveIntegerField(null=True, blank=True)
    max_words = models.PositiveIntegerField(null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="follow_ups",
        help_text="the question that this one depends on",
    )
    condition = models.CharField(
        max_length=300, blank=True, help_text="the parent's answer for which this one is asked"
    )
    same_as = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="repeats",
        help_text="an earlier question of this RFP that asks the same",
    )
    earlier = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="later",
        help_text="the question of the previous edition",
    )
    earlier_change = models.CharField(max_length=10, choices=EarlierChange.choices, blank=True)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["rfp", "ordinal"], name="rfp_question_place_once"),
            models.UniqueConstraint(
                fields=["rfp", "sheet", "answer_row", "answer_column"],
                name="rfp_answer_cell_once",
            ),
            models.CheckConstraint(
                condition=Q(earlier_change__in=["", *EarlierChange.values]),
                name="rfp_known_earlier_change",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text}"[:80].strip()

    def get_absolute_url(self) -> str:
        return reverse("rfp_manager:question", args=[self.rfp_id, self.pk])


class QuestionnaireLayout(models.Model):
    """A form that was seen before, and how a person said it is read."""

    fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=300)
    mapping = models.JSONField(default=dict)
    features = models.JSONField(default=dict, help_text="to find forms that are nearly the same")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class InformationDocument(models.Model):
    """A document that came with the RFP, for information, with its summary."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="information_documents")
    document = models.ForeignKey(
        "solution_library.Document", models.PROTECT, related_name="information_for"
    )
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    summary_citations = models.JSONField(default=list, blank=True)
    sections = models.JSONField(
        default=list, blank=True, help_text="heading, summary and citations of each part"
    )
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


class FindingKind(models.TextChoices):
    REQUIREMENT = "requirement", "Requirement"
    DATE = "date", "Date"
    CRITERION = "criterion", "Evaluation criterion"


class InformationFinding(models.Model):
    """A requirement, a date or an evaluation criterion that an information document states."""

    information_document = models.ForeignKey(
        InformationDocument, models.CASCADE, related_name="findings"
    )
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=FindingKind.choices)
    text = models.TextField()
    day = models.DateField(null=True, blank=True, help_text="of a date")
    weight = models.FloatField(null=True, blank=True, help_text="of a criterion, in percent")
    chunk = models.ForeignKey("solution_library.Chunk", models.PROTECT, related_name="+")
    quote = models.TextField()

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["information_document", "ordinal"], name="rfp_finding_place_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FindingKind.values), name="rfp_known_finding_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"


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

    class Output(models.TextChoices):
        FILLED = "filled", "The buyer's file, filled in"
        BOOK_XLSX = "book-xlsx", "Answer book, Excel"
        BOOK_DOCX = "book-docx", "Answer book, Word"
        BOOK_PDF = "book-pdf", "Answer book, PDF"
        RECEIPTS = "receipts", "Answer receipts"

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="export_jobs")
    output = models.CharField(max_length=20, choices=Output.choices, default=Output.FILLED)
    only_approved = models.BooleanField(default=False)
    revision = models.CharField(max_length=64, blank=True, help_text="hash of what was written")
    report = models.JSONField(default=dict, blank=True)

    item_word: ClassVar[str] = "answers"
    outcome_columns: ClassVar[tuple[str, ...]] = ("revision", "report")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    output__in=["filled", "book-xlsx", "book-docx", "book-pdf", "receipts"]
                ),
                name="rfp_known_export_output",
            )
        ]

    def task_kwargs(self) -> dict[str, Any]:
        return {"rfp_id": self.rfp_id, "user_id": self.started_by_id, "job_id": self.pk}

    def subject_url(self) -> str:
        return self.rfp.get_absolute_url()


class SummaryJob(Job):
    """Summarises one information document."""

    information_document = models.ForeignKey(
        InformationDocument, models.CASCADE, null=True, related_name="summary_jobs"
    )

    item_word: ClassVar[str] = "parts"

    def may_be_seen_by(self, user: Any) -> bool:
        """Whoever may see the RFP may see the work on what came with it."""
        rfps = RFP.objects.for_user(user)
        seen = rfps.filter(information_documents=self.information_document_id).exists()
        return super().may_be_seen_by(user) or seen

    def subject_url(self) -> str:
        found = self.information_document
        page = "rfp_manager:information"
        return reverse(page, args=[found.rfp_id]) if found else super().subject_url()

    def item_names(self, keys: list[str]) -> dict[str, str]:
        return {key: "The whole" if key.startswith("fold") else "A part" for key in keys}

    def task_kwargs(self) -> dict[str, Any]:
        return {
            "information_document_id": self.information_document_id,
            "user_id": self.started_by_id,
            "job_id": self.pk,
        }
