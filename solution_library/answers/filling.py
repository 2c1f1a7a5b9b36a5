"""The job that makes the vectors of many questions: after an import, or for a new index."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.models import Job, Status
from jobs.run import JobRun
from llm_manager.control.ledger import Booking
from solution_library.answers.questions import GROUP, make_vectors, missing
from solution_library.indexing.indexes import active_index

FILL = "solution_library.embed_answer_questions"


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
    """Make every vector that is missing, a group at a time: what is made stays made."""
    index = active_index()
    made = 0
    while index is not None and (rows := missing(index, GROUP)):
        run.check()
        booking = Booking("embedding", run.job.pk, run.job.started_by_id)
        stored = make_vectors(index, rows, booking)
        if not stored:
            break  # only questions that go or change at this moment are left
        made += stored
        run.progress(made, made + len(missing(index, GROUP)), f"{made:,} questions")
        index = active_index()
    return {"questions": made}
