"""Metrics of what an installation stands on: disks, backups, processes, the database's sessions."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from jobs.models import BackupRecord, ProcessSign
from spelunker.operating import server


def operating_metrics() -> Iterator[Any]:
    yield from _disks()
    yield from _database()
    yield from _backups()
    yield _signs()


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"spelunker_{name}", says, labels=labels)


def _disks() -> Iterator[Any]:
    free = _gauge("disk_free_bytes", "Room on the disk of a folder", "folder")
    total = _gauge("disk_size_bytes", "Size of the disk of a folder", "folder")
    for disk in server.disks():
        free.add_metric([disk.label.lower()], disk.free)
        total.add_metric([disk.label.lower()], disk.total)
    yield from (free, total)


def _database() -> Iterator[Any]:
    found = server.database()
    for name, says, value in (
        ("database_connections", "Connections of everybody to the server", found.connections),
        ("database_connections_most", "As many as the server takes", found.most_connections),
        ("database_longest_transaction_seconds", "The longest one of over a minute, 0 if none",
         max((one.seconds for one in found.long if one.process != "spelunker backup"), default=0)),
    ):  # fmt: skip
        family = _gauge(name, says)
        family.add_metric([], value)
        yield family


def _backups() -> Iterator[Any]:
    """No line without a backup: `absent()` tells of that."""
    newest = BackupRecord.objects.aggregate(made=Max("made_at"), verified=Max("verified_at"))
    for name, says, at in (
        ("backup_made_timestamp_seconds", "When the last backup was made", newest["made"]),
        ("backup_verified_timestamp_seconds", "When one was last tried", newest["verified"]),
    ):
        if at is not None:
            family = _gauge(name, says)
            family.add_metric([], at.timestamp())
            yield family


def _signs() -> Any:
    says = "Since when a relay, scheduler or worker has shown no life"
    family = _gauge("process_silent_seconds", says, "role", "process")
    for sign in ProcessSign.objects.annotate(clock=Now()):
        silent = getattr(sign, "clock", timezone.now()) - sign.seen_at
        family.add_metric([sign.role, sign.name], max(0.0, silent.total_seconds()))
    return family
