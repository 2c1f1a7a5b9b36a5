"""One LLM API: its page, its settings, its test, its end."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.recording import record
from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther, accepted, already_running
from llm_manager.access import api_of, check_may_manage, managed_api_of, may_manage
from llm_manager.activity import gate_of, last_call_of, last_calls, today_of
from llm_manager.fields import KeyUnreadable
from llm_manager.forms import ApiPageForm
from llm_manager.known_models import list_date
from llm_manager.models import LLMApi, LLMModel, PriceSource
from llm_manager.presenting import badge_of, checks_under_way, figures, model_rows
from llm_manager.presets import PRESETS, initial_of, preset
from llm_manager.removing import StillNeeded, reason_to_keep, remove
from llm_manager.starting import start_validation

CHECKS_ON_A_PAGE = 10
MODELS_ON_A_PAGE = 50


@require_safe
def api(request: HttpRequest, api_id: int) -> HttpResponse:
    shown = api_of(request, api_id)
    manages, gate = may_manage(request), gate_of(shown)
    context = {
        "api": shown,
        "badge": badge_of(shown),
        "crumbs": [("Models", reverse("llm_manager:models"))],
        "check": checks_under_way(request.user).get(shown.pk),
        "figures": figures(shown, today_of(shown), gate, last_call_of(shown)),
        "gate": gate,
        "may_manage": manages,
        "has_key": manages and _has_key(shown),
        "kept_because": reason_to_keep(shown) if manages else "",
        **_models(request, shown),
        **_checks(request, shown),
    }
    return render(request, "llm_manager/api.html", context)


def _models(request: HttpRequest, shown: LLMApi) -> dict[str, Any]:
    found = LLMModel.objects.filter(api=shown).select_related("fallback")
    sought = request.GET.get("q", "").strip()[:200]
    if sought:
        found = found.filter(model_id__icontains=sought)
    order = ("-is_system_default", "-is_available", "kind", "model_id")
    page = Paginator(found.order_by(*order), MODELS_ON_A_PAGE).get_page(request.GET.get("page"))
    called = last_calls(model.pk for model in page)
    return {
        "page": page,
        "sought": sought,
        "rows": model_rows(shown, page.object_list, called),
        "listed_prices": shown.models.filter(price_source=PriceSource.LISTED).exists(),
        "list_date": list_date(),
    }


def _checks(request: HttpRequest, shown: LLMApi) -> dict[str, Any]:
    pages = Paginator(shown.checks.all(), CHECKS_ON_A_PAGE)
    return {"checks": pages.get_page(request.GET.get("checks"))}


def _has_key(shown: LLMApi) -> bool | None:
    """None: one is stored that cannot be read."""
    try:
        return bool(shown.api_key)
    except KeyUnreadable:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def api_new(request: HttpRequest) -> HttpResponse:
    check_may_manage(request)
    chosen = preset(request.GET.get("preset", ""))
    initial = initial_of(chosen) if chosen else {}
    form = ApiPageForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _saved(request, form.save(), "was added")
    context = {"form": form, "presets": PRESETS, "chosen": chosen,
               "crumbs": [("Models", reverse("llm_manager:models"))]}  # fmt: skip
    return render(request, "llm_manager/api_new.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def api_edit(request: HttpRequest, api_id: int) -> HttpResponse:
    shown = managed_api_of(request, api_id)
    form = ApiPageForm(request.POST or None, instance=shown)
    if request.method == "POST" and form.is_valid():
        return _saved(request, form.save(), "was saved")
    crumbs = [("Models", reverse("llm_manager:models")), (shown.name, _url(shown))]
    if form.errors:
        shown.refresh_from_db(fields=["name"])  # the form has put the refused one into it
    context = {"form": form, "api": shown, "crumbs": crumbs}
    return render(request, "llm_manager/api_edit.html", context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _saved(request: HttpRequest, saved: LLMApi, verb: str) -> HttpResponse:
    """What was entered is tried at once, while the person is still there."""
    said = f"“{saved.name}” {verb}"
    if saved.is_active:
        try:
            start_validation(saved, request.user)
            said += " and is being tested"
        except AlreadyRunning:
            said += "; a test of it was under way already"
    messages.success(request, f"{said}.")
    return SeeOther(_url(saved))


def _url(shown: LLMApi) -> str:
    return reverse("llm_manager:api", args=[shown.pk])


@require_POST
def api_switch(request: HttpRequest, api_id: int) -> HttpResponse:
    """Switch it on or off, as `active` says; twice is as once."""
    shown = managed_api_of(request, api_id)
    active = request.POST.get("active") == "1"
    LLMApi.objects.filter(pk=shown.pk).update(is_active=active)
    record("api.changed", actor=request.user, target=shown, details={"is_active": active})
    words = "on again" if active else "off: nothing calls it any more"
    messages.success(request, f"“{shown.name}” is switched {words}.")
    return SeeOther(_url(shown))


@require_POST
def api_delete(request: HttpRequest, api_id: int) -> HttpResponse:
    shown = managed_api_of(request, api_id)
    try:
        remove(shown)
    except StillNeeded as error:
        messages.error(request, str(error))
        return SeeOther(_url(shown))
    messages.success(request, f"“{shown.name}” was deleted, and its key with it.")
    return SeeOther(reverse("llm_manager:models"))


@require_POST
def test_api(request: HttpRequest, api_id: int) -> HttpResponse:
    """Ask one API in the background whether it works and which models it has."""
    shown = managed_api_of(request, api_id)
    try:
        job = start_validation(shown, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=reverse("llm_manager:models"))
