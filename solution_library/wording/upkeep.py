"""Keeps the inverted index in shape: new passages go into segments, small segments are merged,
and those whose passages are mostly gone are built anew.

Nothing here is ever half done: a segment, its postings and the versions that point to it are
written in one transaction, and a passage that is in no segment is searched one by one.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.run import JobRun
from solution_library.gathering import AfterCommit
from solution_library.models import DocumentVersion
from solution_library.wording import vocabulary
from solution_library.wording.building import Wanted, build, portions
from solution_library.wording.passages import write_words_anew
from solution_library.wording.segments import CACHE, MAX_PASSAGES, Segment

logger = logging.getLogger(__name__)
MERGE = "solution_library.merge_word_segments"
ONLY_ONE = "word-segments"
#: So many passages are searched one by one in a few milliseconds.
LONG_TAIL = 2_000
#: A segment is built anew when more than this share of its passages is gone.
GONE = 0.3

# Current versions that are in no segment. One whose segment is gone should not exist; it is found
# and put right.
COUNT_TAIL = """
SELECT count(*) FROM (
    SELECT FROM solution_library_documentversion v
    JOIN solution_library_document d ON d.current_version_id = v.id
    JOIN solution_library_chunk c ON c.version_id = v.id
    WHERE v.lexical_segment_id IS NULL LIMIT %s
) found
"""
LIVE = """
SELECT v.id, v.lexical_segment_id FROM solution_library_document d
JOIN solution_library_documentversion v ON v.id = d.current_version_id
WHERE v.lexical_segment_id IS NOT NULL ORDER BY v.id
"""
TAIL = """
SELECT v.id, count(*) FROM solution_library_document d
JOIN solution_library_documentversion v ON v.id = d.current_version_id
JOIN solution_library_chunk c ON c.version_id = v.id
WHERE v.lexical_segment_id IS NULL AND NOT c.is_hidden AND c.lexemes IS NOT NULL
GROUP BY v.id ORDER BY v.id
"""
MEND = """
UPDATE solution_library_documentversion v SET lexical_segment_id = NULL
FROM solution_library_document d
WHERE d.current_version_id = v.id AND v.lexical_segment_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM solution_library_lexicalsegment s WHERE s.id = v.lexical_segment_id)
"""
UNUSED = """
SELECT s.id FROM solution_library_lexicalsegment s WHERE NOT EXISTS (
    SELECT FROM solution_library_documentversion v
    JOIN solution_library_document d ON d.current_version_id = v.id
    WHERE v.lexical_segment_id = s.id)
FOR UPDATE SKIP LOCKED
"""
DROP_POSTINGS = "DELETE FROM solution_library_lexicalposting WHERE segment_id = ANY(%s)"
DROP_SEGMENTS = "DELETE FROM solution_library_lexicalsegment WHERE id = ANY(%s)"
SEGMENTS = "SELECT id, created_at FROM solution_library_lexicalsegment ORDER BY id"


COUNT_SEGMENTS = "SELECT count(*), coalesce(sum(passages), 0) FROM solution_library_lexicalsegment"


# -- what others call ----------------------------------------------------------------------
def stored(version: DocumentVersion) -> None:
    """A version's passages were written anew. Called in the same transaction: from its commit on
    they are searched one by one, until a job puts them into a segment."""
    if version.lexical_segment_id is not None:
        DocumentVersion.objects.filter(pk=version.pk).update(lexical_segment=None)
        version.lexical_segment_id = None
    _STORED.note(version.pk)


def _after_storing(version_ids: list[int]) -> None:
    vocabulary.learn(version_ids)
    if _tail_is_long():
        start_merging()


_STORED = AfterCommit(_after_storing)


def start_merging() -> Job | None:
    """Queue the upkeep. None: it is queued already."""
    job = Job(title="Put new passages into the index of words")
    try:
        return enqueue(MERGE, job=job, dedup_key=ONLY_ONE)
    except AlreadyRunning:
        return None


def rebuild_job(user: Any = None) -> Job:
    """Queue the rebuilding of everything. Raises AlreadyRunning."""
    job = Job(title="Build the index of words anew", started_by=user)
    return enqueue(MERGE, job=job, dedup_key=ONLY_ONE, overrides={"anew": True})


def sizes() -> dict[str, int]:
    """How large the index is: its segments, and the passages in them."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SEGMENTS)
        segments, passages = cursor.fetchone()
    return {"segments": segments, "passages": int(passages)}


def merge_in(run: JobRun, anew: bool = False) -> dict[str, Any]:
    """The work of the job. It begins where the last slice, or a killed worker, left off."""
    since = run.job.created_at if anew else None
    work = Work(run)
    done = rebuild(work, since) if anew else tidy(work)
    return done


class Work:
    """What the upkeep tells of itself, and when it has to stop."""

    def __init__(self, run: JobRun | None = None) -> None:
        self.run = run
        self.done = self.total = 0

    def begin(self, total: int) -> None:
        self.total = max(total, 1)
        self.heed(0)

    def heed(self, passages: int) -> None:
        self.done += passages
        if self.run is not None:
            now = f"{self.done:,} of {self.total:,} passages are in the index of words"
            self.run.progress(self.done, self.total, now)
            self.run.check()


# -- the work ------------------------------------------------------------------------------
def tidy(work: Work | None = None) -> dict[str, Any]:
    """Put every passage into a segment, and merge and renew segments as far as it pays."""
    work = work or Work()
    mend()
    groups = plan(read_state())
    work.begin(sum(each.passages for group in groups for each in group))
    vocabulary.learn([each.id for group in groups for each in group if each.segment_id is None])
    built = sum(bool(build(group, work.heed)) for group in groups)
    return {"segments_built": built, "segments_dropped": drop_unused()}


def rebuild(work: Work | None = None, since: Any = None) -> dict[str, Any]:
    """Make the words of every passage anew, and all segments, but those made after `since`."""
    work = work or Work()
    mend()
    groups = list(portions(read_state().older_than(since), MAX_PASSAGES))
    work.begin(2 * sum(each.passages for group in groups for each in group))
    built = 0
    for group in groups:
        for each in group:
            _write_words_anew(each.id)
            work.heed(each.passages)
        vocabulary.learn([each.id for each in group])
        built += bool(build(group, work.heed))
    return {"segments_built": built, "segments_dropped": drop_unused()}


def _write_words_anew(version_id: int) -> None:
    with transaction.atomic():
        held = DocumentVersion.objects.select_for_update().filter(pk=version_id)
        if held.exists():
            write_words_anew(version_id)


def mend() -> int:
    """Current versions whose segment is gone are in no segment. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(MEND)
        found = cursor.rowcount
    if found:
        logger.warning("%s versions pointed to segments that are gone", found)
    return int(found)


def drop_unused() -> int:
    """Delete the segments that hold no current version. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UNUSED)
        unused = [row[0] for row in cursor.fetchall()]
        if unused:
            cursor.execute(DROP_POSTINGS, [unused])
            cursor.execute(DROP_SEGMENTS, [unused])
    return len(unused)


def _tail_is_long() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_TAIL, [LONG_TAIL])
        return int(cursor.fetchone()[0]) >= LONG_TAIL


# -- the plan ------------------------------------------------------------------------------
@dataclass
class State:
    """The current versions that are in no segment, and those in each, with its size and age."""

    tail: list[Wanted]
    inside: dict[int, list[Wanted]]
    sizes: dict[int, int]
    made_at: dict[int, Any]

    def older_than(self, moment: Any) -> list[Wanted]:
        """All versions but those in segments made after `moment`."""
        old = [pk for pk in self.inside if moment is None or self.made_at[pk] < moment]
        everything = [*self.tail, *(each for pk in old for each in self.inside[pk])]
        return sorted(everything, key=lambda each: each.id)


def read_state() -> State:
    with connection.cursor() as cursor:
        cursor.execute(TAIL)
        tail = [Wanted(pk, None, passages) for pk, passages in cursor.fetchall()]
        cursor.execute(LIVE)
        segment_of = dict(cursor.fetchall())
        cursor.execute(SEGMENTS)
        made_at = dict(cursor.fetchall())
    segments = CACHE.load(list(made_at.items()))
    inside = {segment.id: list(_inside(segment, segment_of)) for segment in segments}
    return State(tail, inside, {each.id: each.passages for each in segments}, made_at)


def _inside(segment: Segment, segment_of: dict[int, int]) -> Iterator[Wanted]:
    passages = np.bincount(segment.owners, minlength=len(segment.versions))
    for pk, count in zip(segment.versions.tolist(), passages.tolist(), strict=True):
        if segment_of.get(pk) == segment.id:
            yield Wanted(pk, segment.id, count)


def plan(state: State, most: int = MAX_PASSAGES) -> list[list[Wanted]]:
    """The versions of each segment that is to be built.

    What is new takes in every segment that is not larger than it, so that a passage is moved
    once each time the segment it is in doubles, and there are few small segments.
    """
    moving, count = list(state.tail), _passages(state.tail)
    by_size = sorted(state.inside.items(), key=lambda item: (_passages(item[1]), item[0]))
    for pk, versions in by_size:
        live = _passages(versions)
        is_wasted = live < (1 - GONE) * state.sizes[pk]
        fits = live <= min(count, most // 2)
        if live and (is_wasted or fits):
            moving, count = [*moving, *versions], count + live
    return list(portions(sorted(moving, key=lambda each: each.id), most))


def _passages(versions: Sequence[Wanted]) -> int:
    return sum(each.passages for each in versions)
