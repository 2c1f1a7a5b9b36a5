"""The only place that turns (request, id) into an object of this app, or into a 404."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from llm_manager.models import LLMApi


def may_manage(request: HttpRequest) -> bool:
    return request.user.has_perm("llm_manager.change_llmapi")


def managed_api_of(request: HttpRequest, api_id: int) -> LLMApi:
    """For those who look after the APIs. Raises PermissionDenied for the others."""
    # The key is not needed here, and one that cannot be decrypted must not break the page.
    api = get_object_or_404(LLMApi.objects.defer("api_key"), pk=api_id)
    if not may_manage(request):
        raise PermissionDenied("Only administrators may test LLM APIs.")
    return api
