"""Changing what is known about an RFP."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from jobs.responses import SeeOther
from rfp_manager.access import own_rfp_of
from rfp_manager.describing import RFPChanged, describe_rfp, unseen_collections
from rfp_manager.forms import EditRFPForm
from rfp_manager.models import RFP

CHANGED = (
    "This RFP has been changed since you opened the page. Your values are below, nothing is saved "
    "yet. Saving again replaces the other change; Cancel keeps it."
)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = own_rfp_of(request, rfp_id)
    if request.method != "POST":
        return _page(request, rfp, EditRFPForm(user=request.user, rfp=rfp))
    form = EditRFPForm(request.POST, user=request.user, rfp=rfp)
    if not form.is_valid():
        return _page(request, rfp, form, status=422)
    try:
        other_scope = describe_rfp(rfp, user=request.user, **form.cleaned_data)
    except RFPChanged:
        return _page(request, rfp, _again(request, rfp), status=409)
    return _saved(request, rfp, other_scope)


def _again(request: HttpRequest, rfp: RFP) -> EditRFPForm:
    """What was typed, upon the state that the RFP is in by now."""
    data = request.POST.copy()
    form = EditRFPForm(data, user=request.user, rfp=rfp)
    data["seen"] = form.initial["seen"]
    form.add_error(None, CHANGED)
    return form


def _saved(request: HttpRequest, rfp: RFP, other_scope: bool) -> HttpResponse:
    words = "Saved."
    if other_scope and rfp.questions.filter(answer__isnull=False).exists():
        words = "Saved. The answers that are there stay; drafts made from now on keep to it."
    messages.success(request, words)
    return SeeOther(rfp.get_absolute_url())


def _page(request: HttpRequest, rfp: RFP, form: EditRFPForm, *, status: int = 200) -> HttpResponse:
    unseen = bool(unseen_collections(rfp, request.user))
    context = {"rfp": rfp, "form": form, "unseen": unseen}
    return render(request, "rfp_manager/edit.html", context, status=status)
