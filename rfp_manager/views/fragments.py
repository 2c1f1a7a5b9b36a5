"""What the fragments of the workbench are printed from; pages and fragments share it."""

from typing import Any

from django.http import HttpRequest

from rfp_manager.forms import AssignForm
from rfp_manager.models import RFP
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.shares import Shares, shares_of
from rfp_manager.presenting.work import work_on
from rfp_manager.presenting.workbench import Moment, workbench


def questions_context(
    request: HttpRequest, rfp: RFP, chosen: QuestionFilter, *, known: Moment | None = None
) -> dict[str, Any]:
    bench = workbench(rfp, chosen, request.GET.get("page"), known)
    return {"rfp": rfp, "bench": bench, "assign": AssignForm()}


def work_context(request: HttpRequest, rfp: RFP, *, shares: Shares | None = None) -> dict[str, Any]:
    return {
        "rfp": rfp,
        "shares": shares or shares_of(rfp),
        "work": work_on(rfp, request.user),
    }
