"""Question sets: the list, a new one, one of them, and its removal."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from jobs.access import must_be
from jobs.responses import SeeOther
from rfp_manager.access import question_set_of
from rfp_manager.evaluating.reading import read_set
from rfp_manager.evaluating.sets import (
    SetRefused,
    may_remove,
    remove_set,
    set_from_file,
    set_from_rfp,
)
from rfp_manager.evaluation_forms import NewSetForm
from rfp_manager.models import QuestionSet
from rfp_manager.presenting.question_sets import facts_of

PAGE = 50
FOLDER = "rfp_manager/evaluations"


@require_safe
def question_sets(request: HttpRequest) -> HttpResponse:
    sets = QuestionSet.objects.for_user(request.user).select_related("owner", "rfp")
    counted = sets.annotate(
        count=Count("questions", distinct=True), runs=Count("evaluations", distinct=True)
    )
    page = Paginator(counted.order_by("-created_at"), PAGE).get_page(request.GET.get("page"))
    return render(request, f"{FOLDER}/sets.html", {"page": page, "tab": "sets"})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    posted = request.method == "POST"
    form = (
        NewSetForm(request.POST, request.FILES, user=request.user)
        if posted
        else NewSetForm(user=request.user, initial={"rfp": request.GET.get("rfp", "")})
    )
    if posted and form.is_valid():
        made = _made(request, form)
        if made is not None:
            messages.success(request, f"“{made}” is saved.")
            return SeeOther(made.get_absolute_url())
    return render(request, f"{FOLDER}/set_new.html", {"form": form}, status=422 if posted else 200)


def _made(request: HttpRequest, form: NewSetForm) -> QuestionSet | None:
    """None, with the reason on the form, where no set can be made of it."""
    data = form.cleaned_data
    try:
        if data["rfp"]:
            return set_from_rfp(data["rfp"], request.user, name=data["name"])
        file = data["file"]
        found = read_set(file.read(), file.name)
        return set_from_file(found, request.user, name=data["name"], filename=file.name)
    except SetRefused as refusal:
        form.add_error("rfp" if data["rfp"] else "file", str(refusal))
        return None


@require_safe
def detail(request: HttpRequest, set_id: int) -> HttpResponse:
    question_set = question_set_of(request, set_id)
    page = Paginator(question_set.questions.all(), PAGE).get_page(request.GET.get("page"))
    context = {
        "question_set": question_set,
        "facts": facts_of(question_set),
        "page": page,
        "evaluations": question_set.evaluations.count(),
        "mine": may_remove(request.user, question_set),
    }
    return render(request, f"{FOLDER}/set.html", context)


@require_POST
def remove(request: HttpRequest, set_id: int) -> HttpResponse:
    question_set = question_set_of(request, set_id)
    try:
        if not may_remove(request.user, question_set):
            raise SetRefused("Only who saved this set may remove it.")
        remove_set(question_set)
    except SetRefused as refusal:
        messages.error(request, str(refusal))
        return SeeOther(question_set.get_absolute_url())
    messages.success(request, f"“{question_set}” is removed.")
    return SeeOther(reverse("rfp_manager:question_sets"))
