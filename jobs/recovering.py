"""Puts right what a restored database says of work that was under way when it was backed up."""

from dataclasses import dataclass

from django.db import transaction

from jobs import sweep, transitions
from jobs.models import Job, Status
from jobs.transitions import Claim

OUTCOME = "restored from a backup"


@dataclass(frozen=True)
class Recovered:
    """How many jobs will go on: held by workers of then, and on their way to one."""

    released: int = 0
    sent_again: int = 0


def take_up_again() -> Recovered:
    """No worker of then lives and no message of then is there, so every unfinished job is handed
    out anew. What items had done stays done; those in flight wait again, and a reply that was paid
    for is kept with them. Nothing else may be running."""
    with transaction.atomic():
        # Leases run out by the clock, and the clock has gone on since: ours must still count.
        held = Job.objects.filter(status=Status.PROCESSING).exclude(lease_token=None)
        held.update(lease_expires_at=transitions.lease_end(), yield_requested_at=None)
        rows = held.values_list("pk", "lease_token", "attempt")
        claims = [Claim(pk, token, attempt) for pk, token, attempt in rows if token]
        for claim in claims:
            transitions.release(claim, outcome=OUTCOME, run_after=None)
        sent = sum(sweep.resend(job) for job in Job.objects.sent_and_unclaimed())
    return Recovered(len(claims), sent)
