"""RFPs, the questions found in the buyer's file, and the jobs that work on them."""

from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.roles import Role, has_role


class RFPQuerySet(models.QuerySet["RFP"]):
    def for_user(self, user: Any) -> Self:
        """RFPs that `user` may see: their own, those shared with them, and all for managers."""
        if has_role(user, Role.MANAGER):
            return self
        shared = self.model.members.through.objects.filter(user=user.pk)
        return self.filter(Q(owner=user.pk) | Q(pk__in=shared.values("rfp")))


#: The folder of buyers' files in the storage.
QUESTIONNAIRES = "questionnaires"


def questionnaire_path(instance: "RFP", filename: str) -> str:
    """The buyer's file is stored under a random name; its own name is only data."""
    name = uuid4().hex
    return f"{QUESTIONNAIRES}/{name[:2]}/{name}"


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
        settings.AUTH_USER_MODEL,
        blank=True,
        through="rfp_manager.RFPMember",
        through_fields=("rfp", "user"),
        related_name="shared_rfps",
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
    four_eyes = models.BooleanField(
        default=False, db_default=False, help_text="Whoever wrote an answer does not approve it"
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

    #: What the person may do who looks at it (membership.Rights); set where it is looked up for
    #: somebody, so that pages show no button that would only say no.
    rights: Any = None

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
