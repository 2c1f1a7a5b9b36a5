"""The report of an export as a text to put beside the file."""

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.formats import date_format

from rfp_manager.models import ExportJob
from rfp_manager.presenting.reports import ExportReport, export_report


def report_text(job: ExportJob) -> str:
    """Plain lines, the longest last; ends with a line end."""
    lines = [*_head(job), ""]
    report = export_report(job.report)
    lines += _proof(job, report) if report else ["This export has no report."]
    return "\n".join(lines).rstrip() + "\n"


def _head(job: ExportJob) -> Iterator[str]:
    done = timezone.localtime(job.completed_at) if job.completed_at else None
    yield f"Report on an export: {ExportJob.Output(job.output).label}"
    yield f"RFP: {job.rfp.name}"
    yield f"Questionnaire: {job.rfp.filename}, SHA-256 {job.rfp.sha256}"
    yield f"Made: {date_format(done, 'j M Y, H:i')}" if done else "Not finished"
    yield f"Revision: {job.revision}"
    yield "Answers: " + ("approved ones only" if job.only_approved else "approved or not")
    for file in job.artifacts.all():
        yield f"File: {file.name}, {file.size} bytes, SHA-256 {file.sha256}"


def _proof(job: ExportJob, report: ExportReport) -> Iterator[str]:
    if report.untouched is not None:
        yield "Only answer cells were written." if report.untouched else "MORE THAN THE ANSWERS"
    yield from report.proof
    yield from _listed("Parts of the file that hold answers", job.report.get("parts_changed", []))
    yield from _listed("Other differences", report.problems)
    yield from _listed("Longer than a cell can hold", report.overflow)
    yield from _listed("Before you send it", report.warnings)
    yield from _listed("Left out, as not approved", report.unapproved)
    yield from _listed("Words for which the file has no cell", report.homeless)
    yield from _listed("Cells that kept the buyer's own text", report.kept)
    yield from _listed("Written otherwise", report.changed)
    yield from _listed("Notes", report.notes)


def _listed(title: str, entries: Iterable[object]) -> Iterator[str]:
    found = [str(entry) for entry in entries]
    if found:
        yield ""
        yield f"{title} ({len(found)})"
        yield from (f"  - {entry}" for entry in found)
