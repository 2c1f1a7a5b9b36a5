"""The page of LLM APIs and their models."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.responses import accepted, already_running
from llm_manager.access import managed_api_of, may_manage
from llm_manager.models import LLMApi, LLMModel, ModelKind, ValidationJob

VALIDATE = "llm_manager.validate_single_api"


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    listed = Prefetch("models", LLMModel.objects.order_by("-is_available", "kind", "model_id"))
    apis = list(LLMApi.objects.defer("api_key").prefetch_related(listed))
    checks = _checks(request)
    context = {
        "apis": [
            {"api": api, "badge": _badge(api), "admin_url": _admin_url(api),
             "check": checks.get(api.pk)} for api in apis
        ],
        "running": list(checks.values()),
        "defaults": _defaults(apis),
        "may_manage": may_manage(request),
        "add_url": _reverse("admin:llm_manager_llmapi_add"),
    }  # fmt: skip
    return render(request, "llm_manager/models.html", context)


def _badge(api: LLMApi) -> tuple[str, str]:
    """A status that components/badge.html knows, and its words."""
    if not api.is_active:
        return "inactive", "Switched off"
    if api.last_validation_ok is None:
        return "unknown", "Never checked"
    return ("valid", "Works") if api.last_validation_ok else ("failed", "Does not work")


def _defaults(apis: list[LLMApi]) -> list[dict[str, Any]]:
    """For each kind of model the default, and whether it can be used."""
    chosen = {m.kind: (m, api) for api in apis for m in api.models.all() if m.is_system_default}
    rows = []
    for kind, label in ModelKind.choices:
        model, api = chosen.get(kind, (None, None))
        usable = bool(model and api and model.is_available and api.is_active)
        rows.append({"kind": kind, "label": label, "model": model, "api": api, "usable": usable})
    return rows


def _checks(request: HttpRequest) -> dict[int | None, ValidationJob]:
    """The check of each API that is under way and that this person may see."""
    running = ValidationJob.objects.for_user(request.user).active().select_related("depends_on")
    return {job.api_id: job for job in running if isinstance(job, ValidationJob)}


def _admin_url(api: LLMApi) -> str:
    return _reverse("admin:llm_manager_llmapi_change", api.pk)


def _reverse(name: str, *args: int) -> str:
    """The admin's address, "" where that model is not in the admin."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@require_POST
def test_api(request: HttpRequest, api_id: int) -> HttpResponse:
    """Ask one API in the background whether it works and which models it has."""
    api = managed_api_of(request, api_id)
    job = ValidationJob(api=api, started_by_id=request.user.pk, title=f"Check {api.name}"[:200])
    try:
        # The same key as the nightly check of all APIs.
        enqueue(VALIDATE, job=job, dedup_key=f"api:{api.pk}")
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=reverse("llm_manager:models"))
