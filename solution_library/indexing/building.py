"""The work of a build: a vector for every passage that may be searched, then the switch."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import F
from django.utils import timezone

from jobs.batch import ONLY_THESE_ITEMS, Steps, add_items, work_items
from jobs.errors import JobFailed
from jobs.models import ItemState, JobItem
from jobs.run import JobRun
from llm_manager.calling import ModelAccess
from llm_manager.control.ledger import Booking
from llm_manager.defaults import DefaultRefused
from solution_library.indexing import graphs, removing, starting, vectors
from solution_library.indexing.errors import IndexRefused, NotComplete
from solution_library.indexing.indexes import access_of, settle_dimensions
from solution_library.indexing.passages import GROUP, embed_passages, embedded_text
from solution_library.indexing.switching import switch_to
from solution_library.models import Chunk, EmbeddingIndex, IndexState, ReindexJob

#: Calls at once for a model of this machine, so that it never waits for the database.
BUILTIN_CONCURRENCY = 2
#: Documents that are added while an index is built are made up for in further rounds.
ROUNDS = 100


@dataclass(frozen=True)
class Group:
    """Passages that get their vectors together, by chunk id."""

    texts: dict[int, str]


@dataclass(frozen=True)
class Made:
    """Vectors by chunk id, and the build that made them; `build` is "" for none."""

    vectors: dict[int, vectors.Vector]
    build: str


def build_index(run: JobRun) -> dict[str, Any]:
    """The work of a ReindexJob, from wherever an earlier attempt came to."""
    job = run.job
    assert isinstance(job, ReindexJob)
    index = _index_of(job)
    with run.write():
        starting.reopen(index)
    _fill(run, index)
    index.refresh_from_db()
    if index.dimensions is not None:
        run.now("Making the graph that search goes through")
        graphs.ensure(index.pk, index.dimensions)
    _fill(run, index)  # what was added while the graph was made
    with run.write():
        EmbeddingIndex.objects.filter(pk=index.pk, completed_at=None).update(
            completed_at=timezone.now()
        )
    switched = _switch(run, job, index)
    return {"index": index.pk, "dimensions": index.dimensions, "switched": switched}


def _index_of(job: ReindexJob) -> EmbeddingIndex:
    indexes = EmbeddingIndex.objects.select_related("model__api")
    index = indexes.filter(pk=job.index_id).first() if job.index_id else None
    if index is None:
        raise JobFailed("The index was dropped. Start building it anew.")
    return index


# -- vectors -----------------------------------------------------------------------------
def _fill(run: JobRun, index: EmbeddingIndex) -> None:
    """Make what is missing, round by round: documents may be added all the time."""
    model = access_of(index)
    for _ in range(ROUNDS):
        if not run.job.items.filter(state__in=(ItemState.PENDING, ItemState.RUNNING)).exists():
            missing = vectors.missing(index.pk)
            if not missing:
                return
            _refuse_failed(run, len(missing))
            add_items(run, _keys(run, missing))
        work_items(run, _steps(run, index, model), concurrency=_concurrency(model))
    raise JobFailed("Documents are added faster than vectors can be made. Try again later.")


def _refuse_failed(run: JobRun, missing: int) -> None:
    failed = run.job.items.filter(state=ItemState.FAILED).first()
    if failed is not None:
        raise JobFailed(
            f"{missing:,} passages got no vector: {failed.error} Search stays with the index in "
            "use. Retry what failed, or choose another model."
        )
    if run.job.kwargs.get(ONLY_THESE_ITEMS):
        raise JobFailed(f"{missing:,} passages are still missing. Start the build again.")


def _keys(run: JobRun, missing: list[int]) -> list[str]:
    """Each names a span of chunk ids. The number in front keeps a later round's apart."""
    start = run.job.items.count()
    groups = [missing[n : n + GROUP] for n in range(0, len(missing), GROUP)]
    return [f"{start + n}:{ids[0]}-{ids[-1]}" for n, ids in enumerate(groups, 1)]


def _concurrency(model: ModelAccess) -> int:
    """One place at the API is left to the people who search meanwhile."""
    return max(1, model.max_concurrency - 1) if model.is_remote else BUILTIN_CONCURRENCY


def _steps(run: JobRun, index: EmbeddingIndex, model: ModelAccess) -> Steps[Group, Made]:
    job = run.job
    booking = Booking("embedding", job.pk, job.started_by_id, f"index:{index.pk}")

    def prepare(item: JobItem) -> Group:
        return _group(index.pk, item.key)

    def call(group: Group) -> Made:
        return _embed(model, group, booking)

    def record(item: JobItem, made: Made) -> dict[str, Any]:
        return _record(index.pk, made)

    def load(item: JobItem, kept: Any) -> Made:
        return from_json(kept)

    dump: Callable[[Made], Any] = to_json if model.is_remote else lambda made: None
    return Steps(prepare, call, record, _describe, dump=dump, load=load)


def _describe(item: JobItem) -> str:
    return f"Making vectors of passages, group {item.ordinal}"


def _group(index_id: int, key: str) -> Group:
    """The passages of a span that have no vector yet; those of replaced versions need none."""
    first, _, last = key.partition(":")[2].partition("-")
    chunks = Chunk.objects.filter(
        pk__range=(int(first), int(last)),
        version__document__current_version=F("version"),
        is_hidden=False,
    ).exclude(vectors__index=index_id)
    rows = chunks.values_list("pk", "heading_path", "text")
    return Group({pk: embedded_text(path, text) for pk, path, text in rows})


def _embed(model: ModelAccess, group: Group, booking: Booking) -> Made:
    if not group.texts:
        return Made({}, "")
    reply = embed_passages(model, list(group.texts.values()), booking)
    return Made(dict(zip(group.texts, reply.vectors, strict=True)), reply.build)


def _record(index_id: int, made: Made) -> dict[str, Any]:
    if not made.vectors:
        return {"vectors": 0}
    settle_dimensions(index_id, vectors.width_of(list(made.vectors.values())))
    return {"vectors": vectors.write(index_id, made.build, made.vectors)}


def to_json(made: Made) -> dict[str, Any] | None:
    """Vectors as they are kept between their arrival and their record."""
    if not made.vectors:
        return None
    packed = np.stack(list(made.vectors.values())).astype("<f4").tobytes()
    return {
        "chunks": list(made.vectors),
        "build": made.build,
        "vectors": base64.b64encode(packed).decode(),
    }


def from_json(kept: dict[str, Any]) -> Made:
    packed = np.frombuffer(base64.b64decode(kept["vectors"]), "<f4")
    rows = packed.reshape(len(kept["chunks"]), -1).astype(np.float32)
    return Made(dict(zip(kept["chunks"], rows, strict=True)), kept["build"])


# -- the switch --------------------------------------------------------------------------
def _switch(run: JobRun, job: ReindexJob, index: EmbeddingIndex) -> bool:
    """Use the index, unless somebody is to decide first. Afterwards old generations go."""
    if not job.switch or index.state == IndexState.ACTIVE:
        return index.state == IndexState.ACTIVE
    for _ in range(ROUNDS):
        try:
            with run.write():
                switch_to(index, user=job.started_by, reason=job.reason)
            break
        except (IndexRefused, NotComplete):
            _fill(run, index)  # a document was added in the last moment
        except DefaultRefused as refused:
            run.log(f"The index is complete and waits: {refused}", "warning")
            return False
    else:
        raise JobFailed("Documents are added all the time. Switch to the index by hand.")
    run.log(f"Search uses “{index.model}” now.")
    for old in removing.superfluous():
        run.now(f"Dropping index {old.pk}, which is two generations old")
        removing.drop(old, check=run.check)
    return True
