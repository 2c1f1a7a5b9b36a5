"""One LLM API: its page, its settings, its test."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from jobs.errors import AlreadyRunning
from jobs.responses import accepted, already_running
from llm_manager.access import managed_api_of
from llm_manager.starting import start_validation


@require_POST
def test_api(request: HttpRequest, api_id: int) -> HttpResponse:
    """Ask one API in the background whether it works and which models it has."""
    api = managed_api_of(request, api_id)
    try:
        job = start_validation(api, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=reverse("llm_manager:models"))
