"""Administrators' pages of LLM APIs, models, usage and budgets."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from jobs.admin_tools import ReadOnlyAdmin, start_each
from llm_manager.budgeting import standings
from llm_manager.charts import dollars
from llm_manager.defaults import DefaultRefused, change_default
from llm_manager.forms import PRICES, LLMApiForm
from llm_manager.models import ApiCheck, Budget, LLMApi, LLMModel, LLMUsage, PriceSource
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
        (
            "Limits",
            {
                "fields": (
                    "max_concurrency",
                    "requests_per_minute",
                    "tokens_per_minute",
                    "timeout_seconds",
                    "first_byte_seconds",
                )
            },
        ),
        ("Last check", {"fields": readonly_fields}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LLMApi]:
        # A key that cannot be decrypted must not break the page where it is entered anew.
        return super().get_queryset(request).defer("api_key")

    def save_model(self, request: HttpRequest, obj: LLMApi, form: LLMApiForm, change: bool) -> None:
        obj.save(update_fields=form.columns() if change else None)

    @admin.action(description="Validate selected APIs", permissions=["change"])
    def validate_selected(self, request: HttpRequest, queryset: QuerySet[LLMApi]) -> None:
        start_each(self, request, queryset, start_validation)


@admin.register(ApiCheck)
class ApiCheckAdmin(ReadOnlyAdmin[ApiCheck]):
    list_display = ("created_at", "api", "ok", "message", "models_listed", "latency_ms")
    list_filter = ("ok", "api__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiCheck]:
        return super().get_queryset(request).select_related("api").defer("api__api_key")


@admin.register(LLMModel)
class LLMModelAdmin(admin.ModelAdmin[LLMModel]):
    list_display = (
        "model_id", "api", "kind", "is_available", "is_system_default", "input_price",
        "output_price",
    )  # fmt: skip
    list_filter = ("kind", "is_available", "is_system_default", "api__name")
    search_fields = ("model_id", "name")
    readonly_fields = ("is_system_default", "price_source")
    actions = ("make_default",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LLMModel]:
        return super().get_queryset(request).select_related("api").defer("api__api_key")

    def save_model(self, request: HttpRequest, obj: LLMModel, form: Any, change: bool) -> None:
        if PRICES.intersection(form.changed_data):
            obj.price_source = PriceSource.ENTERED
        super().save_model(request, obj, form, change)

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
            try:
                change_default(model, user=request.user)
                text = f"{model} is the default {model.kind} model now."
                self.message_user(request, text, messages.SUCCESS)
            except DefaultRefused as error:
                page = reverse("llm_manager:model_default", args=[model.pk])
                text = format_html('{} <a href="{}">Its page</a>', str(error), page)
                self.message_user(request, text, messages.ERROR)


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
    list_display = (
        "name", "limit", "period", "user", "subject", "spent", "left", "is_active",
    )  # fmt: skip
    list_filter = ("is_active", "period")
    list_select_related = ("user",)
    search_fields = ("name", "subject")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With how each budget of the page stands, in one query."""
        found = super().get_changelist_instance(request)
        for standing in standings(found.result_list):
            vars(standing.budget)["standing"] = standing
        return found

    @admin.display(description="Spent in this period")
    def spent(self, budget: Budget) -> str:
        return dollars(vars(budget)["standing"].spent)

    @admin.display(description="Left")
    def left(self, budget: Budget) -> str:
        return dollars(vars(budget)["standing"].left)
