"""Background work on an RFP: drafting and reviewing its answers, exports, summaries."""

from typing import Any, ClassVar, cast

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.roles import Role
from jobs.models import Job
from rfp_manager.models.members import role_in
from rfp_manager.models.rfps import RFP, InformationDocument, Question


def may_change(job: Job, rfp: RFP | None, user: Any) -> bool:
    """Who started it and still works on the RFP, and the RFP's managers."""
    role = role_in(user, rfp) if rfp else None
    needed = Role.CONTRIBUTOR if job.started_by_id == user.pk else Role.MANAGER
    return role is not None and role.rank >= needed.rank


def _owned(rfp_id: int) -> RFP | None:
    """The RFP with no more than its owner: a poll needs neither its report nor its settings."""
    return RFP.objects.filter(pk=rfp_id).only("owner_id").first()


def may_change_reading(job: Any, user: Any) -> bool:
    """The same of the reading of a document that came with an RFP."""
    came = InformationDocument.objects.filter(document=job.document_id).first()
    return came is not None and may_change(job, _owned(came.rfp_id), user)


class SharedWithRFP:
    """Work on an RFP: whoever may see the RFP may see the work and fetch its files, and nobody
    else, whoever started it."""

    rfp_id: int
    is_shared: ClassVar[bool] = True

    @classmethod
    def open_to(cls, user: Any) -> Q:
        return Q(rfp__in=RFP.objects.for_user(user))

    def may_be_seen_by(self, user: Any) -> bool:
        return RFP.objects.for_user(user).filter(pk=self.rfp_id).exists()

    def may_be_changed_by(self, user: Any) -> bool:
        job = cast(Job, self)
        known: RFP | None = job._state.fields_cache.get("rfp")
        return may_change(job, known or _owned(self.rfp_id), user)


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
    is_shared: ClassVar[bool] = True

    @classmethod
    def open_to(cls, user: Any) -> Q:
        gone = Q(information_document=None)
        return gone | Q(information_document__rfp__in=RFP.objects.for_user(user))

    def may_be_seen_by(self, user: Any) -> bool:
        """Whoever may see the RFP may see the work on what came with it."""
        if self.information_document_id is None:
            return super().may_be_seen_by(user)
        rfps = RFP.objects.for_user(user)
        return rfps.filter(information_documents=self.information_document_id).exists()

    def may_be_changed_by(self, user: Any) -> bool:
        found = self.information_document
        if found is None:
            return super().may_be_changed_by(user)
        return may_change(self, _owned(found.rfp_id), user)

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
