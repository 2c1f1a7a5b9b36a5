"""Takes the oldest entries out, which only the owner of the table may."""

from datetime import datetime

from django.db import connection, transaction

from audit.chain import PRUNED
from audit.models import AuditEntry
from audit.recording import record


def prune(before: datetime) -> int:
    """Delete the entries from before `before`, and write down that it was done. How many went.

    An entry stays at the least, so that the chain has something to hold on to. Raises
    ProgrammingError or InternalError of the database for any other role than the table's owner.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL audit.retention = 'on'")
            cursor.execute("SELECT pg_advisory_xact_lock(72913, 1)")
        placed = AuditEntry.objects.filter(position__isnull=False)
        newest = placed.order_by("-position").values_list("position", flat=True).first()
        # Up to the first that stays: the chain has no hole even if a clock went back.
        stays = placed.filter(at__gte=before).order_by("position").first()
        end = stays.position if stays else newest
        last = placed.filter(position__lt=end or 0).order_by("-position").first()
        if last is None:
            return 0
        gone = placed.filter(position__lte=last.position)._raw_delete(gone_db())
        record(
            PRUNED, actor=None,
            details={"entries": gone, "last_position": last.position, "last_hash": last.hash,
                     "before": before.isoformat()},
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL audit.retention = 'off'")
    return gone


def gone_db() -> str:
    """The alias of the one database."""
    return str(connection.alias)
