"""How the buyer's file was read, and correcting it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jobs.responses import SeeOther, is_fragment
from rfp_manager import editions, remapping
from rfp_manager.access import own_rfp_of, rfp_of
from rfp_manager.describing import may_describe
from rfp_manager.importing.overrides import Overrides, SheetShown, clean, corrected, loads
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.models import RFP
from rfp_manager.presenting.mapping import mapping_shown
from rfp_manager.presenting.reports import import_report
from rfp_manager.reading import Preview, kept_preview
from rfp_manager.remapping import Applied, Plan, RemappingRefused

MOST_DIGITS = 7


@dataclass(frozen=True)
class _Posted:
    """What a form asks for: the corrections with those of the page, and where to go on."""

    draft: Overrides
    sheet: int
    page: int


@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """POST tries corrections; with "apply" it applies them, with "afresh" it drops them all."""
    if request.method != "POST":
        rfp = rfp_of(request, rfp_id)
        sheet = _number(request.GET["sheet"]) - 1 if "sheet" in request.GET else _first_asking(rfp)
        page = _number(request.GET.get("page"))
        return _page(request, rfp, _Posted(_stored(rfp), sheet, page - 1))
    rfp = own_rfp_of(request, rfp_id)
    try:
        posted = _posted(request, rfp)
        if "apply" in request.POST or "afresh" in request.POST:
            return _apply(request, rfp, posted)
        return _page(request, rfp, posted, plan=remapping.trial(rfp, posted.draft))
    except (QuestionnaireRefused, RemappingRefused) as refusal:
        return _page(request, rfp, _Posted(_stored(rfp), 0, 0), refusal=str(refusal))


def _first_asking(rfp: RFP) -> int:
    """The first sheet that has questions, counted from 0."""
    sheets = rfp.import_report.get("sheets", [])
    return next((n for n, sheet in enumerate(sheets) if sheet.get("questions")), 0)


def _stored(rfp: RFP) -> Overrides:
    return clean(rfp.mapping.get("sheets") or {})


def _number(text: str | None) -> int:
    given = text or ""
    known = given.isascii() and given.isdecimal() and len(given) <= MOST_DIGITS
    return int(given) if known else 1


def _posted(request: HttpRequest, rfp: RFP) -> _Posted:
    """Raises QuestionnaireRefused for corrections that cannot be meant."""
    sheets = kept_preview(rfp).sheets
    at, _, page = request.POST.get("at", "").partition(".")
    sheet = min(_index(at), max(len(sheets) - 1, 0))
    draft = loads(request.POST.get("draft", ""))
    if sheets and "shown" in request.POST:
        about = sheets[sheet]
        shown = SheetShown.loads(request.POST["shown"], name=about["name"], hidden=about["hidden"])
        draft = corrected(draft, shown, request.POST.dict())
    to, _, to_page = request.POST.get("go", f"{at}.{page}").partition(".")
    return _Posted(draft, _index(to), _index(to_page))


def _index(text: str) -> int:
    return 0 if text in ("", "0") else _number(text)


def _apply(request: HttpRequest, rfp: RFP, posted: _Posted) -> HttpResponse:
    draft: Overrides = {} if "afresh" in request.POST else posted.draft
    drop = frozenset(_number(text) for text in request.POST.getlist("drop"))
    seen = request.POST.get("seen", "")
    done = remapping.apply(rfp, draft, request.user, seen=seen, drop=drop)
    _tell(request, done)
    url = reverse("rfp_manager:mapping", args=[rfp.pk]) + f"?sheet={posted.sheet + 1}"
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return SeeOther(url)


def _tell(request: HttpRequest, done: Applied) -> None:
    parts = [f"{done.total} question{pluralize(done.total)} now"]
    if done.new:
        parts.append(f"{done.new} new")
    if done.deleted:
        parts.append(f"{done.deleted} gone")
    messages.success(request, f"Applied: {', '.join(parts)}.")
    if done.kept_anyway:
        kept = done.kept_anyway
        messages.warning(
            request,
            f"{kept} question{pluralize(kept)} that this reading does not find "
            f"{pluralize(kept, 'was,were')} kept for what people have done on "
            f"{pluralize(kept, 'it,them')}.",
        )
    if done.to_check:
        count = done.to_check
        messages.warning(
            request,
            f"{count} approved answer{pluralize(count)} {pluralize(count, 'is,are')} in review "
            "again, because the words of the question have changed.",
        )


def _page(
    request: HttpRequest,
    rfp: RFP,
    posted: _Posted,
    *,
    plan: Plan | None = None,
    refusal: str = "",
) -> HttpResponse:
    try:
        preview = kept_preview(rfp)
    except QuestionnaireRefused as error:
        return render(request, "rfp_manager/mapping_gone.html", {"rfp": rfp, "why": error},
                      status=410)  # fmt: skip
    context = {
        "rfp": rfp,
        "shown": _shown(rfp, preview, posted, plan),
        "seen": remapping.state_of(rfp),
        "origin": rfp.mapping.get("origin"),
        "has_corrections": bool(rfp.mapping.get("sheets")),
        "may_correct": may_describe(request.user, rfp),
        "refusal": refusal,
        "warnings": import_report(rfp.import_report).warnings if plan is None else [],
        "nothing": plan.reading.nothing if plan else "",
    }
    template = "_mapping.html" if is_fragment(request) else "mapping.html"
    status = 422 if refusal else 200
    return render(request, f"rfp_manager/{template}", context, status=status)


def _shown(rfp: RFP, preview: Preview, posted: _Posted, plan: Plan | None) -> object:
    return mapping_shown(
        rfp, preview, posted.draft, sheet=posted.sheet, page=posted.page, plan=plan
    )


@require_safe
def imported(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """What was found in a file that was just uploaded, and what to do next."""
    rfp = rfp_of(request, rfp_id)
    report = import_report(rfp.import_report)
    previous = rfp.previous_edition
    if previous and not RFP.objects.for_user(request.user).filter(pk=previous.pk).exists():
        previous = None
    context = {
        "rfp": rfp,
        "imported": report,
        "questions": rfp.questions.count(),
        "origin": rfp.mapping.get("origin"),
        "previous": previous,
        "edition": editions.counts(rfp) if previous else None,
        "may_correct": may_describe(request.user, rfp),
    }
    return render(request, "rfp_manager/imported.html", context)
