"""What is done to many questions at once, from the list: to the ticked ones, or to all that the
filters show. All of them are shown with what will become of them before anything is done."""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.formats import number_text
from jobs.responses import SeeOther, is_fragment
from rfp_manager import bulk, redrafting
from rfp_manager.access import rfp_of
from rfp_manager.assigning import AssignmentRefused, assign_questions, unassign_questions
from rfp_manager.bulk import BulkRefused, Outcome
from rfp_manager.forms import AssignForm
from rfp_manager.models import RFP, Question
from rfp_manager.people import may_see_whole, name_of
from rfp_manager.presenting.filters import QuestionFilter, selected
from rfp_manager.views.fragments import questions_context

ASSIGN, UNASSIGN, REDRAFT = "assign", "unassign", "redraft"
#: Digits of a number of a question or of a version.
LONGEST = 18
#: So many of those that were left alone are named.
NAMED, TOLD = 30, 8
LEVELS = {"info": messages.INFO, "success": messages.SUCCESS, "warning": messages.WARNING,
          "error": messages.ERROR}  # fmt: skip
#: A message: its level and its text.
Told = tuple[str, str]


@dataclass(frozen=True)
class Left:
    """A question that was left alone, and why."""

    question: Question
    reason: str

    @property
    def name(self) -> str:
        return self.question.number or f"question {self.question.ordinal}"


@require_POST
def questions_bulk(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """The filters stand in the address, as they do on the list itself."""
    rfp = rfp_of(request, rfp_id)
    chosen = QuestionFilter.from_query(request.GET, request.user)
    action = request.POST.get("action", "")
    try:
        if request.POST.get("all") and not request.POST.get("seen"):
            return _ask(request, rfp, chosen, action)
        if action == REDRAFT and not request.POST.get("sure"):
            # It takes time and may cost money: never at one press.
            return _ask(request, rfp, chosen, action, _seen(request))
        if action == REDRAFT:
            return _redraft(request, rfp)
        told = _words(rfp, _act(request, rfp, _seen(request), action))
    except BulkRefused as refusal:
        told = ("error", str(refusal))
    return _back(request, rfp, chosen, told)


def _back(request: HttpRequest, rfp: RFP, chosen: QuestionFilter, told: Told) -> HttpResponse:
    """To the same page of the list, with what became of the questions."""
    if is_fragment(request):
        context = questions_context(request, rfp, chosen)
        response = render(request, "rfp_manager/_questions.html", context)
        response["HX-Trigger"] = json.dumps({"toast": {"level": told[0], "text": told[1]}})
        return response
    messages.add_message(request, LEVELS[told[0]], told[1])
    page = request.GET.get("page", "")
    further = f"{'&' if chosen.query else '?'}page={page}" if _number(page) else ""
    return SeeOther(f"{rfp.get_absolute_url()}{chosen.query}{further}#questions")


def _redraft(request: HttpRequest, rfp: RFP) -> HttpResponse:
    """To the work on the RFP, which shows how far it is."""
    outcome = redrafting.redraft(rfp, _seen(request), user=request.user)
    level, text = _words(rfp, outcome)
    messages.add_message(request, LEVELS[level], text)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": rfp.get_absolute_url()})
    return SeeOther(f"{rfp.get_absolute_url()}#work")


def _seen(request: HttpRequest) -> dict[int, int]:
    """The questions with the versions that the person had before them: "12:3"."""
    given = [*request.POST.get("seen", "").split(","), *request.POST.getlist("ids")]
    pairs = [one.partition(":") for one in given]
    return {int(pk): int(version) for pk, _, version in pairs if _number(pk) and _number(version)}


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST


def _act(request: HttpRequest, rfp: RFP, seen: dict[int, int], action: str) -> Outcome:
    if action == ASSIGN:
        return _assign(request, rfp, seen)
    if action == UNASSIGN:
        return _unassign(request, rfp, seen)
    return bulk.set_states(rfp, seen, action, user=request.user)


def _assign(request: HttpRequest, rfp: RFP, seen: dict[int, int]) -> Outcome:
    form = AssignForm(request.POST)
    if not seen:
        raise BulkRefused("Choose the questions first; nothing was changed.")
    if not form.is_valid():
        raise BulkRefused(" ".join(str(e) for errors in form.errors.values() for e in errors))
    person = form.cleaned_data["assignee"]
    try:
        done = assign_questions(rfp, list(seen), user=request.user, **form.cleaned_data)
    except AssignmentRefused as refusal:
        raise BulkRefused(str(refusal)) from refusal
    words = f"assigned to {name_of(person)}"
    if done and not may_see_whole(person, rfp.pk):
        words += ", who sees nothing else of this RFP"
    rest = list(seen)[done:]
    return Outcome(words, "as they were", changed=list(seen)[:done], unchanged=rest)


def _unassign(request: HttpRequest, rfp: RFP, seen: dict[int, int]) -> Outcome:
    if not seen:
        raise BulkRefused("Choose the questions first; nothing was changed.")
    try:
        done = unassign_questions(rfp, list(seen), user=request.user)
    except AssignmentRefused as refusal:
        raise BulkRefused(str(refusal)) from refusal
    rest = list(seen)[done:]
    return Outcome(
        "taken from who held them", "held by nobody", changed=list(seen)[:done], unchanged=rest
    )


def _ask(
    request: HttpRequest,
    rfp: RFP,
    chosen: QuestionFilter,
    action: str,
    ticked: dict[int, int] | None = None,
) -> HttpResponse:
    """What would become of all that the filters show, or of those ticked, and the button that
    does it."""
    if ticked is not None and not ticked:
        raise BulkRefused("Choose the questions first; nothing was changed.")
    seen = ticked or {standing.pk: standing.version for standing in selected(rfp.pk, chosen)}
    foreseen = _foreseen(request, rfp, seen, action)
    context = {
        "rfp": rfp,
        "chosen": chosen,
        "action": action,
        "count": len(seen),
        "seen": ",".join(f"{pk}:{version}" for pk, version in seen.items()),
        "foreseen": foreseen,
        "left": _named(rfp, foreseen) if foreseen else [],
        "ticked": ticked is not None,
        "price": redrafting.price_of(rfp, foreseen.changed, request.user)
        if foreseen and action == REDRAFT
        else "",
        "assign": AssignForm(request.POST) if action == ASSIGN else None,
    }
    template = "_bulk_ask.html" if is_fragment(request) else "bulk_ask.html"
    return render(request, f"rfp_manager/{template}", context)


def _foreseen(request: HttpRequest, rfp: RFP, seen: dict[int, int], action: str) -> Outcome | None:
    if action in (ASSIGN, UNASSIGN):
        return None
    if action == REDRAFT:
        return redrafting.foreseen(rfp, seen)
    return bulk.foreseen(rfp, seen, action, user=request.user)


def _words(rfp: RFP, outcome: Outcome) -> Told:
    """The counts, and by name the first of those that were left alone."""
    if not outcome.left:
        return "success" if outcome.changed else "info", outcome.sentence
    named = _named(rfp, outcome)[:TOLD]
    words = ", ".join(f"{one.name} ({one.reason})" for one in named)
    more = len(outcome.left) - len(named)
    left = f"Left alone: {words}{f' and {number_text(more)} more' if more else ''}."
    return "warning", f"{outcome.sentence} {left}"


def _named(rfp: RFP, outcome: Outcome) -> list[Left]:
    """The first of them, in the order of the file."""
    questions = Question.objects.filter(rfp=rfp, pk__in=outcome.left).order_by("ordinal")
    return [Left(question, outcome.left[question.pk]) for question in questions[:NAMED]]
