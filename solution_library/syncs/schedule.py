"""When a source is synced by itself."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.errors import AlreadyRunning
from solution_library.models import DocumentationSource, SyncEvery
from solution_library.syncing import start_sync

#: Without an entry: by the nightly round over all sources, or never.
PERIODS = {
    SyncEvery.HOUR: timedelta(hours=1),
    SyncEvery.SIX_HOURS: timedelta(hours=6),
    SyncEvery.WEEK: timedelta(weeks=1),
}
#: Sources with the same period drift apart by up to this share of it.
SCATTER = 0.1


def next_time(sync_every: str, after: datetime | None = None) -> datetime | None:
    """When a source that was synced at `after` (now) is due again; None: it has no time of its
    own."""
    period = PERIODS.get(SyncEvery(sync_every))
    if period is None:
        return None
    return (after or timezone.now()) + period * (1 - random.uniform(0, SCATTER))


def start_due(now: datetime | None = None) -> dict[str, Any]:
    """Queue a sync of every active source whose time has come. One that was missed several times,
    because nothing was running, is synced once."""
    now = now or timezone.now()
    due = DocumentationSource.objects.filter(is_active=True, next_sync_at__lte=now)
    queued, skipped = 0, 0
    for source in due.defer("credentials").order_by("next_sync_at"):
        started = _start(source, now)
        queued += started is True
        skipped += started is False
    return {"queued": queued, "skipped": skipped}


@transaction.atomic
def _start(source: DocumentationSource, now: datetime) -> bool | None:
    """False: it is being synced already. None: somebody else has started it just now."""
    mine = DocumentationSource.objects.filter(
        pk=source.pk, is_active=True, next_sync_at=source.next_sync_at
    )
    if not mine.update(next_sync_at=next_time(source.sync_every, now)):
        return None
    try:
        with transaction.atomic():
            start_sync(source, None)
    except AlreadyRunning:
        return False
    return True
