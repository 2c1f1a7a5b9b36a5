"""Which export the buyer was given."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_POST

from accounts.roles import Role
from jobs.responses import SeeOther
from rfp_manager.access import export_of, rfp_of
from rfp_manager.submitting import SubmissionRefused, mark_submitted, take_back


@require_POST
def submitted(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """Say that the buyer was given an export, or take that back."""
    rfp = rfp_of(request, rfp_id, Role.REVIEWER)
    if request.POST.get("do") == "take_back":
        take_back(rfp)
        messages.success(request, "Not submitted any more. Its promises have left the ledger.")
        return SeeOther(f"{rfp.get_absolute_url()}#work")
    export = export_of(rfp, request.POST.get("export", ""))
    try:
        found = mark_submitted(rfp, export, request.user)
    except SubmissionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        promises = f"{found} promise{pluralize(found)} found in it."
        messages.success(request, f"Noted as submitted. {promises}")
    return SeeOther(f"{rfp.get_absolute_url()}#work")
