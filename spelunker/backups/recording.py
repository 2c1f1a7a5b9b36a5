"""Puts on record which backups there are, for the page of operations and for /metrics."""

from pathlib import Path

from django.db.models.functions import Now

from audit.recording import record
from jobs.models import BackupRecord
from spelunker.backups.making import Made
from spelunker.backups.restoring import Restored


def put_on_record(made: Made) -> None:
    found = made.manifest
    BackupRecord.objects.update_or_create(
        name=made.folder.name[:100],
        defaults={
            "seconds": found.seconds, "bytes": found.bytes, "rows": found.rows,
            "files": found.files, "missing_files": len(found.missing_files),
        },
    )  # fmt: skip
    BackupRecord.objects.filter(name__in=made.removed).delete()
    details = {"rows": found.rows, "files": found.files, "removed": made.removed}
    record("backup.made", actor=None, target=made.folder.name, details=details)


def put_restore_on_record(found: Restored) -> None:
    """What was written between the backup and now is gone; the log says so."""
    details = {"made_at": found.manifest.made_at, "rows": found.manifest.rows}
    record("backup.restored", actor=None, target=found.backup.name, details=details)


def record_verified(backup: Path) -> None:
    """Nothing is on record of a backup that another installation has made."""
    BackupRecord.objects.filter(name=backup.name[:100]).update(verified_at=Now())
