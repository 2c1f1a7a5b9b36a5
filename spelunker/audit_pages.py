"""The audit log for admins."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Role
from audit.actions import label
from audit.listing import AuditForm, csv_lines, told
from audit.recording import record
from jobs.access import must_be

PAGE_SIZE = 50
ONLY_ADMINS = "Only admins read the audit log."


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.ADMIN, ONLY_ADMINS)
    form = AuditForm(request.GET)
    page = Paginator(form.chosen(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "entries": [(entry, label(entry.action), told(entry)) for entry in page],
        "csv_url": f"{reverse('audit_csv')}?{request.GET.urlencode()}",
    }
    return render(request, "audit/list.html", context)


@require_safe
def audit_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the page shows, all pages of it."""
    must_be(request, Role.ADMIN, ONLY_ADMINS)
    form = AuditForm(request.GET)
    found = form.chosen()
    record("audit.exported", actor=request.user, details={"filters": request.GET.dict()})
    response = StreamingHttpResponse(csv_lines(found), content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="audit-{day}.csv"'
    return response
