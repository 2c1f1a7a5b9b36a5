"""Administrators' pages of LLM APIs, models, usage and budgets."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from jobs.admin_tools import ReadOnlyAdmin, start_each
from llm_manager.calling import spent_this_month
from llm_manager.forms import LLMApiForm
from llm_manager.models import Budget, LLMApi, LLMModel, LLMUsage
from llm_manager.starting import start_validation


@admin.register(LLMApi)
class LLMApiAdmin(admin.ModelAdmin[LLMApi]):
    form = LLMApiForm
    list_display = (
        "name", "kind", "is_active", "last_validation_ok", "last_validation_message",
        "last_validated_at",
    )  # fmt: skip
    list_filter = ("kind", "is_active", "last_validation_ok")
    search_fields = ("name", "base_url")
    readonly_fields = ("last_validated_at", "last_validation_ok", "last_validation_message")
    actions = ("validate_selected",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "base_url", "new_key", "forget_key", "is_active")}),
        ("Limits", {"fields": ("max_concurrency", "timeout_seconds")}),
        ("Last check", {"fields": readonly_fields}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LLMApi]:
        # A key that cannot be decrypted must not break the page where it is entered anew.
        return super().get_queryset(request).defer("api_key")

    @admin.action(description="Validate selected APIs", permissions=["change"])
    def validate_selected(self, request: HttpRequest, queryset: QuerySet[LLMApi]) -> None:
        start_each(self, request, queryset, start_validation)


@admin.register(LLMModel)
class LLMModelAdmin(admin.ModelAdmin[LLMModel]):
    list_display = (
        "model_id", "api", "kind", "is_available", "is_system_default", "input_price",
        "output_price",
    )  # fmt: skip
    list_filter = ("kind", "is_available", "is_system_default", "api__name")
    search_fields = ("model_id", "name")
    readonly_fields = ("is_system_default",)
    actions = ("make_default",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LLMModel]:
        return super().get_queryset(request).select_related("api").defer("api__api_key")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "api":
            kwargs["queryset"] = LLMApi.objects.defer("api_key")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.action(description="Make default of its kind", permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[LLMModel]) -> None:
        kinds = [model.kind for model in queryset]
        if len(set(kinds)) < len(kinds):
            text = "A kind has one default: select one model of a kind, please."
            self.message_user(request, text, messages.ERROR)
            return
        for model in queryset:
            model.make_default()
            text = f"{model} is the default {model.kind} model now."
            self.message_user(request, text, messages.SUCCESS)


@admin.register(LLMUsage)
class LLMUsageAdmin(ReadOnlyAdmin[LLMUsage]):
    list_display = (
        "created_at", "model", "purpose", "outcome", "input_tokens", "output_tokens", "cost",
        "latency_ms", "job",
    )  # fmt: skip
    list_filter = ("purpose", "outcome", "created_at", "model__model_id")
    list_select_related = ("model", "job")
    date_hierarchy = "created_at"


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin[Budget]):
    list_display = ("name", "limit", "spent", "is_active")

    @admin.display(description="Spent this month")
    def spent(self, budget: Budget) -> str:
        return f"${spent_this_month():.2f}"
