"""Relay, scheduler and workers: when they last showed life, and what they do."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import Job, ProcessSign, Status
from jobs.signs import SILENT_AFTER
from jobs.words import time_words


@dataclass(frozen=True)
class Doing:
    """A job that a worker holds."""

    url: str
    title: str


@dataclass(frozen=True)
class Process:
    """One process as the page shows it."""

    sign: ProcessSign
    now: datetime
    doing: list[Doing] = field(default_factory=list)

    @property
    def is_silent(self) -> bool:
        return self.now - self.sign.seen_at > SILENT_AFTER

    @property
    def seen(self) -> str:
        return time_words(self.sign.seen_at, self.now)

    @property
    def started(self) -> str:
        return time_words(self.sign.started_at, self.now)

    @property
    def badge(self) -> str:
        return "error" if self.is_silent else "ok"

    @property
    def word(self) -> str:
        return "Silent" if self.is_silent else "Alive"


def processes() -> list[Process]:
    """All that have shown life within the last hour and have not taken their leave."""
    signs = list(ProcessSign.objects.annotate(clock=Now()))
    held = _held()
    return [
        Process(sign, getattr(sign, "clock", timezone.now()), held.get(sign.name, []))
        for sign in signs
    ]


def _held() -> dict[str, list[Doing]]:
    found: dict[str, list[Doing]] = defaultdict(list)
    working = Job.objects.filter(status=Status.PROCESSING).exclude(lease_token=None)
    for job in working.only("id", "title", "task_name", "lease_owner").order_by("id")[:200]:
        found[job.lease_owner].append(Doing(job.get_absolute_url(), job.title or job.task_name))
    return found
