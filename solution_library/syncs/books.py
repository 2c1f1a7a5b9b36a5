"""The books of a sync: what became of each document, written once, whatever dies in between."""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from psycopg.types.json import Jsonb

from jobs import faults
from jobs.models import ItemState, Job, JobItem
from jobs.plain import plain_text
from jobs.run import JobRun
from solution_library.models import SyncJob
from solution_library.sources import Known

Outcome = Literal["created", "updated", "skipped", "deleted", "failed"]
#: What a person reads of an item beside its key.
MAX_REASON = 2_000
KEY_LENGTH = 200
#: An item that has ended stays as it ended.
END_ONCE = """
INSERT INTO jobs_jobitem
    (job_id, key, ordinal, state, attempts, crashes, error, result, started_at, finished_at)
VALUES (%(job)s, %(key)s, 0, %(state)s, 1, 0, %(error)s, %(result)s, now(), clock_timestamp())
ON CONFLICT (job_id, key) DO UPDATE SET state = EXCLUDED.state, error = EXCLUDED.error,
    result = EXCLUDED.result, finished_at = EXCLUDED.finished_at
WHERE jobs_jobitem.state NOT IN ('done', 'failed')
"""
BEGIN = """
INSERT INTO jobs_jobitem (job_id, key, ordinal, state, attempts, crashes, error, started_at)
VALUES (%(job)s, %(key)s, 0, 'running', 1, 0, '', clock_timestamp())
ON CONFLICT (job_id, key) DO UPDATE SET state = 'running',
    attempts = jobs_jobitem.attempts + 1, started_at = EXCLUDED.started_at
WHERE jobs_jobitem.state NOT IN ('done', 'failed')
"""


@dataclass
class SyncResult:
    """Counts of a sync, and how it ended: "completed" or "failed" (nothing could be read)."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    deleted: int = 0
    failed: int = 0
    status: str = "completed"
    last_error: str = ""

    @property
    def processed(self) -> int:
        return self.created + self.updated + self.skipped + self.deleted + self.failed

    def add(self, outcome: Outcome, number: int = 1) -> None:
        setattr(self, outcome, getattr(self, outcome) + number)

    def counts(self) -> dict[str, int]:
        return {
            "created": self.created, "updated": self.updated, "skipped": self.skipped,
            "deleted": self.deleted, "failed": self.failed,
        }  # fmt: skip


class _EndedBefore(Exception):
    """The document was recorded already: this transaction must change nothing."""


class Books:
    """Counters and items of one SyncJob. Without a job (a call by hand) it only counts."""

    def __init__(self, run: JobRun | None, source_id: int) -> None:
        self.run, self.source_id = run, source_id
        self.result = _counted_so_far(run)
        #: The place itself could not be read, as far as known: a page, or all of it.
        self.is_stale = False
        self._now = ""

    # -- what is known from before ---------------------------------------------------------
    def ended(self) -> set[str]:
        """Keys of items, as `item_key` makes them, that this sync has recorded."""
        items = self._items().filter(state__in=(ItemState.DONE, ItemState.FAILED))
        return set(items.values_list("key", flat=True))

    def waiting(self) -> dict[str, int]:
        """Items that were begun or are wanted, and how often a worker died over each."""
        return dict(self._items().filter(state=ItemState.PENDING).values_list("key", "crashes"))

    def all_keys(self) -> list[str]:
        return list(self._items().values_list("key", flat=True))

    def _items(self) -> QuerySet[JobItem]:
        return JobItem.objects.filter(job_id=self.run.job.pk if self.run else 0)

    # -- writing ---------------------------------------------------------------------------
    def write(self) -> AbstractContextManager[None]:
        """A transaction that commits only while the job is ours."""
        return self.run.write() if self.run else transaction.atomic()

    def begin(self, key: str, doing: str) -> None:
        """A worker that dies now died over this document (see jobs/blame.py)."""
        if self.run is None:
            return
        with self.run.write(now_doing=plain_text(doing, 200)), connection.cursor() as cursor:
            cursor.execute(BEGIN, {"job": self.run.job.pk, "key": item_key(key)})

    def record(
        self,
        key: str,
        outcome: Outcome,
        effect: Callable[[], Outcome | None] = lambda: None,
        *,
        reason: str = "",
        at_source: bool = False,
        total: int | None = None,
    ) -> None:
        """Write `effect` and that this document has ended, in one transaction. What `effect`
        returns overrules `outcome`. `at_source` says that it failed before it reached us."""
        reason = plain_text(reason, MAX_REASON)
        try:
            with self.write():
                outcome = effect() or outcome
                self._end(key, outcome, reason, at_source)
                self._count({outcome: 1}, total)
                faults.hit("before_commit")
        except _EndedBefore:
            return
        faults.hit("after_commit")
        self.result.add(outcome)
        self._say(key, outcome, reason)

    def record_unchanged(self, keys: list[str], effect: Callable[[], None], total: int) -> None:
        """Many documents that did not change, in one transaction."""
        with self.write():
            effect()
            number = self._end_unchanged(keys)
            self._count({"skipped": number}, total)
        self.result.add("skipped", number)

    def close(self) -> None:
        """What was wanted and not met again has ended too; then the total is what was done."""
        for key in self.waiting():
            self.record(key, "skipped", reason="It was not met again.")
        if self.run is not None:
            with self.run.write(total_items=F("processed_items"), now_doing=""):
                pass

    def failed_at_source(self) -> bool:
        failed = self._items().filter(state=ItemState.FAILED, result__at_source=True)
        return self.is_stale or failed.exists()

    # -- inside a transaction --------------------------------------------------------------
    def _end(self, key: str, outcome: Outcome, reason: str, at_source: bool) -> None:
        self.is_stale |= at_source and outcome == "failed"
        if self.run is None:
            return
        has_failed = outcome == "failed"
        result: dict[str, Any] = {"outcome": outcome} | ({"reason": reason} if reason else {})
        if has_failed:
            result |= {"at_source": at_source, "since": self._failing_since(key)}
        values: dict[str, Any] = {
            "job": self.run.job.pk, "key": item_key(key), "result": Jsonb(result),
            "state": ItemState.FAILED if has_failed else ItemState.DONE,
            "error": reason if has_failed else "",
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(END_ONCE, values)
            if cursor.rowcount != 1:
                raise _EndedBefore

    def _failing_since(self, key: str) -> str:
        """When it failed for the first time without having worked since: an ISO time."""
        assert self.run is not None
        earlier = SyncJob.objects.filter(source_id=self.source_id, pk__lt=self.run.job.pk)
        before = earlier.exclude(completed_at=None).order_by("-pk").values("pk")[:1]
        last = JobItem.objects.filter(job_id__in=before, key=item_key(key), state=ItemState.FAILED)
        found = (last.values_list("result", flat=True).first() or {}).get("since")
        return str(found or timezone.now().isoformat())

    def _end_unchanged(self, keys: list[str]) -> int:
        """Returns how many of them had not ended before."""
        if self.run is None:
            return len(keys)
        wanted = {item_key(key) for key in keys}
        known = dict(self._items().filter(key__in=wanted).values_list("key", "state"))
        now, done = timezone.now(), ItemState.DONE
        result = {"outcome": "skipped"}
        JobItem.objects.bulk_create(
            JobItem(job_id=self.run.job.pk, key=key, state=done, result=result, attempts=1,
                    started_at=now, finished_at=now)
            for key in wanted - known.keys()
        )  # fmt: skip
        ended = {key for key, state in known.items() if state in (done, ItemState.FAILED)}
        open_items = self._items().filter(key__in=known.keys() - ended)
        open_items.update(state=done, result=result, finished_at=now)
        return len(wanted) - len(ended)

    def _count(self, outcomes: dict[Outcome, int], total: int | None) -> None:
        if self.run is None:
            return
        number, failed = sum(outcomes.values()), outcomes.get("failed", 0)
        done = F("processed_items") + number
        Job.objects.filter(pk=self.run.job.pk).update(
            total_items=Greatest(F("total_items"), Value(total or 0), done),
            processed_items=done,
            successful_items=F("successful_items") + number - failed,
            failed_items=F("failed_items") + failed,
            crashes=0,
        )
        own = {f"documents_{name}": F(f"documents_{name}") + n for name, n in outcomes.items()}
        QuerySet(SyncJob).filter(pk=self.run.job.pk).update(**own)

    def _say(self, key: str, outcome: Outcome, reason: str) -> None:
        if not reason:
            return
        if outcome == "failed":
            self.result.last_error = f"{key}: {reason}"
        self.say(f"{key}: {reason}", "error" if outcome == "failed" else "info")

    def say(self, text: str, level: str = "info") -> None:
        if self.run is not None and text:
            self.run.log(text, level)


def item_key(key: str) -> str:
    """An item's key has less room than an address; a long one keeps its beginning and its hash."""
    if len(key) <= KEY_LENGTH:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"{key[: KEY_LENGTH - len(digest) - 1]}…{digest}"


def as_fresh(known: Known) -> Known:
    return replace(known, fresh=True)


def forget_details(run: JobRun, source_id: int) -> None:
    """Of earlier syncs only what failed is kept item by item; their counts stay."""
    earlier = SyncJob.objects.filter(source_id=source_id, pk__lt=run.job.pk)
    ended: Iterable[int] = earlier.exclude(completed_at=None).values_list("pk", flat=True)
    JobItem.objects.filter(job_id__in=ended, state=ItemState.DONE).delete()


def _counted_so_far(run: JobRun | None) -> SyncResult:
    """A sync that goes on after a kill goes on counting."""
    if run is None:
        return SyncResult()
    job = SyncJob.objects.get(pk=run.job.pk)
    return SyncResult(
        created=job.documents_created, updated=job.documents_updated,
        skipped=job.documents_skipped, deleted=job.documents_deleted, failed=job.documents_failed,
        last_error=job.last_error,
    )  # fmt: skip
