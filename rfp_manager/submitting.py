"""Which export the buyer was given: said by a person, and taken back if it was a slip."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from jobs.models import JobArtifact, Status
from rfp_manager.affected import exports_that_count
from rfp_manager.commitments.ledger import enter
from rfp_manager.exports import KEPT
from rfp_manager.models import RFP, ExportedAnswer, ExportJob


class SubmissionRefused(Exception):
    """The export cannot be the one that the buyer was given; the message says why."""


def mark_submitted(rfp: RFP, export: ExportJob, user: Any) -> int:
    """Note that the buyer was given this export. Its files are kept from now on, and what its
    answers promise goes into the ledger. Returns how many promises. Raises SubmissionRefused."""
    if export.rfp_id != rfp.pk or export.output == ExportJob.Output.RECEIPTS:
        raise SubmissionRefused("This is no export of the answers of this RFP.")
    if export.status != Status.COMPLETED:
        raise SubmissionRefused("This export is not finished. Choose one that is.")
    if not ExportedAnswer.objects.filter(export=export.pk).exists():
        raise SubmissionRefused(
            "It is not known what was in this export: it holds no answers, or was made before "
            "that was kept. Export again and choose the new one."
        )
    with transaction.atomic():
        held = RFP.objects.select_for_update(no_key=True).get(pk=rfp.pk)
        _let_go(held, but=export.pk)
        held.submitted_at, held.submitted_by, held.submitted_export = timezone.now(), user, export
        held.save(update_fields=["submitted_at", "submitted_by", "submitted_export"])
        JobArtifact.objects.filter(job_id=export.pk).update(expires_at=None)
        found = enter(held, export)
    rfp.refresh_from_db(fields=["submitted_at", "submitted_by", "submitted_export"])
    return found


def take_back(rfp: RFP) -> None:
    """It was not given to the buyer after all. Its promises leave the ledger; what people have
    decided about them is there again should it be submitted after all."""
    with transaction.atomic():
        held = RFP.objects.select_for_update(no_key=True).get(pk=rfp.pk)
        _let_go(held)
        held.submitted_at = held.submitted_by = held.submitted_export = None
        held.save(update_fields=["submitted_at", "submitted_by", "submitted_export"])
    rfp.refresh_from_db(fields=["submitted_at", "submitted_by", "submitted_export"])


def _let_go(rfp: RFP, but: int | None = None) -> None:
    """The files of what was submitted before are kept no longer than those of any export."""
    if rfp.submitted_export_id not in (None, but):
        files = JobArtifact.objects.filter(job_id=rfp.submitted_export_id, expires_at=None)
        files.update(expires_at=timezone.now() + KEPT)


def exports_to_keep() -> QuerySet[ExportJob, int]:
    """For the purge of old jobs: what buyers were given, and the newest export of each RFP. With
    an export its answers would go, and with those what was promised in them."""
    newest, given = exports_that_count(RFP.objects.all())
    kept: QuerySet[ExportJob] = QuerySet(ExportJob).filter(pk__in=newest | given)
    return kept.values_list("pk", flat=True)
