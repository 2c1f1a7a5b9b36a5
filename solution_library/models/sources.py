"""Places that documents are kept in step with, and the jobs that do it."""

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from jobs.models import Job
from llm_manager.fields import EncryptedField
from solution_library.models.documents import Document, DocumentKind


class SourceKind(models.TextChoices):
    FOLDER = "folder", "Folder on the server"
    WEBSITE = "website", "Website"
    SITEMAP = "sitemap", "Sitemap"
    SINGLE_URL = "single_url", "Single web page"
    GIT = "git", "Git repository"
    S3 = "s3", "S3 bucket"
    FEED = "feed", "RSS or Atom feed"


class SyncEvery(models.TextChoices):
    NEVER = "never", "Only when somebody asks for it"
    HOUR = "hour", "Every hour"
    SIX_HOURS = "six_hours", "Every six hours"
    DAY = "day", "Every day"
    WEEK = "week", "Every week"


class DocumentationSource(models.Model):
    """Where documents come from by themselves."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=SourceKind.choices)
    location = models.CharField(max_length=1000, help_text="folder path or address")
    config = models.JSONField(default=dict, blank=True)
    credentials = EncryptedField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    collection = models.ForeignKey(
        "Collection", models.SET_NULL, null=True, blank=True, related_name="sources"
    )
    tags = models.ManyToManyField("solution_library.Tag", blank=True, related_name="sources")
    sync_every = models.CharField(max_length=10, choices=SyncEvery.choices, default=SyncEvery.DAY)
    next_sync_at = models.DateTimeField(
        null=True, blank=True, help_text="empty: at the next round over all sources"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_synced_at = models.DateTimeField(null=True, blank=True)
    stale_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=SourceKind.values), name="library_known_source_kind"
            ),
            models.CheckConstraint(
                condition=Q(sync_every__in=SyncEvery.values), name="library_known_sync_every"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("solution_library:source", args=[self.pk])


#: (job, user) -> whether `user` may stop or repeat the reading of what came with an RFP. Other apps
#: know of RFPs, this one does not.
INFORMATION_KEEPERS: list[Callable[["EmbeddingJob", Any], bool]] = []


class EmbeddingJob(Job):
    """Reads documents into the library: one document, or a batch of them as items."""

    document = models.ForeignKey(
        "Document", models.CASCADE, null=True, blank=True, related_name="embedding_jobs"
    )
    document_ids = models.JSONField(default=list, blank=True)

    item_word: ClassVar[str] = "documents"
    is_shared: ClassVar[bool] = True

    @classmethod
    def open_to(cls, user: Any) -> Q:
        of_library = Q(document=None) | ~Q(document__kind=DocumentKind.INFORMATION)
        return of_library | Q(document__in=Document.objects.for_user(user))

    def may_be_seen_by(self, user: Any) -> bool:
        """Reading what came with an RFP is work on that RFP, and is for who may see it; all else
        is for who began it."""
        came = self._came_with_an_rfp()
        if came is None:
            return super().may_be_seen_by(user)
        return Document.objects.for_user(user).filter(pk=came.pk).exists()

    def may_be_changed_by(self, user: Any) -> bool:
        if self._came_with_an_rfp() is None:
            return super().may_be_changed_by(user)
        return any(may_change(self, user) for may_change in INFORMATION_KEEPERS)

    def _came_with_an_rfp(self) -> Document | None:
        found = self.document
        return found if found and found.kind == DocumentKind.INFORMATION else None

    def task_kwargs(self) -> dict[str, Any]:
        if self.document_id is None:
            return {"job_id": self.pk, "user_id": self.started_by_id}
        return {
            "document_id": self.document_id,
            "embedding_model_id": None,
            "user_id": self.started_by_id,
            "job_id": self.pk,
        }

    def serial_line(self) -> str:
        """Readings of one document follow each other, whoever or whatever starts them."""
        return f"document:{self.document_id}" if self.document_id else ""

    def item_names(self, keys: list[str]) -> dict[str, str]:
        # Files of an archive are items by their paths, which need no other name.
        found = Document.objects.filter(pk__in=[int(key) for key in keys if key.isdecimal()])
        return {str(pk): title for pk, title in found.values_list("pk", "title")}

    def subject_url(self) -> str:
        if self.document_id:
            return reverse("solution_library:document", args=[self.document_id])
        return reverse("solution_library:documents")

    def on_finished(self) -> None:
        from solution_library.ingest import settle_unfinished

        settle_unfinished(self)


class SyncJob(Job):
    """One synchronisation of a documentation source."""

    source = models.ForeignKey(
        DocumentationSource, models.CASCADE, null=True, related_name="sync_jobs"
    )
    documents_created = models.PositiveIntegerField(default=0)
    documents_updated = models.PositiveIntegerField(default=0)
    documents_skipped = models.PositiveIntegerField(default=0)
    documents_deleted = models.PositiveIntegerField(default=0)
    documents_failed = models.PositiveIntegerField(default=0)

    item_word: ClassVar[str] = "documents"
    outcome_columns: ClassVar[tuple[str, ...]] = (
        "documents_created", "documents_updated", "documents_skipped", "documents_deleted",
        "documents_failed",
    )  # fmt: skip

    def task_kwargs(self) -> dict[str, Any]:
        return {
            "source_id": self.source_id,
            "user_id": self.started_by_id,
            "job_id": self.pk,
        }

    def serial_line(self) -> str:
        """Sources of one host are synced one after the other: it sees one polite reader."""
        sources = DocumentationSource.objects.filter(pk=self.source_id or 0)
        location = sources.values_list("location", flat=True).first() or ""
        try:
            host = urlsplit(location).hostname
        except ValueError:
            host = None
        return f"host:{host}"[:200] if host else ""

    def subject_url(self) -> str:
        if self.source_id is None:  # the nightly run over all sources
            return reverse("solution_library:sources")
        return reverse("solution_library:source", args=[self.source_id])
