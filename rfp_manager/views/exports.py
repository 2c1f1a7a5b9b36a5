"""The exports of an RFP: choosing one, fetching it, and reading what it proved."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rfp_manager.access import export_of, rfp_of
from rfp_manager.models import ExportJob
from rfp_manager.presenting import exporting
from rfp_manager.presenting.report_text import report_text
from rfp_manager.presenting.reports import export_report


@require_safe
def exports(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = rfp_of(request, rfp_id)
    page, lines = exporting.exports_page(rfp, request.user, request.GET.get("page"))
    context = {
        "rfp": rfp,
        "page": page,
        "lines": lines,
        "choices": exporting.choices(),
        "forecast": exporting.forecast(rfp),
        "others_active": any(line.job.is_active and not line.mine for line in lines),
    }
    return render(request, "rfp_manager/exports.html", context)


@require_safe
def export_detail(request: HttpRequest, rfp_id: int, export_id: int) -> HttpResponse:
    """The untouched report: as a page, or as a file to put beside the export."""
    rfp = rfp_of(request, rfp_id)
    job = export_of(rfp, str(export_id))
    job.rfp = rfp
    form = request.GET.get("as", "")
    if form == "json":
        return _attached(JsonResponse(_plain(job), json_dumps_params={"indent": 1}), job, "json")
    if form == "txt":
        text = HttpResponse(report_text(job), content_type="text/plain; charset=utf-8")
        return _attached(text, job, "txt")
    line = exporting.line_of(job, request.user)
    context = {
        "rfp": rfp,
        "line": line,
        "report": export_report(job.report),
        "parts": job.report.get("parts_changed", []),
        "overflow": _long_texts(job),
    }
    return render(request, "rfp_manager/export_detail.html", context)


def _long_texts(job: ExportJob) -> list[str]:
    found = job.report.get("overflow", [])
    return [str(each.get("text", "")) for each in found if isinstance(each, dict)]


def _plain(job: ExportJob) -> dict[str, Any]:
    return {
        "rfp": job.rfp.name, "questionnaire": job.rfp.filename, "sha256": job.rfp.sha256,
        "output": job.output, "only_approved": job.only_approved, "revision": job.revision,
        "completed_at": job.completed_at, "status": job.status,
        "files": [
            {"name": file.name, "size": file.size, "sha256": file.sha256}
            for file in job.artifacts.all()
        ],
        "report": job.report,
    }  # fmt: skip


def _attached(response: HttpResponse, job: ExportJob, ending: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="export-{job.pk}-report.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
