"""The job that makes the vectors of questions and compares them: after an edit, an import, or for
a new index."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.models import Job, Status
from jobs.run import JobRun
from llm_manager.control.ledger import Booking
from solution_library.answers.comparing import compare_some, sweep
from solution_library.answers.vectors import floor_of, make_vectors, missing
from solution_library.indexing.indexes import active_index
from solution_library.models import EmbeddingIndex

FILL = "solution_library.embed_answer_questions"
GROUP = 64
#: After a failure people's searches do not start it again at once.
PAUSE = timedelta(minutes=5)


def start_filling() -> None:
    """Queue it, unless it is under way or has just failed."""
    lately = Job.objects.filter(task_name=FILL, completed_at__gt=timezone.now() - PAUSE)
    if lately.filter(status=Status.FAILED).exists():
        return
    with suppress(AlreadyRunning):
        enqueue(FILL, job=Job(title="Compare the questions of the answer library"), dedup_key=FILL)


def fill(run: JobRun) -> dict[str, Any]:
    """Make every vector that is missing and compare what was not compared yet, a group at a time:
    what is made stays made."""
    made = compared = 0
    while index := active_index():
        run.check()
        if step := _make_some(run, index):
            made += step
            run.progress(made, made + len(missing(index, GROUP)), f"{made:,} questions read")
        elif step := compare_some(index, floor_of(index)):
            compared += step
            run.now(f"{compared:,} questions compared")
        else:
            break
    sweep()
    return {"questions": made, "compared": compared}


def _make_some(run: JobRun, index: EmbeddingIndex) -> int:
    """How many were made; 0 also where only questions are left that go or change just now."""
    rows = missing(index, GROUP)
    booking = Booking("embedding", run.job.pk, run.job.started_by_id)
    return make_vectors(index, rows, booking) if rows else 0
