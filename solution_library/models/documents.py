"""Documents, their versions and the chunks that are searched and cited."""

from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse


class ReviewStatus(models.TextChoices):
    PENDING = "pending", "Pending review"
    PROCESSING = "processing", "Being processed"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    ARCHIVED = "archived", "Archived"


class EmbeddingStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Being read"
    READY = "ready", "Searchable"
    FAILED = "failed", "Failed"


class Collection(models.Model):
    """A named part of the library, to limit what may answer an RFP."""

    name = models.CharField(max_length=300, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(models.QuerySet["Document"]):
    def for_user(self, user: Any) -> Self:
        """The library is shared by everybody who may sign in."""
        return self if user.is_authenticated else self.none()

    def answering(self) -> Self:
        """Documents whose text may be searched and feed answers."""
        barred = (ReviewStatus.REJECTED, ReviewStatus.ARCHIVED)
        return self.exclude(review_status__in=barred)


def original_path(instance: "DocumentVersion", filename: str) -> str:
    """Files are stored under random names; what the sender called them is only data."""
    name = uuid4().hex
    return f"documents/{name[:2]}/{name}"


class Document(models.Model):
    """Something the company has written. Its current text is in `current_version`."""

    title = models.CharField(max_length=300)
    path = models.CharField(max_length=1000, help_text="file name, path or URL it came with")
    media_type = models.CharField(max_length=100, blank=True)
    source = models.ForeignKey(
        "DocumentationSource", models.SET_NULL, null=True, blank=True, related_name="documents"
    )
    source_key = models.CharField(max_length=1000, blank=True)
    sha256 = models.CharField(max_length=64, help_text="of the newest file received")
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    source_links = models.JSONField(null=True, blank=True, help_text="where a page leads")
    synced_by = models.ForeignKey(
        "SyncJob", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    gone_count = models.PositiveSmallIntegerField(default=0)
    collections = models.ManyToManyField(Collection, blank=True, related_name="documents")
    current_version = models.ForeignKey(
        "DocumentVersion", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    embedding_model = models.ForeignKey(
        "llm_manager.LLMModel", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    review_status = models.CharField(
        max_length=20, choices=ReviewStatus.choices, default=ReviewStatus.PENDING
    )
    embedding_status = models.CharField(
        max_length=20, choices=EmbeddingStatus.choices, default=EmbeddingStatus.WAITING
    )
    embedding_error = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    review_due = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=Q(source=None),
                name="library_uploaded_file_once",
            ),
            models.UniqueConstraint(
                fields=["source", "source_key"],
                condition=~Q(source_key=""),
                nulls_distinct=False,
                name="library_source_item_once",
            ),
            models.CheckConstraint(
                condition=Q(review_status__in=ReviewStatus.values),
                name="library_known_review_status",
            ),
            models.CheckConstraint(
                condition=Q(embedding_status__in=EmbeddingStatus.values),
                name="library_known_embedding_status",
            ),
        ]
        indexes = [models.Index(fields=["embedding_status"]), models.Index(fields=["path"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("solution_library:document", args=[self.pk])


class DocumentVersion(models.Model):
    """One state of a document: the file as received and the text read from it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    file = models.FileField(upload_to=original_path, max_length=255)
    filename = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    page_count = models.PositiveIntegerField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    is_complete = models.BooleanField(default=False, help_text="all chunks are embedded")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"], name="library_version_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document} v{self.number}"


class Chunk(models.Model):
    """A passage of one version of a document."""

    version = models.ForeignKey(DocumentVersion, models.CASCADE, related_name="chunks")
    ordinal = models.PositiveIntegerField()
    heading_path = models.CharField(max_length=1000, blank=True)
    page = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField()
    content_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=20, default="simple")
    lexemes = SearchVectorField(null=True, editable=False)
    length = models.PositiveIntegerField(default=0, help_text="lexemes, counted with repeats")

    class Meta:
        ordering = ["version_id", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "ordinal"], name="library_chunk_place_once"
            )
        ]
        indexes = [
            models.Index(fields=["content_hash"]),
            GinIndex(fields=["lexemes"], name="library_chunk_lexemes"),
        ]

    def __str__(self) -> str:
        return f"{self.version} #{self.ordinal}"
