"""Documents, their versions and the chunks that are searched and cited."""

from collections.abc import Callable
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.roles import Role, has_role


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


class DocumentKind(models.TextChoices):
    FILE = "file", "Document"
    ANSWER = "answer", "Approved answer"
    INFORMATION = "rfp", "Came with an RFP"


class CollectionQuerySet(models.QuerySet["Collection"]):
    def for_user(self, user: Any) -> Self:
        """The collections that `user` may look into and put documents in."""
        if not user.is_authenticated:
            return self.none()
        if has_role(user, Role.MANAGER):
            return self
        return self.filter(Q(is_restricted=False) | Q(members=user)).distinct()


class Collection(models.Model):
    """A named part of the library, to limit what may answer an RFP and who may read it."""

    name = models.CharField(max_length=300, unique=True)
    description = models.TextField(blank=True)
    is_restricted = models.BooleanField(
        default=False, help_text="only members see the documents in it"
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="library_collections"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TagKind(models.TextChoices):
    PRODUCT = "product", "Product"
    TOPIC = "topic", "Topic"


class Tag(models.Model):
    """What a document is about: a product, or a topic."""

    kind = models.CharField(max_length=10, choices=TagKind.choices, default=TagKind.TOPIC)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="library_tag_once"),
            models.CheckConstraint(
                condition=Q(kind__in=TagKind.values), name="library_known_tag_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name


#: user -> the documents that came with RFPs this user may see. Other apps know of RFPs, this one
#: does not; where none says anything, only managers see such documents.
INFORMATION_READERS: list[Callable[[Any], Q]] = []


def _readable_information(user: Any) -> Q:
    """What is of the library, and what came with RFPs that `user` may see."""
    found = ~Q(kind=DocumentKind.INFORMATION)
    for readable in INFORMATION_READERS:
        found |= readable(user)
    return found


class DocumentQuerySet(models.QuerySet["Document"]):
    def for_user(self, user: Any) -> Self:
        """The library is shared by all who may sign in, except for restricted collections: a
        document in one is for the members of one of its restricted collections, for its owner
        and for managers. What came with an RFP is for those who may see that RFP, and for nobody
        else, whoever brought it. solution_library.scoping says the same to a search."""
        if not user.is_authenticated:
            return self.none()
        if has_role(user, Role.MANAGER):
            return self
        # As sets, which are made once for a query, not looked up for each document.
        barred = Document.collections.through.objects.filter(collection__is_restricted=True)
        shared = barred.filter(collection__members=user)
        return self.filter(
            _readable_information(user),
            Q(owner=user)
            | ~Q(pk__in=barred.values("document_id"))
            | Q(pk__in=shared.values("document_id")),
        )

    def answering(self) -> Self:
        """Documents whose text may be searched and feed answers."""
        barred = (ReviewStatus.REJECTED, ReviewStatus.ARCHIVED)
        return self.exclude(review_status__in=barred)

    def of_library(self) -> Self:
        """All but what came with RFPs, which informs the answers of its own RFP only."""
        return self.exclude(kind=DocumentKind.INFORMATION)

    def files(self) -> Self:
        """All but the approved answers and what came with RFPs, which have pages of their own."""
        return self.filter(kind=DocumentKind.FILE)


def original_path(instance: "DocumentVersion", filename: str) -> str:
    """Files are stored under random names; what the sender called them is only data."""
    name = uuid4().hex
    return f"documents/{name[:2]}/{name}"


class Document(models.Model):
    """Something the company has written. Its current text is in `current_version`."""

    kind = models.CharField(max_length=10, choices=DocumentKind.choices, default=DocumentKind.FILE)
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
    tags = models.ManyToManyField(Tag, blank=True, related_name="documents")
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
                condition=Q(source=None) & ~Q(kind="rfp"),
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
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="library_known_document_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["embedding_status"]),
            models.Index(fields=["path"]),
            models.Index(
                fields=["review_due"],
                condition=Q(review_due__isnull=False),
                name="library_reviews_due",
            ),
        ]

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
    text_hash = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="of its words, to find equal texts"
    )
    signature = models.BinaryField(null=True, help_text="to find texts that are nearly equal")
    # Not held by the database: what once pointed to a segment that is gone is no current version,
    # or is found by `wording.upkeep` and indexed anew.
    lexical_segment = models.ForeignKey(
        "LexicalSegment",
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        help_text="where its words are indexed; empty: not yet, so they are searched one by one",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True, help_text="why it was made")
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
    is_hidden = models.BooleanField(
        default=False, help_text="text that a reader of the file does not see; never searched"
    )
    lexemes = SearchVectorField(null=True, editable=False)
    length = models.PositiveIntegerField(default=0, help_text="lexemes, counted with repeats")

    class Meta:
        ordering = ["version_id", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["version", "ordinal"], name="library_chunk_place_once")
        ]
        indexes = [models.Index(fields=["content_hash"])]

    def __str__(self) -> str:
        return f"{self.version} #{self.ordinal}"


class DocumentReview(models.Model):
    """Somebody's decision about a document: never changed, only followed by another."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="reviews")
    version = models.ForeignKey(
        DocumentVersion, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    before = models.CharField(max_length=20, choices=ReviewStatus.choices)
    after = models.CharField(max_length=20, choices=ReviewStatus.choices)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.document}: {self.before} to {self.after}"


class SignatureBand(models.Model):
    """A part of a version's signature. Texts that share one are compared as wholes."""

    version = models.ForeignKey(
        DocumentVersion, models.CASCADE, related_name="bands", db_index=False
    )
    band = models.PositiveSmallIntegerField()
    key = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "band"], name="library_band_once")
        ]
        indexes = [models.Index(fields=["band", "key"], name="library_bands_by_key")]

    def __str__(self) -> str:
        return f"band {self.band} of {self.version_id}"


class PairState(models.TextChoices):
    OPEN = "open", "To be looked at"
    KEPT = "kept", "Both are wanted"


class DuplicatePair(models.Model):
    """Two documents with the same or nearly the same text, and what somebody decided."""

    first = models.ForeignKey(Document, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Document, models.CASCADE, related_name="+")
    similarity = models.FloatField(help_text="share of their word sequences, 0 to 1")
    state = models.CharField(max_length=10, choices=PairState.choices, default=PairState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-similarity", "id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="library_pair_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="library_pair_in_order"
            ),
            models.CheckConstraint(
                condition=Q(similarity__range=(0, 1)), name="library_pair_similarity"
            ),
            models.CheckConstraint(
                condition=Q(state__in=PairState.values), name="library_known_pair_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}: {self.similarity:.2f}"
