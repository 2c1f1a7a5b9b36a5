"""The page of LLM APIs and their models."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from llm_manager.access import may_manage
from llm_manager.models import LLMApi, LLMModel, ModelKind
from llm_manager.presenting import badge_of, checks_under_way, price_words

#: Of each API; its own page has them all.
MODELS_SHOWN = 8


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    order = ("-is_system_default", "-is_available", "kind", "model_id")
    listed = Prefetch("models", LLMModel.objects.order_by(*order))
    apis = list(LLMApi.objects.defer("api_key").prefetch_related(listed))
    checks = checks_under_way(request.user)
    context = {
        "apis": [_row(api, checks) for api in apis],
        "running": list(checks.values()),
        "defaults": _defaults(apis),
        "may_manage": may_manage(request),
    }
    return render(request, "llm_manager/models.html", context)


def _row(api: LLMApi, checks: dict[int | None, Any]) -> dict[str, Any]:
    models = list(api.models.all())
    return {
        "api": api,
        "badge": badge_of(api),
        "check": checks.get(api.pk),
        "models": [(model, price_words(model, api.kind)) for model in models[:MODELS_SHOWN]],
        "more": len(models) - MODELS_SHOWN,
        "count": len(models),
    }


def _defaults(apis: list[LLMApi]) -> list[dict[str, Any]]:
    """For each kind of model the default, and whether it can be used."""
    chosen = {m.kind: (m, api) for api in apis for m in api.models.all() if m.is_system_default}
    rows = []
    for kind, label in ModelKind.choices:
        model, api = chosen.get(kind, (None, None))
        usable = bool(model and api and model.is_available and api.is_active)
        rows.append({"kind": kind, "label": label, "model": model, "api": api, "usable": usable})
    return rows
