"""The list of RFPs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils import timezone

from jobs.models import ACTIVE, Job
from rfp_manager.models import RFP, ExportJob, RFPBatchJob
from rfp_manager.presenting.shares import Shares, shares_by_rfp

PAGE_SIZE = 25
SOON_DAYS = 3


@dataclass(frozen=True)
class RFPEntry:
    rfp: RFP
    shares: Shares
    running: list[Job]
    due: str


@dataclass(frozen=True)
class RFPList:
    entries: list[RFPEntry]
    page: "Page[RFP]"
    text: str

    @property
    def is_running(self) -> bool:
        return any(entry.running for entry in self.entries)


def rfp_list(user: Any, *, text: str = "", page: str | None = None) -> RFPList:
    """The RFPs a person may see, newest first; `text` narrows by name or customer."""
    text = text.replace("\x00", "").strip()[:200]
    found = RFP.objects.for_user(user)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(customer__icontains=text))
    number = Paginator(found.order_by("-created_at", "-pk"), PAGE_SIZE).get_page(page)
    rfps = list(number)
    shares, running = shares_by_rfp(rfps), _running(rfps)
    entries = [
        RFPEntry(rfp, shares.get(rfp.pk, Shares()), running.get(rfp.pk, []), due_words(rfp))
        for rfp in rfps
    ]
    return RFPList(entries, number, text)


def _running(rfps: Sequence[RFP]) -> dict[int, list[Job]]:
    found: dict[int, list[Job]] = {}
    batches = RFPBatchJob._default_manager.filter(rfp__in=rfps, status__in=ACTIVE)
    exports = ExportJob._default_manager.filter(rfp__in=rfps, status__in=ACTIVE)
    for job in (*batches.order_by("pk"), *exports.order_by("pk")):
        found.setdefault(job.rfp_id, []).append(job)
    return found


def due_words(rfp: RFP, today: date | None = None) -> str:
    """As in “overdue”, “due today”, “due in 3 days”; empty for a date far away or none."""
    if rfp.due_date is None:
        return ""
    days = (rfp.due_date - (today or timezone.localdate())).days
    if days < 0:
        return "overdue"
    if days == 0:
        return "due today"
    return f"due in {days} day{'s' if days > 1 else ''}" if days <= SOON_DAYS else ""
