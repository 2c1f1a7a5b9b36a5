"""What whoever sends an export away should know about its answers."""

from collections.abc import Iterable, Sequence

from rfp_manager.commitments.repeating import over_in
from rfp_manager.impact import problems_of
from rfp_manager.models import ExportJob
from rfp_manager.snapshots import Taken

#: More questions than this are counted, not named.
NAMED = 8


def about(job: ExportJob, exported: Sequence[Taken]) -> list[str]:
    """Sentences; none if there is nothing to be said."""
    return [*_changed(exported), *_over(exported)]


def _changed(exported: Sequence[Taken]) -> Iterable[str]:
    cited = {c.pk: each for each in exported for c in each.citations}
    problems = problems_of([c for each in exported for c in each.citations])
    troubled = [cited[pk] for pk, problem in problems.items() if not problem.is_checked]
    if troubled:
        yield (
            f"{_named(troubled)}: a passage that the answer rests on has changed, or is out of "
            "use, since the answer was written."
        )


def _over(exported: Sequence[Taken]) -> Iterable[str]:
    """Promises that are over: one sentence each, the first few of them."""
    found = over_in([each.given("text") for each in exported])
    lines = [
        f"{_named([each])}: {over.sentence}"
        for each, several in zip(exported, found, strict=True)
        for over in several
    ]
    yield from lines[:NAMED]
    if len(lines) > NAMED:
        yield f"{len(lines) - NAMED} more promises in these answers are over."


def _named(taken: Sequence[Taken]) -> str:
    names = list(dict.fromkeys(t.question.number or str(t.question.ordinal) for t in taken))
    listed = ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{'Question' if len(names) == 1 else 'Questions'} {listed}{more}"
