"""The only place that turns (request, id) into an object of this app, or into a 404."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.roles import Role, has_role
from llm_manager.models import Budget, LLMApi, LLMModel
from llm_manager.subjects import subjects


def may_manage(request: HttpRequest) -> bool:
    """Administrators, and who was given just this in the administrators' pages."""
    return has_role(request.user, Role.ADMIN) or request.user.has_perm("llm_manager.change_llmapi")


def check_may_manage(request: HttpRequest) -> None:
    """Raises PermissionDenied."""
    if not may_manage(request):
        raise PermissionDenied("Only those who manage the LLM APIs may do this.")


def api_of(request: HttpRequest, api_id: int) -> LLMApi:
    """Everybody may know which APIs there are."""
    # The key is not needed here, and one that cannot be decrypted must not break the page.
    return get_object_or_404(LLMApi.objects.defer("api_key"), pk=api_id)


def managed_api_of(request: HttpRequest, api_id: int) -> LLMApi:
    """For those who look after the APIs. Raises PermissionDenied for the others."""
    api = api_of(request, api_id)
    check_may_manage(request)
    return api


def managed_model_of(request: HttpRequest, model_pk: int) -> LLMModel:
    """The same for a model."""
    models = LLMModel.objects.select_related("api").defer("api__api_key")
    model = get_object_or_404(models, pk=model_pk)
    check_may_manage(request)
    return model


def may_manage_budgets(request: HttpRequest) -> bool:
    return has_role(request.user, Role.ADMIN) or request.user.has_perm("llm_manager.change_budget")


def check_may_manage_budgets(request: HttpRequest) -> None:
    """Raises PermissionDenied."""
    if not may_manage_budgets(request):
        raise PermissionDenied("Only those who manage budgets may do this.")


def managed_budget_of(request: HttpRequest, budget_id: int) -> Budget:
    """For those who look after the budgets. Raises PermissionDenied for the others."""
    check_may_manage_budgets(request)
    return get_object_or_404(Budget, pk=budget_id)


def budgets_of(request: HttpRequest) -> list[Budget]:
    """All, for those who look after them; for others those that their own work counts for."""
    budgets = Budget.objects.select_related("user").order_by("-is_active", "name")
    if may_manage_budgets(request):
        return list(budgets)
    mine = budgets.filter(Q(user=None) | Q(user=request.user.pk), is_active=True)
    named = subjects({budget.subject for budget in mine}, request.user)
    return [b for b in mine if not b.subject or named[b.subject].url]
