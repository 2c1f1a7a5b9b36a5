"""Sheets for experts who answer offline: making them, and bringing them back."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from jobs.downloads import attachment
from jobs.responses import SeeOther
from rfp_manager.access import packet_of, rfp_of_expert
from rfp_manager.membership import may
from rfp_manager.models import RFP, ExpertPacket
from rfp_manager.packets.bringing import Decision, apply, bring_back
from rfp_manager.packets.forms import PacketForm
from rfp_manager.packets.making import PacketRefused, file_name, make_packet, write_packet
from rfp_manager.packets.plan import DOING, Fate, Plan
from rfp_manager.people import count_of, may_see_whole
from rfp_manager.presenting.filters import QuestionFilter, selected
from rfp_manager.presenting.packets import packets_of, return_shown
from rfp_manager.presenting.question import only_own

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Digits of the number of a question or of a version.
LONGEST = 18
TAKE, KEEP = "sheet", "here"


@require_http_methods(["GET", "HEAD", "POST"])
def packets(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """The sheets of an RFP; POST makes one of the questions that the filters in the address show.
    Experts who hold some of its questions get just theirs."""
    rfp = rfp_of_expert(request, rfp_id)
    is_whole = may(request.user, rfp, Role.CONTRIBUTOR)
    chosen = _chosen(request, is_whole)
    given = request.POST if request.method == "POST" else None
    form = PacketForm(given, rfp=rfp, user=request.user, is_whole=is_whole)
    if request.method == "POST" and form.is_valid():
        try:
            packet = make_packet(rfp, _ids(rfp, chosen, form), user=request.user, **form.whom)
            return SeeOther(reverse("rfp_manager:packet_file", args=[packet.pk]))
        except PacketRefused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, rfp, form, chosen, is_whole=is_whole)


def _chosen(request: HttpRequest, is_whole: bool) -> QuestionFilter:
    if not is_whole:
        return only_own(request.user)
    return QuestionFilter.from_query(request.GET, request.user)


def _ids(rfp: RFP, chosen: QuestionFilter, form: PacketForm) -> list[int]:
    return [one.pk for one in selected(rfp.pk, chosen) if form.wants(one)]


def _page(
    request: HttpRequest, rfp: RFP, form: PacketForm, chosen: QuestionFilter, *, is_whole: bool
) -> HttpResponse:
    page, rows = packets_of(rfp, request.user, request.GET.get("page"))
    standings = selected(rfp.pk, chosen)
    context = {
        "rfp": rfp, "form": form, "chosen": chosen, "is_whole": is_whole, "page": page,
        "rows": rows, "count": len(standings), "open": sum(one.is_open for one in standings),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "rfp_manager/packets.html", context, status=status)


@require_safe
def packet_file(request: HttpRequest, packet_id: int) -> HttpResponseBase:
    packet = packet_of(request, packet_id)
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder, "sheet.xlsx")
            write_packet(packet, path, request.user)
            content = ContentFile(path.read_bytes())
    except PacketRefused as refusal:
        return _bring_page(request, str(refusal), status=410)
    return attachment(content, file_name(packet), XLSX)


@require_http_methods(["GET", "HEAD", "POST"])
def packet_bring(request: HttpRequest) -> HttpResponse:
    """Which RFP a sheet belongs to stands in the sheet."""
    if request.method != "POST":
        return _bring_page(request)
    file = request.FILES.get("file")
    if file is None:
        return _bring_page(request, "Choose the sheet to bring back first.", status=422)
    try:
        back = bring_back(file, filename=file.name or "", user=request.user)
    except PacketRefused as refusal:
        return _bring_page(request, str(refusal), status=422)
    if back.was_known:
        messages.info(request, "This very file was brought back before; nothing is done twice.")
    url = reverse("rfp_manager:packet", args=[back.packet.pk])
    return SeeOther(f"{url}?return={back.number}")


def _bring_page(request: HttpRequest, refusal: str = "", *, status: int = 200) -> HttpResponse:
    return render(request, "rfp_manager/packet_bring.html", {"refusal": refusal}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def packet(request: HttpRequest, packet_id: int) -> HttpResponse:
    """What came back, row by row; POST merges it into the answers."""
    found = packet_of(request, packet_id)
    if request.method == "POST":
        return _apply(request, found)
    context = {
        "packet": found,
        "rfp": found.rfp,
        "is_whole": may_see_whole(request.user, found.rfp_id),
        "shown": return_shown(found, request.user, request.GET),
        "questions": len(found.contents),
    }
    return render(request, "rfp_manager/packet.html", context)


def _apply(request: HttpRequest, found: ExpertPacket) -> HttpResponse:
    number = _number(request.POST.get("return"))
    url = reverse("rfp_manager:packet", args=[found.pk])
    if number is None or number >= len(found.outcome.get("returns", [])):
        messages.error(request, "This sheet has not come back yet. Bring it back first.")
        return SeeOther(url)
    plan = apply(found, number, _decisions(request), user=request.user)
    _say(request, plan)
    return SeeOther(f"{url}?return={number}")


def _decisions(request: HttpRequest) -> dict[int, Decision]:
    """As in decide-12=sheet:3: question 12, decided while its answer was version 3."""
    found = {}
    for name, value in request.POST.items():
        question = _number(name.removeprefix("decide-")) if name.startswith("decide-") else None
        what, _, version = str(value).partition(":")
        seen = _number(version)
        if question is not None and seen is not None and what in (TAKE, KEEP):
            found[question] = Decision(what == TAKE, seen)
    return found


def _say(request: HttpRequest, plan: Plan) -> None:
    done, left = plan.counts[Fate.DONE], plan.counts[Fate.CONFLICT]
    messages.success(request, f"Merged: {count_of(done, 'row')} of the sheet done.")
    if more := sum(plan.counts[fate] for fate in DOING):
        words = f"{count_of(more, 'row')} could not be merged at once. Merge again to go on."
        messages.warning(request, words)
    if left:
        words = f"{count_of(left, 'answer')} changed here meanwhile. Decide below."
        messages.warning(request, words)


def _number(text: Any) -> int | None:
    given = str(text or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= LONGEST else None
