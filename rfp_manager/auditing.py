"""What of RFPs is written into the audit log: what leaves the house, and who let it."""

from collections.abc import Iterable
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from audit.recording import record
from audit.tracking import Tracked, track
from rfp_manager.models import RFP, AnswerState, ExportJob

MOST_LISTED = 100


@receiver(post_save, sender=ExportJob)
def export_started(instance: ExportJob, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw:
        details = {"job": instance.pk, "output": instance.output}
        record("export.started", actor=instance.started_by, target=instance.rfp, details=details)


def state_changed(
    rfp: RFP, questions: Iterable[int], *, before: str, after: str, user: Any
) -> None:
    """Approvals, and what ends them; `before` is empty where it differs between the questions."""
    ids = list(questions)
    if not ids or before == after:
        return
    if after == AnswerState.APPROVED:
        action = "answer.approved"
    elif before in (AnswerState.APPROVED, ""):
        action = "answer.taken_back"
    else:
        return
    details = {"answers": len(ids), "questions": ids[:MOST_LISTED]}
    record(action, actor=user, target=rfp, details=details)


def connect() -> None:
    """Called once, when the apps are ready."""
    special = {"submitted_export": "rfp.submitted", "owner": "rfp.owner_changed",
               "four_eyes": "rfp.four_eyes_changed"}  # fmt: skip
    track(RFP, Tracked("rfp", (), special, created=False))
