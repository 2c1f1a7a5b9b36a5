"""What the pages say of sources and their syncs."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.formats import date_text
from jobs.models import ACTIVE, ItemState, JobItem
from solution_library.models import DocumentationSource, SourceKind, SyncEvery, SyncJob

#: Troubles that a page of a source lists.
SHOWN = 50
NIGHTLY = "With the nightly round"


@dataclass(frozen=True)
class Trouble:
    """A document that the last sync could not take: why, and since when."""

    key: str
    reason: str
    since: datetime | None
    at_source: bool

    @property
    def name(self) -> str:
        if self.key.startswith("limit:"):
            return "The whole source"
        start, cut, _ = self.key.partition("…")
        return start + cut

    @property
    def is_address(self) -> bool:
        """Whether it can be opened: a long one is not kept to its end."""
        return self.key.startswith(("http://", "https://")) and "…" not in self.key


def badge(source: DocumentationSource, syncing: set[int | None]) -> tuple[str, str]:
    """A status that components/badge.html knows, and its words."""
    if source.pk in syncing:
        return "syncing", "Being synced"
    if not source.is_active:
        return "inactive", "Switched off"
    if source.stale_since:
        return "stale", "Out of date"
    return ("current", "In step") if source.last_synced_at else ("pending", "Never synced")


def syncing_now() -> set[int | None]:
    active: QuerySet[SyncJob] = QuerySet(SyncJob).filter(status__in=ACTIVE)
    return set(active.values_list("source_id", flat=True))


def when_next(source: DocumentationSource) -> str:
    """When a source is synced by itself, in words."""
    if not source.is_active or source.sync_every == SyncEvery.NEVER:
        return "Only when somebody asks for it"
    if source.next_sync_at is None:
        return NIGHTLY
    if source.next_sync_at <= timezone.now():
        return "Within ten minutes"
    return date_text(timezone.localtime(source.next_sync_at), "j M Y, H:i")


def troubles(source: DocumentationSource) -> tuple[list[Trouble], int]:
    """What the last sync that ended could not take, the first of them, and how many in all."""
    syncs: QuerySet[SyncJob] = QuerySet(SyncJob).filter(source=source)
    last = syncs.exclude(completed_at=None).order_by("-pk")
    failed = JobItem.objects.filter(job_id__in=last.values("pk")[:1], state=ItemState.FAILED)
    rows = failed.order_by("pk").values_list("key", "error", "result")
    found = [
        Trouble(key, error, _time((result or {}).get("since")), bool((result or {}).get(
            "at_source")))
        for key, error, result in rows[:SHOWN]
    ]  # fmt: skip
    return found, failed.count() if len(found) == SHOWN else len(found)


def _time(text: object) -> datetime | None:
    return parse_datetime(text) if isinstance(text, str) else None


def settings_shown(source: DocumentationSource) -> list[tuple[str, str]]:
    """The settings of a source without its secrets: their labels and values."""
    from solution_library.source_forms import SETTINGS, STORED_AS, SourceForm

    labels = {name: str(field.label or name) for name, field in SourceForm.base_fields.items()}
    found = [
        (labels.get(name, name), source.config.get(STORED_AS.get(name, name)))
        for name in SETTINGS.get(SourceKind(source.kind), ())
    ]
    return [(label, _words(value)) for label, value in found if value not in (None, "", [])]


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
