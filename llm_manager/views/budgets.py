"""Budgets: how they stand, and their making."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs.access import may_see
from jobs.responses import SeeOther
from llm_manager.access import (
    budgets_of,
    check_may_manage_budgets,
    managed_budget_of,
    may_manage_budgets,
)
from llm_manager.budgeting import Standing, standings, stops_of
from llm_manager.models import Budget, BudgetStop
from llm_manager.money_forms import BudgetForm
from llm_manager.subjects import subjects


@require_safe
def budgets(request: HttpRequest) -> HttpResponse:
    seen = budgets_of(request)
    named = subjects({budget.subject for budget in seen}, request.user)
    stopped = stops_of(seen)
    rows = [
        {"standing": each, "subject": named.get(each.budget.subject), "bar": _bar(each),
         "stops": _named_stops(request, stopped.get(each.budget.pk, []))}
        for each in standings(seen)
    ]  # fmt: skip
    context = {"rows": rows, "may_manage": may_manage_budgets(request), "nav_view": "costs"}
    return render(request, "llm_manager/budgets.html", context)


def _bar(standing: Standing) -> list[dict[str, Any]]:
    """Its parts, in percent of the limit; what is over it is cut off."""
    limit = float(standing.budget.limit)
    parts: list[dict[str, Any]] = []
    start = 0.0
    for name, tone in (("spent", "primary"), ("held", "info"), ("reserved", "warning")):
        value = float(getattr(standing, name))
        width = min(100.0 - start, 100.0 * value / limit) if limit else 100.0 - start
        if width > 0 and (value or not limit):
            parts.append({"name": name, "tone": tone, "start": start, "width": width})
        start += max(0.0, width)
    return parts


def _named_stops(request: HttpRequest, stops: list[BudgetStop]) -> list[dict[str, Any]]:
    """Jobs of others that this person may not see are only counted."""
    return [
        {"stop": stop, "url": stop.job.get_absolute_url() if may_see(request, stop.job) else ""}
        for stop in stops
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def budget_new(request: HttpRequest) -> HttpResponse:
    check_may_manage_budgets(request)
    return _edit(request, Budget(), "The budget holds from now on.")


@require_http_methods(["GET", "HEAD", "POST"])
def budget_edit(request: HttpRequest, budget_id: int) -> HttpResponse:
    budget = managed_budget_of(request, budget_id)
    return _edit(request, budget, "The budget is changed.")


def _edit(request: HttpRequest, budget: Budget, done: str) -> HttpResponse:
    posted = request.method == "POST"
    form = BudgetForm(request.POST if posted else None, instance=budget, viewer=request.user)
    if posted and form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, done)
        return SeeOther(reverse("llm_manager:budgets"))
    crumbs = [("Budgets", reverse("llm_manager:budgets"))]
    context = {"form": form, "budget": budget, "crumbs": crumbs, "nav_view": "costs"}
    return render(request, "llm_manager/budget_form.html", context, status=422 if posted else 200)


@require_POST
def budget_switch(request: HttpRequest, budget_id: int) -> HttpResponse:
    """Switch a budget off, or on again."""
    budget = managed_budget_of(request, budget_id)
    with transaction.atomic():
        budget.is_active = request.POST.get("active") == "on"
        budget.save(update_fields=["is_active"])
    state = "holds again" if budget.is_active else "is switched off"
    messages.success(request, f"The budget “{budget.name}” {state}.")
    return SeeOther(reverse("llm_manager:budgets"))
