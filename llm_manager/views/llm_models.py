"""One model: its prices and limits, and whether it is the default of its kind."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from jobs.responses import SeeOther
from llm_manager.access import managed_api_of, managed_model_of
from llm_manager.defaults import (
    DefaultRefused,
    NeedsEvaluation,
    change_default,
    objection,
    present,
)
from llm_manager.forms import ModelForm, NewModelForm
from llm_manager.known_models import known, list_date
from llm_manager.listing import fill_in
from llm_manager.models import LLMApi, LLMModel, PriceSource
from llm_manager.presenting import listed_words


@require_http_methods(["GET", "HEAD", "POST"])
def model_new(request: HttpRequest, api_id: int) -> HttpResponse:
    """A model that the API itself does not list."""
    api = managed_api_of(request, api_id)
    form = NewModelForm(request.POST or None, instance=LLMModel(api=api))
    if request.method == "POST" and form.is_valid():
        model = form.save(commit=False)
        fill_in(model, known(model.model_id, api.base_url))
        model.save()
        messages.success(request, f"“{model}” was added.")
        return SeeOther(_url(api))
    context = {"form": form, "api": api, "crumbs": _crumbs(api)}
    return render(request, "llm_manager/model_new.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def model_edit(request: HttpRequest, model_pk: int) -> HttpResponse:
    model = managed_model_of(request, model_pk)
    listed = known(model.model_id, model.api.base_url)
    other = listed.price if listed and model.price_source != PriceSource.LISTED else None
    form = ModelForm(request.POST or None, instance=model)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"“{model}” was saved.")
        return SeeOther(_url(model.api))
    if form.errors:
        model.refresh_from_db(fields=["name"])
    context = {
        "form": form, "model": model, "api": model.api, "crumbs": _crumbs(model.api),
        "listed_words": listed_words(other) if other else "", "list_date": list_date(),
    }  # fmt: skip
    return render(request, "llm_manager/model_edit.html", context, status=_status(form))


@require_POST
def model_listed_price(request: HttpRequest, model_pk: int) -> HttpResponse:
    """Take the price from our list again, in the place of an entered one."""
    model = managed_model_of(request, model_pk)
    model.price_source = PriceSource.LISTED
    found = known(model.model_id, model.api.base_url)
    if found and found.price:
        fill_in(model, found)
        columns = ["input_price", "output_price", "cached_price", "price_source"]
        model.save(update_fields=columns)
        messages.success(request, f"“{model}” has its listed price again.")
    else:
        messages.error(request, f"Our list has no price of “{model}”.")
    return SeeOther(reverse("llm_manager:model_edit", args=[model.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def model_default(request: HttpRequest, model_pk: int) -> HttpResponse:
    """Asks before a model becomes the default, and for a reason where the rule wants one."""
    model = managed_model_of(request, model_pk)
    against, refused = objection(model), ""
    if request.method == "POST":
        try:
            change_default(model, user=request.user, reason=request.POST.get("reason", ""))
            messages.success(request, _moved(model))
            return SeeOther(reverse("llm_manager:models"))
        except NeedsEvaluation as error:
            against = refused = str(error)
        except DefaultRefused as error:
            refused = str(error)
    context = {
        "model": model, "api": model.api, "crumbs": _crumbs(model.api), "against": against,
        "refused": refused, "reason": request.POST.get("reason", ""),
        "before": present(model.kind).model,
    }  # fmt: skip
    status = 422 if refused else 200
    return render(request, "llm_manager/model_default.html", context, status=status)


def _moved(model: LLMModel) -> str:
    model.refresh_from_db(fields=["is_system_default"])
    if model.is_system_default:
        return f"“{model}” is the default now."
    return f"“{model}” becomes the default as soon as the library has been read with it."


def _crumbs(api: LLMApi) -> list[tuple[str, str]]:
    return [("Models", reverse("llm_manager:models")), (api.name, _url(api))]


def _url(api: LLMApi) -> str:
    return reverse("llm_manager:api", args=[api.pk])


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
