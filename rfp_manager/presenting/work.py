"""The background work on an RFP: what runs, what was done last, what can be downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Greatest
from django.utils import timezone

from jobs.models import Job, JobArtifact, Status
from llm_manager.models import LLMModel, ModelKind
from rfp_manager.models import RFP, Answer, ExportJob, RFPBatchJob
from rfp_manager.presenting.reports import ExportReport, export_report

_LABELS = {
    RFPBatchJob.JOB_TYPE_RESPONDER: "Drafting",
    RFPBatchJob.JOB_TYPE_REVIEWER: "Review",
}


@dataclass(frozen=True)
class WorkEntry:
    """A job of this RFP. `mine`: this person may see the job's own pages, too."""

    job: Job
    label: str
    mine: bool

    @property
    def needs_attention(self) -> bool:
        return self.job.status in (Status.FAILED, Status.CANCELLED) or self.job.failed_items > 0

    @property
    def has_panel(self) -> bool:
        """It is shown as on its own page, not in a line."""
        return self.mine and (self.job.is_active or self.needs_attention)


@dataclass(frozen=True)
class ExportEntry:
    """The newest finished export, with what it proved and the files to download."""

    job: ExportJob
    report: ExportReport | None
    artifacts: list[JobArtifact]
    mine: bool
    is_outdated: bool


@dataclass(frozen=True)
class Work:
    active: list[WorkEntry]
    ended: list[WorkEntry]
    export: ExportEntry | None
    receipts: ExportEntry | None
    chat_models: list[LLMModel]

    @property
    def own_active(self) -> list[Job]:
        """Those that this person watches on the page itself."""
        return [entry.job for entry in self.active if entry.mine]

    @property
    def drafting(self) -> bool:
        return any(entry.label == "Drafting" for entry in self.active)

    @property
    def reviewing(self) -> bool:
        return any(entry.label == "Review" for entry in self.active)

    @property
    def exporting(self) -> bool:
        return any(isinstance(entry.job, ExportJob) for entry in self.active)

    @property
    def poll_here(self) -> bool:
        """Somebody else's job is watched through the RFP's own page."""
        return any(not entry.mine for entry in self.active)


def work_on(rfp: RFP, user: Any) -> Work:
    exports, batches = _exports(rfp), list(_newest_batches(rfp))
    _settle(rfp, [*exports, *batches])
    entries = [_entry(job, _LABELS[job.job_type], user) for job in batches]
    entries += [_entry(job, _label(job), user) for job in _to_show(exports)]
    finished, receipts = _finished(exports)
    # Whether the export is still right.
    changed_at = _answers_changed_at(rfp) if finished or receipts else None
    return Work(
        active=[entry for entry in entries if entry.job.is_active],
        ended=[entry for entry in entries if _is_worth_telling(entry)],
        export=_export(finished, user, changed_at) if finished else None,
        receipts=_export(receipts, user, changed_at) if receipts else None,
        chat_models=list(LLMModel.objects.usable().filter(kind=ModelKind.CHAT)),
    )


def _settle(rfp: RFP, jobs: Sequence[ExportJob | RFPBatchJob]) -> None:
    """Give the jobs what each of them would look up by itself: the RFP, and the files that are
    still kept."""
    for job in jobs:
        job.rfp = rfp
    kept = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    prefetch_related_objects(jobs, Prefetch("artifacts", JobArtifact.objects.filter(kept)))


def _label(job: ExportJob) -> str:
    return "Export" if job.output == ExportJob.Output.FILLED else str(job.get_output_display())


def _answers_changed_at(rfp: RFP) -> datetime | None:
    """When an answer's text or state changed last."""
    found = Answer.objects.filter(question__rfp=rfp).aggregate(
        at=Greatest(Max("updated_at"), Max("versions__created_at"))
    )
    changed: datetime | None = found["at"]
    return changed


def _is_worth_telling(entry: WorkEntry) -> bool:
    """A completed export has a place of its own."""
    if entry.job.is_active:
        return False
    return not isinstance(entry.job, ExportJob) or entry.job.status != Status.COMPLETED


def _newest_batches(rfp: RFP) -> QuerySet[RFPBatchJob]:
    """The newest of each type; an active one is always the newest."""
    jobs: QuerySet[RFPBatchJob] = QuerySet(RFPBatchJob).filter(rfp=rfp).order_by("job_type", "-pk")
    return jobs.select_related("started_by").distinct("job_type")


def _exports(rfp: RFP) -> list[ExportJob]:
    """The newest, and the newest finished one of each kind; the newest first."""
    found: QuerySet[ExportJob] = QuerySet(ExportJob).filter(rfp=rfp).order_by("-pk")
    done = found.filter(status=Status.COMPLETED).order_by("output", "-pk").distinct("output")
    these = Q(pk__in=found.values("pk")[: len(ExportJob.Output)]) | Q(pk__in=done.values("pk"))
    return list(found.filter(these).select_related("started_by"))


def _to_show(newest: Sequence[ExportJob]) -> Sequence[ExportJob]:
    """All that run, one of each kind at most; else the newest."""
    return [job for job in newest if job.is_active] or newest[:1]


def _finished(exports: Sequence[ExportJob]) -> tuple[ExportJob | None, ExportJob | None]:
    """The newest finished export of the answers, and of their receipts."""
    done = [job for job in exports if job.status == Status.COMPLETED]
    receipts = [job for job in done if job.output == ExportJob.Output.RECEIPTS]
    answers = [job for job in done if job.output != ExportJob.Output.RECEIPTS]
    return next(iter(answers), None), next(iter(receipts), None)


def _entry(job: Job, label: str, user: Any) -> WorkEntry:
    return WorkEntry(job, label, _is_visible(job, user))


def _is_visible(job: Job, user: Any) -> bool:
    return bool(user.is_staff) or job.started_by_id in (None, user.pk)


def _export(job: ExportJob, user: Any, changed_at: datetime | None) -> ExportEntry:
    files = [f for f in job.artifacts.all() if user.is_staff or f.owner_id in (None, user.pk)]
    begun = job.started_at or job.created_at
    return ExportEntry(
        job=job,
        report=export_report(job.report),
        artifacts=files,
        mine=_is_visible(job, user),
        is_outdated=bool(changed_at and changed_at > begun),
    )
