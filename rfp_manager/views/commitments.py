"""The ledger of what was promised to whom."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther, next_url
from rfp_manager.access import commitment_of
from rfp_manager.commitments.ledger import decide
from rfp_manager.commitments.listing import (
    DecisionForm,
    LedgerForm,
    chosen,
    customers_of,
    lines,
    page_of,
)
from rfp_manager.models import Commitment, CommitmentState
from rfp_manager.presenting.badges import Badge


@dataclass(frozen=True)
class Entry:
    row: Commitment
    badge: Badge
    is_over: bool


@require_safe
def commitments(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    page = page_of(chosen(request.user, form), request.GET.get("page"))
    today = timezone.localdate()
    context = {
        "form": form,
        "page": page,
        "entries": [_entry(row, today) for row in page],
        "csv_url": f"{reverse('rfp_manager:commitments_csv')}?{request.GET.urlencode()}",
        "states": CommitmentState.choices,
    }
    return render(request, "rfp_manager/after/commitments.html", context)


@require_safe
def commitments_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the page shows, all pages of it."""
    found = chosen(request.user, _form(request))
    response = StreamingHttpResponse(_csv(lines(found)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="commitments.csv"'
    return response


@require_POST
def commitment_decide(request: HttpRequest, commitment_id: int) -> HttpResponse:
    commitment, form = commitment_of(request, commitment_id), DecisionForm(request.POST)
    if form.is_valid():
        decide(commitment, request.user, **form.cleaned_data)
        words = CommitmentState(commitment.state).label
        messages.success(request, f"Noted: {words.lower()}.")
    else:
        messages.error(request, "Not noted: choose a state, and a day as in 2027-03-31.")
    return SeeOther(next_url(request, reverse("rfp_manager:commitments")))


def _form(request: HttpRequest) -> LedgerForm:
    return LedgerForm(request.GET, customers=customers_of(request.user))


_BADGES = {
    CommitmentState.FOUND: "unverified",
    CommitmentState.CONFIRMED: "approved",
    CommitmentState.DISMISSED: "skipped",
    CommitmentState.ENDED: "archived",
}


def _entry(row: Commitment, today: date) -> Entry:
    state = CommitmentState(row.state)
    is_over = row.expires_on is not None and row.expires_on < today
    return Entry(row, Badge(_BADGES[state], str(state.label)), is_over)


def _csv(rows: Iterator[list[str]]) -> Iterator[bytes]:
    """A byte order mark first: without it Excel takes the text for another encoding."""
    yield b"\xef\xbb\xbf"
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer).writerow(row)
        yield buffer.getvalue().encode("utf-8", "replace")
