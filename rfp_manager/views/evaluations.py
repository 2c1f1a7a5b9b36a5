"""Evaluations: the list, a new one with what it will take, the result, and the decision."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from jobs.access import must_be
from jobs.errors import AlreadyRunning, JobError
from jobs.responses import SeeOther, accepted, already_running, is_fragment
from llm_manager.access import may_manage
from llm_manager.defaults import DefaultRefused, change_default, change_prompt
from llm_manager.models import DefaultChange
from rfp_manager.access import evaluation_of, must_manage
from rfp_manager.evaluating import starting
from rfp_manager.evaluating.candidates import CandidateRefused, find
from rfp_manager.evaluation_forms import NewEvaluationForm
from rfp_manager.models import Evaluation, EvaluationJob, EvaluationKind, QuestionSet
from rfp_manager.presenting import evaluations as presenting
from rfp_manager.presenting.evaluation_costs import cost_of

PAGE = 30
FOLDER = "rfp_manager/evaluations"


@require_safe
def evaluations(request: HttpRequest) -> HttpResponse:
    related = Evaluation.objects.for_user(request.user).select_related(
        "question_set", "created_by", "baseline_prompt", "candidate_prompt", "baseline_chat",
        "candidate_chat", "baseline_embedding", "candidate_embedding",
    )  # fmt: skip
    page = Paginator(related, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "entries": presenting.listed(page.object_list),
        "has_sets": QuestionSet.objects.for_user(request.user).exists(),
        "tab": "evaluations",
    }
    return render(request, f"{FOLDER}/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form; once both are chosen, with what it will take."""
    must_be(request, Role.CONTRIBUTOR)
    if request.method == "POST":
        return _start(request)
    chosen = {name: request.GET.get(name, "") for name in ("question_set", "candidate")}
    form = NewEvaluationForm(chosen if all(chosen.values()) else None, user=request.user,
                             initial=chosen)  # fmt: skip
    more = _estimated(form, request.user) if form.is_bound else _hint(chosen["candidate"])
    return render(request, f"{FOLDER}/new.html", {"form": form, **more})


def _hint(candidate: str) -> dict[str, Any]:
    """Why the candidate that a link names is not among those offered."""
    try:
        if candidate:
            find(candidate)
    except CandidateRefused as refusal:
        return {"refusal": str(refusal)}
    return {}


def _start(request: HttpRequest) -> HttpResponse:
    form = NewEvaluationForm(request.POST, user=request.user)
    if not form.is_valid():
        return render(request, f"{FOLDER}/new.html", {"form": form}, status=422)
    try:
        job = _started(form, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    except (CandidateRefused, JobError) as refusal:
        form.add_error("candidate", str(refusal))
        return render(request, f"{FOLDER}/new.html", {"form": form}, status=422)
    return accepted(request, job, url=job.evaluation.get_absolute_url())


def _started(form: NewEvaluationForm, user: Any) -> EvaluationJob:
    data = form.cleaned_data
    return starting.start_evaluation(data["question_set"], find(data["candidate"]), user)


@require_safe
def estimate(request: HttpRequest) -> HttpResponse:
    """The fragment with what the chosen evaluation will take."""
    must_be(request, Role.CONTRIBUTOR)
    form = NewEvaluationForm(request.GET, user=request.user)
    context = _estimated(form, request.user) if all(request.GET.values()) else {}
    return render(request, f"{FOLDER}/_estimate.html", context)


def _estimated(form: NewEvaluationForm, user: Any) -> dict[str, Any]:
    if not form.is_valid():
        return {}
    data = form.cleaned_data
    try:
        planned = starting.plan(data["question_set"], find(data["candidate"]), user)
        return {"cost": cost_of(starting.estimate(planned), user), "planned": planned}
    except (CandidateRefused, JobError) as refusal:
        return {"refusal": str(refusal)}


@require_safe
def detail(request: HttpRequest, evaluation_id: int) -> HttpResponse:
    evaluation = evaluation_of(request, evaluation_id)
    context = _detail(request, evaluation)
    template = "_answers.html" if is_fragment(request) else "detail.html"
    return render(request, f"{FOLDER}/{template}", context)


def _detail(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    summary = evaluation.summary or {}
    [entry] = presenting.listed([evaluation])
    return {
        "evaluation": evaluation,
        "entry": entry,
        "questions": evaluation.question_set.questions.count(),
        "summary": summary,
        "rows": presenting.rows(summary),
        "answers": presenting.side_by_side(evaluation, request.GET.dict()),
        "decision": presenting.decision(evaluation),
        "may_manage": may_manage(request),
    }


@require_POST
def decide(request: HttpRequest, evaluation_id: int) -> HttpResponse:
    """Make the candidate the default."""
    must_manage(request)
    evaluation = evaluation_of(request, evaluation_id)
    reason = request.POST.get("reason", "")
    try:
        _move_default(evaluation, request.user, reason)
    except DefaultRefused as refusal:
        context = _detail(request, evaluation) | {"refused": str(refusal), "reason": reason}
        return render(request, f"{FOLDER}/detail.html", context, status=422)
    messages.success(request, f"“{evaluation.candidate_name}” is the default now.")
    return SeeOther(evaluation.get_absolute_url())


def _move_default(evaluation: Evaluation, user: Any, reason: str) -> None:
    if evaluation.kind == EvaluationKind.PROMPT:
        change_prompt(
            evaluation.candidate_prompt, user=user, evaluation_ref=evaluation.ref, reason=reason
        )
        return
    model = getattr(evaluation, f"candidate_{evaluation.kind}")
    change_default(model, user=user, evaluation_ref=evaluation.ref, reason=reason)


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What was the default of each kind, since when and why."""
    page = Paginator(DefaultChange.objects.select_related("user"), PAGE).get_page(
        request.GET.get("page")
    )
    visible = presenting.evaluations_behind(page.object_list, request.user)
    entries = [(change, visible.get(change.evaluation_ref)) for change in page.object_list]
    context = {"page": page, "entries": entries, "tab": "changes"}
    return render(request, f"{FOLDER}/changes.html", context)
