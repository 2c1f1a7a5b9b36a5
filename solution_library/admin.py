"""Administrators' pages of the library."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from jobs.admin_tools import start_each
from solution_library.ingest import start_batch, start_embedding
from solution_library.models import Collection, Document, DocumentationSource, DocumentVersion
from solution_library.removal import remove
from solution_library.syncing import start_sync


class VersionInline(admin.TabularInline[DocumentVersion, Document]):
    model = DocumentVersion
    fields = readonly_fields = (
        "number", "filename", "size", "page_count", "is_complete", "warnings", "created_at",
    )  # fmt: skip
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin[Document]):
    """Files come in through the library's own pages; what is known of them is kept here."""

    list_display = (
        "title", "path", "media_type", "embedding_status", "review_status", "source", "updated_at",
    )  # fmt: skip
    list_filter = (
        "embedding_status", "review_status", "media_type", "collections",
        ("source", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    search_fields = ("title", "path")
    date_hierarchy = "created_at"
    inlines = (VersionInline,)
    fields = (
        "title", "review_status", "review_due", "owner", "collections", "tags",
        "path", "media_type",
        "source_name", "sha256", "embedding_status", "embedding_error", "embedding_model",
        "created_at", "updated_at",
    )  # fmt: skip
    readonly_fields = fields[6:]
    autocomplete_fields = ("owner",)
    filter_horizontal = ("collections", "tags")
    actions = ("embed_each", "embed_as_batch")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        found = super().get_queryset(request).select_related("source", "embedding_model")
        return found.defer("source__credentials")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="Source")
    def source_name(self, document: Document) -> str:
        return document.source.name if document.source else "–"

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        for document in queryset:
            remove(document)

    @admin.action(description="Embed selected documents, one job each", permissions=["change"])
    def embed_each(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        start_each(self, request, queryset, start_embedding)

    @admin.action(description="Embed selected documents as one batch", permissions=["change"])
    def embed_as_batch(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        job = start_batch(ids, request.user)
        text = f"“{job.title}” started as job {job.pk}."
        self.message_user(request, text, messages.SUCCESS)


@admin.register(DocumentationSource)
class DocumentationSourceAdmin(admin.ModelAdmin[DocumentationSource]):
    """Sources are added on the library's pages, where their address is tried out first."""

    list_display = ("name", "kind", "location", "is_active", "last_synced_at", "stale_since")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "location")
    # The credentials are on no page.
    fields = (
        "name", "is_active", "collection", "kind", "location", "config", "created_by",
        "last_synced_at", "stale_since", "created_at",
    )  # fmt: skip
    readonly_fields = fields[3:]
    actions = ("sync_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentationSource]:
        return super().get_queryset(request).defer("credentials")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Sync selected sources", permissions=["change"])
    def sync_selected(self, request: HttpRequest, queryset: QuerySet[DocumentationSource]) -> None:
        start_each(self, request, queryset, start_sync)


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin[Collection]):
    search_fields = ("name",)
