"""What calls of models have come to: charts, the calls themselves, and a file of them."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from llm_manager import charts
from llm_manager.models import LLMModel
from llm_manager.money_forms import UsageFilter
from llm_manager.reporting import (
    Report,
    Slice,
    calls_seen_by,
    chosen_calls,
    csv_rows,
    newest_calls,
    report_on,
)
from llm_manager.subjects import subjects


@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    form = UsageFilter(request.GET, user=request.user)
    calls = chosen_calls(request.user, form)
    report = report_on(calls, form.days)
    listed = newest_calls(calls, request.GET.get("before"))
    measure = _measure(request, report)
    context = {
        "nav_view": "costs",
        "form": form,
        "report": report,
        "measure": measure,
        "measures": _measure_tabs(request, measure),
        "timeline": charts.timeline(report, measure),
        "charts": _charts(request, report, measure),
        "listed": listed,
        "names": _subject_names(request, listed),
        "whole_cost": charts.dollars(report.whole.cost),
        "is_empty": not report.whole.calls and not calls_seen_by(request.user).exists(),
        "csv_url": f"{reverse('llm_manager:usage_csv')}?{_query(request, before=None)}",
    }
    return render(request, "llm_manager/usage.html", context)


def _measure(request: HttpRequest, report: Report) -> str:
    """What the charts show: the money where there is any, unless something else is asked for."""
    asked = request.GET.get("show", "")
    if asked in charts.MEASURES:
        return asked
    return "cost" if report.whole.cost else "calls"


def _measure_tabs(request: HttpRequest, measure: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"?{_query(request, show=name, before=None)}",
         "active": name == measure} for name, label in charts.MEASURES.items()
    ]  # fmt: skip


def _query(request: HttpRequest, **changed: Any) -> str:
    """The page's own query with some values replaced; None leaves one out."""
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return query.urlencode()


def _charts(
    request: HttpRequest, report: Report, measure: str
) -> list[tuple[str, str, list[charts.Row]]]:
    """By model, by what it was for and, where there are several, by person."""
    models = {m.pk: str(m) for m in LLMModel.objects.filter(pk__in=list(report.by_model))}
    named = subjects(report.by_subject, request.user)
    people = _people(report)

    def link(name: str, value: Any) -> str:
        return f"?{_query(request, **{name: value}, before=None)}" if value else ""

    shown = [
        ("By model", "model", charts.rows(
            report.by_model, measure, lambda key: (models.get(key, "?"), link("model", key)))),
        ("By what it was for", "subject", charts.rows(
            report.by_subject, measure,
            lambda key: (named[key].name if key else "Nothing in particular",
                         link("subject", key)))),
    ]  # fmt: skip
    if request.user.is_staff:
        by_person = charts.rows(
            report.by_user,
            measure,
            lambda key: (people.get(key, "The system"), link("person", key)),
        )
        shown.append(("By person", "person", by_person))
    return shown


def _people(report: Report) -> dict[int | None, str]:
    found = get_user_model().objects.filter(pk__in=[pk for pk in report.by_user if pk])
    return {user.pk: user.get_username() for user in found}


def _subject_names(request: HttpRequest, listed: Slice) -> dict[str, Any]:
    return dict(subjects({call.subject for call in listed.calls}, request.user))


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff"  # or spreadsheets take it for a text in their old character set
    for row in rows:
        yield str(writer.writerow(row))


@require_safe
def usage_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The calls of the page as a file, all of them, read from the database as they are sent."""
    form = UsageFilter(request.GET, user=request.user)
    rows = csv_rows(chosen_calls(request.user, form), request.user)
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="llm-usage-{day}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
