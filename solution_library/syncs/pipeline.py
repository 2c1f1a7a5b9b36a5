"""Works through what a source has: fetched ahead, parsed and embedded in threads, recorded here.

Nothing of a document is written before all of it is read, and then all of it at once: whenever a
process dies, a document is as it was or as it will be.
"""

import contextlib
import hashlib
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from jobs import faults
from jobs.blame import condemned
from jobs.errors import JobError, JobFailed, StopBatch, TransientItemError
from jobs.run import JobRun
from jobs.working import abandoned, working_for
from llm_manager.control.ledger import Booking
from solution_library import embedding
from solution_library.chunking import ChunkDraft, chunk_document
from solution_library.indexing.errors import IndexChanged
from solution_library.indexing.pooling import PassagePool
from solution_library.models import DocumentationSource, SourceKind
from solution_library.parsing import ParsedDocument, ParseError, parse_file
from solution_library.reading import ReadDocument, ToRead, Vectors, embed_drafts
from solution_library.scanning import ScanRefused, refuse_infected
from solution_library.similarity import Fingerprint, fingerprint_of
from solution_library.sources import SourceItem
from solution_library.syncs import shelf
from solution_library.syncs.ahead import Ahead
from solution_library.syncs.books import Books, Outcome, item_key

#: So many pages are under way at once: one is parsed, in its child process which may take 768 MB,
#: while the passages of the others are embedded together.
IN_FLIGHT = 4
#: Documents that did not change are recorded so many at a time.
TOGETHER = 100
TRIES = 4
FIRST_PAUSE = 2.0
#: What is being read when a slice ends may come home so long.
DRAIN_SECONDS = 20.0
#: Documents over which a worker died wait until the others are done, to be read one by one.
MAX_SUSPECTS = 50
#: What a fetched document is called while it is parsed. One that a killed worker has left is
#: removed by the next sync when no parser can be at it any more.
SPOOLED, LEFT_AFTER_SECONDS = "spelunker-page-", 3600.0
#: Pages that say the same under two addresses are no use to anybody; two files may be meant.
WITHOUT_TWINS = (SourceKind.WEBSITE, SourceKind.SITEMAP, SourceKind.FEED)
Progress = Callable[[], None]


@dataclass(frozen=True)
class Parsed:
    """A page taken apart, and nothing made of it yet."""

    document: ParsedDocument
    drafts: list[ChunkDraft]
    fingerprint: Fingerprint

    @property
    def shown(self) -> list[ChunkDraft]:
        return [draft for draft in self.drafts if not draft.is_hidden]

    @property
    def signature(self) -> str:
        return hashlib.sha256("".join(d.content_hash for d in self.drafts).encode()).hexdigest()


@dataclass
class Work:
    """A document on its way: `parsed` is there from its second stage on."""

    item: SourceItem
    parsed: Parsed | None = None
    tries: int = 0
    not_before: float = 0.0


@dataclass
class Pipeline:
    source: DocumentationSource
    run: JobRun | None
    books: Books
    held: dict[str, shelf.Held]
    progress: Progress
    booking: Booking = field(default_factory=lambda: Booking("embedding"))
    _flying: dict[Future[Parsed | dict[int, Vectors]], Work] = field(default_factory=dict)
    _waiting: list[Work] = field(default_factory=list)
    _suspects: list[Work] = field(default_factory=list)
    _unchanged: list[SourceItem] = field(default_factory=list)
    #: Documents in all, as far as the source knows by now.
    total: int = 0

    def __post_init__(self) -> None:
        self._over = Event()
        self._crashes: dict[str, int] = {}
        self._parsing, self._embed = Lock(), PassagePool()

    def work(self, items: Callable[[], Iterator[SourceItem]]) -> None:
        """Take everything to its end. Raises SliceOver, CancelRequested or LeaseLost to stop, and
        SourceRefused; what was being read is recorded first, as far as it comes home in time."""
        sweep_spooled()
        self._blame()
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="read-page")
        try:
            with Ahead(items) as ahead:
                self._work(ahead)
        finally:
            self._over.set()
            self._pool.shutdown(wait=False, cancel_futures=True)

    # -- the loop --------------------------------------------------------------------------
    def _work(self, ahead: Ahead) -> None:
        while not (self._should_stop() or self._is_done(ahead)):
            if self._has_room() and not ahead.is_over:
                item = ahead.take(0.05 if self._flying or self._unchanged else 0.5)
                if item is not None:
                    self._receive(item)
                elif self._unchanged:
                    self._write_unchanged()
            self._start_waiting(ahead.is_over)
            self._land(0.0 if self._has_room() and not ahead.is_over else 0.2)
        if self._should_stop():
            self._drain()
        self._write_unchanged()
        self.progress()

    def _should_stop(self) -> bool:
        return self.run is not None and self.run.should_stop

    def _is_done(self, ahead: Ahead) -> bool:
        return ahead.is_over and not (self._flying or self._waiting or self._suspects)

    def _has_room(self) -> bool:
        return len(self._flying) + len(self._waiting) < IN_FLIGHT

    def _drain(self) -> None:
        end = time.monotonic() + (0 if self.run and self.run.keeper.lost else DRAIN_SECONDS)
        while self._flying and time.monotonic() < end:
            self._land(0.5)

    def _receive(self, item: SourceItem) -> None:
        self.total = max(self.total, item.total_hint or 0)
        if item.outcome == "unchanged":
            self._unchanged.append(item)
            if len(self._unchanged) >= TOGETHER:
                self._write_unchanged()
            return
        if item.outcome != "content":
            self._settle(item)
        elif refusal := scan_refusal(item):
            # Nothing of it is kept; what was taken before goes on serving.
            self.books.record(item.key, "failed", reason=refusal, total=self.total)
        elif self._crashes.get(item_key(item.key)) and len(self._suspects) < MAX_SUSPECTS:
            self._suspects.append(Work(item))
        else:
            self._waiting.append(Work(item))

    # -- what needs no reading ---------------------------------------------------------------
    def _settle(self, item: SourceItem) -> None:
        """An item without content: gone, failed, left out, or a note about the whole sync."""
        reason = item.error or ""
        if item.outcome == "gone":
            self._gone(item)
        elif item.outcome == "failed":
            self.books.record(item.key, "failed", reason=reason, at_source=True, total=self.total)
        elif item.key.startswith("limit:"):
            self.books.say(reason, "warning")
        else:
            self.books.record(item.key, "skipped", reason=reason, total=self.total)
        self.progress()

    def _gone(self, item: SourceItem) -> None:
        document = self.held.get(item.key)

        def effect() -> Outcome | None:
            return "deleted" if document and shelf.gone(document.id) else None

        self.books.record(item.key, "skipped", effect, reason=item.error or "", total=self.total)

    def _write_unchanged(self) -> None:
        items, self._unchanged = self._unchanged, []
        if not items:
            return

        def effect() -> None:
            for item in items:
                held = self.held.get(item.key)
                if held is not None and shelf.is_news(held, item):
                    shelf.seen(held.id, item, self._job_id)

        self.books.record_unchanged([item.key for item in items], effect, self.total)
        self.progress()

    @property
    def _job_id(self) -> int | None:
        return self.run.job.pk if self.run else None

    # -- reading ---------------------------------------------------------------------------
    def _start_waiting(self, all_fetched: bool) -> None:
        now = time.monotonic()
        ready = [work for work in self._waiting if work.not_before <= now]
        for work in ready[: IN_FLIGHT - len(self._flying)]:
            self._waiting.remove(work)
            self._start(work)
        full = len(self._suspects) >= MAX_SUSPECTS
        if self._suspects and not self._flying and not self._waiting and (all_fetched or full):
            # Alone, so that a further crash can be blamed on it; who crashed least comes first.
            work = min(self._suspects, key=lambda w: self._crashes.get(item_key(w.item.key), 0))
            self._suspects.remove(work)
            self._start(work)

    def _start(self, work: Work) -> None:
        if work.parsed is None:
            self.books.begin(work.item.key, f"Reading {work.item.key}")
            future: Future[Parsed | dict[int, Vectors]] = self._pool.submit(
                self._in_thread, lambda: parsed(work.item, self._parsing)
            )
        else:
            task, shown = self._to_read(work), work.parsed.shown
            future = self._pool.submit(
                self._in_thread, lambda: embed_drafts(task, shown, embed=self._embed)
            )
        self._flying[future] = work

    def _in_thread(
        self, call: Callable[[], Parsed | dict[int, Vectors]]
    ) -> Parsed | dict[int, Vectors]:
        faults.hit("before_call")
        with working_for(self._over):
            found = call()
        faults.hit("after_response")
        return found

    def _to_read(self, work: Work) -> ToRead:
        """Raises JobError when there is no usable embedding model: nothing could be read then."""
        held = self.held.get(work.item.key)
        document_id = held.id if held else 0
        with self.books.write():
            targets = embedding.targets_for(document_id)
        name = work.item.filename
        return ToRead(document_id, 0, Path(name), name, tuple(targets), self.booking)

    def _land(self, seconds: float) -> None:
        if not self._flying:
            if seconds and self._waiting:
                time.sleep(min(seconds, 0.1))
            return
        done, _ = wait(self._flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            work = self._flying.pop(future)
            try:
                self._next_stage(work, future.result())
            except StopBatch:
                raise
            except (JobError, ConnectionError, TimeoutError) as error:
                self._failed(work, error)
            self.progress()

    def _next_stage(self, work: Work, found: Parsed | dict[int, Vectors]) -> None:
        if not isinstance(found, Parsed):
            self._take(work, found)
            return
        work.parsed, work.tries = found, 0
        held = self.held.get(work.item.key)
        if held is not None and shelf.same_passages(held.id, found.drafts):
            self._same_text(held, work.item)
        elif held is None and (twin := self._twin(work)):
            reason = f"It says the same as {twin}, which is kept."
            self.books.record(work.item.key, "skipped", reason=reason, total=self.total)
        else:
            self._waiting.insert(0, work)

    def _same_text(self, held: shelf.Held, item: SourceItem) -> None:
        """Other bytes, the same words: a page with a date or a number that changes each time."""

        def effect() -> None:
            shelf.seen(held.id, item, self._job_id)

        self.books.record(item.key, "skipped", effect, total=self.total)

    def _twin(self, work: Work) -> str | None:
        assert work.parsed is not None
        if self.source.kind not in WITHOUT_TWINS:
            return None
        others = [w for w in (*self._flying.values(), *self._waiting) if w is not work and w.parsed]
        for other in others:
            if other.parsed and other.parsed.signature == work.parsed.signature:
                return other.item.key
        return shelf.twin_of(self.source.pk, work.parsed.drafts)

    def _take(self, work: Work, vectors: dict[int, Vectors]) -> None:
        assert work.parsed is not None
        whole = work.parsed
        found = ReadDocument(0, whole.document, whole.drafts, vectors, whole.fingerprint)

        def effect() -> Outcome:
            is_new = shelf.take(self.source, work.item, found, self._job_id)
            return "created" if is_new else "updated"

        try:
            self.books.record(work.item.key, "created", effect, total=self.total)
        except IndexChanged as changed:
            self._again(work, changed)

    # -- trouble ---------------------------------------------------------------------------
    def _failed(self, work: Work, error: Exception) -> None:
        if isinstance(error, TransientItemError | ConnectionError | TimeoutError):
            self._again(work, error)
            return
        reason = str(error) or type(error).__name__

        def effect() -> None:
            shelf.take_unreadable(self.source, work.item, reason)

        self.books.record(work.item.key, "failed", effect, reason=reason, total=self.total)

    def _again(self, work: Work, error: Exception) -> None:
        work.tries += 1
        if work.tries >= TRIES:
            self._failed(work, JobFailed(str(error) or type(error).__name__))
            return
        wished = getattr(error, "retry_after", None)
        work.not_before = time.monotonic() + (wished or FIRST_PAUSE * 2 ** (work.tries - 1))
        self._waiting.append(work)

    def _blame(self) -> None:
        """A page that kills its reader again and again must not keep the others from being read."""
        if self.run is None:
            return
        for item in condemned(self.run):
            reason = f"The worker died {item.crashes} times while it was read."
            self.books.record(item.key, "failed", reason=reason)
        self._crashes = {key: crashes for key, crashes in self.books.waiting().items() if crashes}


def scan_refusal(item: SourceItem) -> str:
    """Why the virus scanner keeps it out; "" where it does not."""
    try:
        refuse_infected(io.BytesIO(item.body or b""), item.filename or item.key, item.content_hash)
    except ScanRefused as refusal:
        return str(refusal)
    return ""


def parsed(item: SourceItem, turn: AbstractContextManager[Any]) -> Parsed:
    """Parse and chunk what was fetched, when it is its turn to have a parser. Raises JobFailed
    with a sentence for people."""
    with turn, tempfile.NamedTemporaryFile(prefix=SPOOLED) as file:
        file.write(item.body or b"")
        file.flush()
        try:
            document = parse_file(Path(file.name), filename=item.filename, progress=_stop_if_over)
        except ParseError as error:
            raise JobFailed(error.reason) from error
    found = Parsed(document, chunk_document(document), fingerprint_of(document))
    if not found.drafts:
        raise JobFailed("No text was found in it. A scan needs OCR first.")
    if not found.shown:
        raise JobFailed("All its text is hidden from its readers, so nothing was taken.")
    return found


def _stop_if_over(done: int, total: int, now: str) -> None:
    if abandoned():
        raise JobFailed("Nobody waits for this document any more.")


def sweep_spooled() -> None:
    """Remove what workers that were killed have left in the folder of temporary files."""
    oldest = time.time() - LEFT_AFTER_SECONDS
    for left in Path(tempfile.gettempdir()).glob(f"{SPOOLED}*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < oldest:
                left.unlink()
