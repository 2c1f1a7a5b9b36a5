"""The indexes that search by meaning goes through: how they are, and another model's."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.formats import number_text
from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther, accepted, already_running
from llm_manager.access import check_may_manage, may_manage
from llm_manager.calling import NoModel
from llm_manager.defaults import DefaultRefused, objection
from llm_manager.models import LLMModel
from solution_library.access import index_of
from solution_library.forms import IndexForm
from solution_library.indexing.errors import IndexRefused
from solution_library.indexing.estimating import BuildEstimate, estimate
from solution_library.indexing.indexes import has_passages
from solution_library.indexing.listing import IndexRow, index_rows
from solution_library.indexing.removing import start_drop
from solution_library.indexing.starting import best_index_of, start_build
from solution_library.indexing.switching import switch_to
from solution_library.models import ReindexJob


@dataclass(frozen=True)
class Choice:
    """What building an index of the chosen model would take, and what speaks against its use."""

    model: LLMModel
    estimate: BuildEstimate
    objection: str


@require_safe
def indexing(request: HttpRequest) -> HttpResponse:
    rows = index_rows()
    running = ReindexJob.objects.active().order_by("-id").first()
    form = IndexForm(request.GET or None)
    context: dict[str, Any] = {
        "rows": rows,
        "running": running,
        "may_manage": may_manage(request),
        "form": form,
        "choice": _choice(form) if may_manage(request) and not running else None,
        "passages": has_passages(),
        "warning": _warning(rows),
        "mend": _mend(request, rows, running),
    }
    return render(request, "solution_library/indexing.html", context)


def _choice(form: IndexForm) -> Choice | None:
    if not form.is_bound or not form.is_valid():
        return None
    model = form.cleaned_data["model"]
    begun = None if form.cleaned_data["anew"] else best_index_of(model)
    try:
        return Choice(model, estimate(model, begun), objection(model))
    except NoModel as error:
        form.add_error("model", str(error))
        return None


def _warning(rows: list[IndexRow]) -> str:
    """A sentence if search by meaning does not find everything at present."""
    active = next((row for row in rows if row.is_active), None)
    if active is None:
        return "No passage is found by its meaning: there is no index." if has_passages() else ""
    if active.usable and active.is_complete:
        return ""
    if not active.usable:
        return (
            f"“{active.index.model}” cannot be used at present, so only words are searched for. "
            "Mend its API, or build an index of another model."
        )
    if not active.missing:
        return "The graph of the index in use is not whole, so search is slow. Build it again."
    return (
        f"{number_text(active.missing)} passages are found by their words only. Build the index of "
        f"“{active.index.model}” to make their vectors."
    )


def _mend(request: HttpRequest, rows: list[IndexRow], running: Any) -> str:
    """Where the person who may do it fills the gaps of the index in use."""
    active = next((row for row in rows if row.is_active and row.usable), None)
    if running or active is None or not may_manage(request):
        return ""
    return f"?model={active.index.model_id}#build-title"


@require_POST
def indexing_build(request: HttpRequest) -> HttpResponse:
    check_may_manage(request)
    form = IndexForm(request.POST)
    if not form.is_valid():
        return _back(request, "Choose an embedding model that can be used.")
    chosen = form.cleaned_data
    try:
        job = start_build(
            chosen["model"],
            request.user,
            switch="wait" not in request.POST,
            anew=chosen["anew"],
            reason=chosen["reason"],
        )
    except AlreadyRunning as error:
        return already_running(request, error)
    except IndexRefused as error:
        return _back(request, str(error))
    return accepted(request, job, url=reverse("solution_library:indexing"))


@require_POST
def indexing_switch(request: HttpRequest, index_id: int) -> HttpResponse:
    check_may_manage(request)
    index = index_of(request, index_id)
    try:
        switch_to(index, user=request.user, reason=request.POST.get("reason", "")[:1000])
    except (IndexRefused, DefaultRefused) as error:
        return _back(request, str(error))
    messages.success(request, f"Search uses “{index.model}” now.")
    return SeeOther(reverse("solution_library:indexing"))


@require_POST
def indexing_drop(request: HttpRequest, index_id: int) -> HttpResponse:
    check_may_manage(request)
    index = index_of(request, index_id)
    try:
        job = start_drop(index, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    except IndexRefused as error:
        return _back(request, str(error))
    return accepted(request, job, url=reverse("solution_library:indexing"))


def _back(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return SeeOther(reverse("solution_library:indexing"))
