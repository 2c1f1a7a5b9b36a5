"""A site that is crawled while workers are killed, and what must be true of its documents."""

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psutil

from tests.chaos.checks import job_ended_once
from tests.chaos.fire import taken_up_after
from tests.chaos.results import Progress
from tests.chaos.stack import Stack
from tests.solution_library.local_site import Site

FAULTS = ("before_call", "after_response", "before_commit", "after_commit", "after_claim")
#: Beyond these, a kill comes by the clock. A start may take long where others use the machine too.
LONGEST_PAUSE = 40.0
LONGEST_WAIT_FOR_FAULT = 8.0
ORDER_SECONDS = 120.0
WORKERS = ("default-1", "default-2")
#: Every document of the source: what it has, and what its current text says.
STATE = """
SELECT d.source_key, d.embedding_status, d.current_version_id IS NOT NULL AND v.is_complete,
    (SELECT count(*) FROM solution_library_documentversion o WHERE o.document_id = d.id),
    (SELECT count(*) FROM solution_library_documentversion o
     WHERE o.document_id = d.id AND NOT o.is_complete),
    (SELECT coalesce(string_agg(c.text, ' ' ORDER BY c.ordinal), '')
     FROM solution_library_chunk c WHERE c.version_id = d.current_version_id)
FROM solution_library_document d
LEFT JOIN solution_library_documentversion v ON v.id = d.current_version_id
WHERE d.source_id = %s
"""
COUNTS = """
SELECT s.documents_created, s.documents_updated, s.documents_skipped, s.documents_deleted,
    s.documents_failed, j.processed_items,
    (SELECT count(*) FROM jobs_jobitem i WHERE i.job_id = j.id AND i.state IN ('done', 'failed'))
FROM solution_library_syncjob s JOIN jobs_job j ON j.id = s.job_ptr_id WHERE j.id = %s
"""


@dataclass
class Pages:
    """A site of so many pages, each with a fact of its own that has an edition."""

    site: Site
    number: int
    seconds: float
    edition: int = 1

    def __post_init__(self) -> None:
        self.site.fallback = self._answer

    def paths(self) -> list[str]:
        return ["/", *(f"/page/{n}" for n in range(1, self.number))]

    def fact(self, path: str, edition: int) -> str:
        return f"Fact of {path or '/'}: edition {edition} begins here"

    def end(self, path: str, edition: int) -> str:
        return f"edition {edition} of {path} ends here"

    def _answer(self, path: str) -> Any:
        if path not in self.paths():
            return None
        time.sleep(self.seconds)
        at = self.paths().index(path)
        # Each page leads to the next five, so that a crawl finds them one after the other.
        links = "".join(f'<a href="/page/{n}">{n}</a> ' for n in range(at + 1, at + 6))
        filling = "<p>" + "Records are kept by the security team and reviewed. " * 30 + "</p>"
        edition = self.edition
        body = (
            f"<title>Page {path}</title><h1>Page {path}</h1><p>{self.fact(path, edition)}.</p>"
            f"{filling}<p>{links}</p><p>{self.end(path, edition)}.</p>"
        )
        return 200, {"Content-Type": "text/html", "ETag": f'"{edition}-{at}"'}, body


@dataclass
class Hits:
    """Kills of a crawl, and what was seen between them."""

    kinds: Counter[str] = field(default_factory=Counter)
    at: list[tuple[int, float]] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    syncs: int = 0
    #: Completed; or failed, which the engine does when a worker dies four times in a row before
    #: anything was begun.
    ended: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Crawl:
    stack: Stack
    pages: Pages
    chance: random.Random
    progress: Progress
    hits: Hits = field(default_factory=Hits)
    source: int = 0
    job: int = 0

    def under_fire(self, kills: int) -> None:
        """Sync until so many kills were done, and then until nothing failed. Whenever all pages are
        there before that, all of them change, so that each kill meets pages to be read."""
        self._start()
        for n in range(kills):
            self._wait_for_progress(n, kills)
            self._kill()
            self.look()
        self._end()
        for _ in range(3):
            if not self._open_ends():
                return
            self._start()
            self._end()
        raise AssertionError(f"pages keep failing: {self._open_ends()}\n{self.stack.logs()}")

    # -- syncs -----------------------------------------------------------------------------
    def _start(self) -> None:
        address = self.pages.site.base
        self.source, self.job = self.stack.tell("crawl", address=address)
        self.hits.syncs += 1

    def _end(self) -> None:
        """Wait for the end of the sync and check its books."""
        status = self.stack.ended(self.job, self.stack.lease + 240)
        if status == "completed":
            job_ended_once(self.stack, self.job, status)
        created, updated, skipped, deleted, failed, processed, items = self.stack.query(
            COUNTS, self.job
        )[0]
        # One that was given up has not met all that it had found, but counts what it recorded.
        assert processed == items == created + updated + skipped + deleted + failed
        assert deleted == 0
        self.hits.ended[status] += 1
        self.hits.failed += failed
        self.hits.counts += Counter(created=created, updated=updated)

    def _next_sync(self) -> None:
        self._end()
        if not self._open_ends():
            self.look()
            self.pages.edition += 1
        self._start()

    def _open_ends(self) -> list[str]:
        """What the last sync has not brought, though it is on the site."""
        have = {key for key, *_, text in self._state() if self._is_whole(key, text)}
        base = self.pages.site.base
        return [path for path in self.pages.paths() if base + path not in have]

    def _is_whole(self, key: str, text: str) -> bool:
        path, edition = key.removeprefix(self.pages.site.base), self.pages.edition
        return self.pages.fact(path, edition) in text and self.pages.end(path, edition) in text

    def _state(self) -> list[tuple[Any, ...]]:
        return self.stack.query(STATE, self.source)

    # -- kills -----------------------------------------------------------------------------
    def _wait_for_progress(self, number: int, of: int) -> None:
        """Until a page or two more are recorded, or long enough; a sync that is over is followed
        by another."""
        start, wanted = self._processed(), self.chance.choice((0, 1, 1, 1, 2))
        give_up = time.monotonic() + LONGEST_PAUSE
        pause = time.monotonic() + self.chance.uniform(0.0, 0.6)
        while time.monotonic() < give_up:
            if not self.stack.active([self.job]):
                self._next_sync()
                start = 0
            if self._processed() >= start + wanted and time.monotonic() > pause:
                return
            self.progress.line(f"kill {number + 1} of {of}, sync {self.hits.syncs}")
            time.sleep(0.03)

    def _processed(self) -> int:
        return self.stack.processed([self.job])

    def _kill(self) -> None:
        give_up = time.monotonic() + ORDER_SECONDS
        while not self._one():
            if not self.stack.active([self.job]):
                self._next_sync()
            assert time.monotonic() < give_up, f"nothing to kill\n{self.stack.logs()}"
            time.sleep(0.05)

    def _one(self) -> bool:
        way = self.chance.random()
        if way < 0.25:
            return self._by_fault(self.chance.choice(FAULTS))
        if way < 0.85:
            return self._busy_child()
        return self._whole_worker()

    def _by_fault(self, point: str) -> bool:
        before = len(self.stack.suffered())
        order = self.stack.order_fault(point)
        give_up = time.monotonic() + LONGEST_WAIT_FOR_FAULT
        while len(suffered := self.stack.suffered()) == before:
            if time.monotonic() > give_up or not self.stack.active([self.job]):
                order.unlink(missing_ok=True)
                return len(self.stack.suffered()) > before and self._count(f"child at {point}")
            time.sleep(0.02)
        return self._count(f"child at {point}", suffered[-1][2])

    def _busy_child(self) -> bool:
        for pid in self.stack.holders([self.job]):
            for name in WORKERS:
                for child in self.stack.children(name):
                    if child.pid == pid and self.stack.signal(child):
                        return self._count("busy child")
        return False

    def _whole_worker(self) -> bool:
        main: psutil.Process | None = self.stack.worker(self.chance.choice(WORKERS))
        return self.stack.signal(main, signal.SIGKILL) and self._count("whole worker")

    def _count(self, kind: str, at: float | None = None) -> bool:
        self.hits.kinds[kind] += 1
        self.hits.at.append((self.job, at or time.time()))
        return True

    # -- looking ---------------------------------------------------------------------------
    def look(self) -> None:
        """At any moment: each page has one document, whole, of this edition or the last one."""
        keys: Counter[str] = Counter()
        for key, status, is_complete, _, unread, text in self._state():
            path = key.removeprefix(self.pages.site.base)
            keys[key] += 1
            editions = [
                edition for edition in (self.pages.edition - 1, self.pages.edition)
                if self.pages.fact(path, edition) in text and self.pages.end(path, edition) in text
            ]  # fmt: skip
            if len(editions) != 1 or not is_complete or unread or status != "ready":
                self.hits.torn.append(f"{key}: {status}, {editions}, {unread} unread")
        self.hits.torn += [f"{key} twice" for key, n in keys.items() if n > 1]

    def lost_and_doubled(self) -> tuple[int, int]:
        """At the end: pages that are not there whole, and documents or versions too many."""
        state, base, edition = self._state(), self.pages.site.base, self.pages.edition
        keys = Counter(key for key, *_ in state)
        lost = len(self._open_ends())
        doubled = sum(n - 1 for n in keys.values())
        doubled += len(set(keys) - {base + path for path in self.pages.paths()})
        doubled += sum(1 for _, _, _, number, unread, _ in state if unread or number != edition)
        return lost, doubled

    def taken_up(self) -> list[float]:
        """Seconds from each kill until a worker had the sync again."""
        times = (taken_up_after(self.stack, job, at) for job, at in self.hits.at)
        return [seconds for seconds in times if seconds is not None]
