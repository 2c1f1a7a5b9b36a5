"""Approved answers as sheets, in and out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from jobs.access import must_be
from jobs.models import Job
from jobs.responses import accepted
from solution_library.answer_forms import AnswerFilter, AnswerImportForm
from solution_library.answers import exporting, listing
from solution_library.answers.errors import AnswerRefused
from solution_library.answers.importing import IMPORT, start_import

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
def answer_import(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    if request.method != "POST":
        return _form(request, AnswerImportForm(user=request.user))
    form = AnswerImportForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _form(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        job = start_import(
            file, filename=file.name or "sheet", user=request.user,
            details=form.details(request.user), approve=form.cleaned_data["approve"],
        )  # fmt: skip
    except AnswerRefused as refusal:
        form.add_error("file", str(refusal))
        return _form(request, form, status=422)
    messages.success(request, "The import has been started.")
    return accepted(request, job)


def _form(request: HttpRequest, form: AnswerImportForm, status: int = 200) -> HttpResponse:
    jobs = Job.objects.for_user(request.user).filter(task_name=IMPORT).order_by("-id")
    context = {
        "form": form,
        "jobs": list(jobs[:5]),
        "crumbs": [("Answers", reverse("solution_library:answers"))],
    }
    return render(request, "solution_library/answer_import.html", context, status=status)


@require_safe
def answer_export(request: HttpRequest) -> HttpResponse:
    """The answers of the list, as filtered there."""
    form = AnswerFilter(request.GET, user=request.user)
    narrowed = form.narrow(listing.visible(request.user))
    found = listing.search(narrowed, form.query, request.user)
    lines = exporting.rows(found.answers, request.user)
    is_csv = request.GET.get("format") == "csv"
    data = exporting.as_csv(lines) if is_csv else exporting.as_xlsx(lines)
    kind = ("csv", "text/csv; charset=utf-8") if is_csv else ("xlsx", XLSX)
    response = HttpResponse(data, content_type=kind[1])
    name = f"answers-{timezone.localdate():%Y-%m-%d}.{kind[0]}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
