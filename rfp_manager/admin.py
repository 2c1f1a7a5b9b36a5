"""Administrators' pages of RFPs; the work itself is done on the RFPs' own pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from jobs.admin_tools import ReadOnlyAdmin, start_each
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerVersion,
    Citation,
    InformationDocument,
    Question,
    Review,
    RFPMember,
)
from rfp_manager.summaries import start_summary


class MemberInline(admin.TabularInline[RFPMember, RFP]):
    """With whom it is shared; who did that is noted on the RFP's own page of members."""

    model = RFPMember
    fk_name = "rfp"
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(RFP)
class RFPAdmin(admin.ModelAdmin[RFP]):
    list_display = ("name", "customer", "owner", "due_date", "filename", "created_at")
    list_filter = ("due_date", "created_at", "file_format")
    list_select_related = ("owner",)
    search_fields = ("name", "customer", "filename")
    date_hierarchy = "created_at"
    fields = (
        "name", "customer", "due_date", "instructions", "owner", "collections",
        "filename", "file_format", "sha256", "created_at", "updated_at",
    )  # fmt: skip
    readonly_fields = fields[6:]
    autocomplete_fields = ("owner",)
    inlines = (MemberInline,)
    filter_horizontal = ("collections",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RFP | None = None) -> bool:
        # Its questions, answers and their history would go with it.
        return False


@admin.register(InformationDocument)
class InformationDocumentAdmin(admin.ModelAdmin[InformationDocument]):
    list_display = ("title", "rfp", "document", "summarized_at", "created_at")
    list_select_related = ("rfp", "document")
    search_fields = ("title", "rfp__name")
    fields = ("rfp", "document", "title", "summary", "summary_citations", "summarized_at")
    readonly_fields = ("summary", "summary_citations", "summarized_at")
    autocomplete_fields = ("rfp", "document")
    actions = ("summarize",)

    @admin.action(description="Summarise selected documents", permissions=["change"])
    def summarize(self, request: HttpRequest, queryset: QuerySet[InformationDocument]) -> None:
        start_each(self, request, queryset, start_summary)


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin[Question]):
    list_display = ("rfp", "number", "text", "sheet", "row")
    list_display_links = ("text",)
    list_select_related = ("rfp",)
    search_fields = ("text", "number", "rfp__name")


class _PartOfAnswer(admin.TabularInline[Any, Answer]):
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CitationInline(_PartOfAnswer):
    model = Citation
    fields = readonly_fields = ("ordinal", "quote", "chunk", "document_sha256")


class ReviewInline(_PartOfAnswer):
    model = Review
    fields = readonly_fields = (
        "answer_version",
        "verdict",
        "score",
        "comment",
        "reviewer",
        "model",
        "created_at",
    )


class VersionInline(_PartOfAnswer):
    model = AnswerVersion
    fields = readonly_fields = (
        "number",
        "text",
        "choice",
        "outcome",
        "made_by",
        "job",
        "created_at",
    )


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin[Answer]):
    """Answers are edited on their RFP's pages, where nobody overwrites another unseen."""

    list_display = ("question", "text", "outcome", "confidence", "state", "version", "updated_at")
    list_filter = ("outcome", "state", "updated_at")
    list_select_related = ("question",)
    search_fields = ("text", "question__text", "question__rfp__name")
    inlines = (CitationInline, ReviewInline, VersionInline)
