"""A date that was found, taken as the day on which an RFP is due: never without a person."""

from datetime import date

from django.utils import timezone

from rfp_manager.models import RFP, InformationFinding


def take_due_date(rfp: RFP, finding: InformationFinding) -> date:
    """`finding` must have a day."""
    assert finding.day is not None
    RFP.objects.filter(pk=rfp.pk).update(due_date=finding.day, updated_at=timezone.now())
    return finding.day
