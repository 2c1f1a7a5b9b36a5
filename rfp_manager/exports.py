"""Exports: what leaves the house, in one file and in what we keep of it, both or neither."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from jobs.artifacts import remove, save_artifact
from jobs.dispatch import enqueue
from jobs.errors import JobFailed
from jobs.models import JobArtifact
from jobs.run import JobRun
from rfp_manager import book, export_warnings
from rfp_manager.exporting import ExportRefused
from rfp_manager.filling import fill_questionnaire
from rfp_manager.models import RFP, ExportJob
from rfp_manager.receipts.bundle import write_bundle
from rfp_manager.snapshots import Snapshot, SnapshotOutdated, Taken, Written, keep, snapshot

EXPORT = "rfp_manager.export_questionnaire"
#: Long enough to send it off; it can be made again at any time.
KEPT = timedelta(days=30)
#: Drafting goes on during an export; it seldom meets one twice.
TRIES = 3
Writer = Callable[[ExportJob, Snapshot, Path], Written]
Output = ExportJob.Output

# To add a kind of export: a function that writes a file into a folder, and its line here.
WRITERS: dict[str, Writer] = {
    Output.FILLED: fill_questionnaire,
    Output.BOOK_XLSX: book.write_xlsx,
    Output.BOOK_DOCX: book.write_docx,
    Output.BOOK_PDF: book.write_pdf,
    Output.RECEIPTS: write_bundle,
}


def start_export(
    rfp: RFP, user: Any, *, output: str = Output.FILLED, only_approved: bool | None = None
) -> ExportJob:
    """Queue an export. `only_approved` None: as the RFP asks for. Raises AlreadyRunning, and
    ExportRefused for what is not offered or what the RFP does not allow."""
    if output not in WRITERS:
        raise ExportRefused("There is no such kind of export.")
    if rfp.approval_required and only_approved is False:
        raise ExportRefused(
            "Only approved answers of this RFP may be exported. Approve the others first, or "
            "export the approved ones alone."
        )
    label = "Export" if output == Output.FILLED else str(Output(output).label)
    job = ExportJob(
        rfp=rfp, started_by=user, title=f"{label} “{rfp.name}”"[:200], output=output,
        only_approved=rfp.approval_required if only_approved is None else only_approved,
    )  # fmt: skip
    return enqueue(EXPORT, job=job, dedup_key=_key(rfp, output))


def _key(rfp: RFP, output: str) -> str:
    """One of each kind at a time."""
    return f"rfp:{rfp.pk}:export" + ("" if output == Output.FILLED else f":{output}")


def export_for_job(run: JobRun) -> dict[str, Any]:
    """The work of an ExportJob: its artifact is the file."""
    job = run.job
    assert isinstance(job, ExportJob)
    for _ in range(TRIES):
        try:
            return _export(run, job)
        except SnapshotOutdated:
            run.log("Answers were drafted anew meanwhile: collecting them once more.")
    raise JobFailed("Answers are being drafted anew all the time. Export when that has ended.")


def _export(run: JobRun, job: ExportJob) -> dict[str, Any]:
    run.now("Collecting the answers")
    # The RFP may have come to ask for approval since this export was queued.
    only_approved = job.only_approved or job.rfp.approval_required
    taken = snapshot(job.rfp, only_approved=only_approved)
    writer = WRITERS.get(job.output)
    if writer is None:
        raise JobFailed("There is no such kind of export.")
    with tempfile.TemporaryDirectory() as folder:
        run.now("Writing the file")
        written = writer(job, taken, Path(folder))
        artifact = _save(run, job, written, taken)
    return _result(artifact, written)


def _save(run: JobRun, job: ExportJob, written: Written, taken: Snapshot) -> JobArtifact:
    """The companions first: what is cut off here leaves no file that speaks of a missing one."""
    beside = [
        save_artifact(run, each.name, each.path, media_type=each.media_type, keep_for=KEPT)
        for each in written.companions
    ]
    return save_artifact(
        run, written.name, written.path, media_type=written.media_type, keep_for=KEPT,
        beside=lambda main: _keep(job, written, taken, {main.pk, *(each.pk for each in beside)}),
    )  # fmt: skip


def _result(artifact: JobArtifact, written: Written) -> dict[str, Any]:
    return {"artifact_id": artifact.pk, "answers_written": written.answers_written}


def _keep(job: ExportJob, written: Written, taken: Snapshot, files: set[int]) -> None:
    for old in JobArtifact.objects.filter(job_id=job.pk).exclude(pk__in=files):
        remove(old)  # of an attempt that was cut off
    keep(job, written.exported)
    report = written.report | {
        "unapproved": [_name(each) for each in taken.unapproved],
        "warnings": export_warnings.about(job, written.exported),
    }
    QuerySet(ExportJob).filter(pk=job.pk).update(revision=written.revision, report=report)


def _name(taken: Taken) -> str:
    return taken.question.number or str(taken.question.ordinal)
