"""What must be true of every job when it is over, whatever happened to it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.chaos.batches import Batch
from tests.chaos.model import Model
from tests.chaos.results import keep, spread
from tests.chaos.stack import Stack

#: Work goes on at the latest so many seconds after a lease would have run out.
AFTER_LEASE = 30
LOST = """
SELECT count(*) FROM rfp_manager_question q LEFT JOIN rfp_manager_answer a ON a.question_id = q.id
WHERE q.rfp_id = %s AND (a.id IS NULL OR a.outcome <> 'answered')
"""
#: An item recorded twice would have made a second version.
DOUBLED = "SELECT count(*) FROM rfp_manager_answerversion WHERE job_id = %(job)s AND number > 1"
#: Calls in the books of a job, and those of them whose worker did not live to close the entry.
BOOKED = """
SELECT count(*), count(*) FILTER (WHERE outcome = 'started') FROM llm_manager_llmusage
WHERE job_id = %s
"""


@dataclass
class Found:
    """What came of some batches."""

    lost: int = 0
    doubled: int = 0
    extra_calls: int = 0
    in_flight_at_kills: int = 0


def all_is_well(stack: Stack, model: Model, batches: list[Batch]) -> Found:
    """Check every batch: completed, each question answered, recorded and told of once.

    A question may have been asked once more for each time a process died while it was in
    flight, and not more often.
    """
    found = Found()
    for batch in batches:
        _the_job_is_over_once(stack, batch.job, "completed")
        job = stack.job(batch.job)
        assert (job["total_items"], job["failed_items"]) == (batch.questions, 0), job
        found.lost += int(stack.query(LOST, batch.rfp)[0][0])
        found.doubled += _doubled(stack, batch.job)
        _count_calls(stack, model, batch, found)
    assert (found.lost, found.doubled) == (0, 0), found
    return found


def survived(
    scenario: str,
    stack: Stack,
    model: Model,
    batches: list[Batch],
    times: list[float],
    *,
    blows: int = 0,
) -> None:
    """All is well with these batches, and work went on in time after each of the blows; `times`
    has the seconds, as far as they can be measured."""
    stack.wait(lambda: not stack.active([b.job for b in batches]), 120, "the batches are over")
    found = all_is_well(stack, model, batches)
    nothing_is_left(stack)
    keep(
        scenario, broker=stack.broker_name, times=blows or len(times), lost=found.lost,
        questions=sum(b.questions for b in batches), doubled=found.doubled,
        extra_calls=found.extra_calls, in_flight_at_kills=found.in_flight_at_kills,
        recovery=spread(times), lease=stack.lease,
    )  # fmt: skip
    assert max(times, default=0.0) < stack.lease + AFTER_LEASE


def stopped_well(stack: Stack, batch: Batch, status: str) -> None:
    """A batch that was cancelled or failed: what it did is whole, and nothing is half done."""
    _the_job_is_over_once(stack, batch.job, status)
    assert _doubled(stack, batch.job) == 0
    done = stack.query("SELECT key::int FROM jobs_jobitem WHERE job_id = %s AND state = 'done'"
                       " ORDER BY 1", batch.job)  # fmt: skip
    answered = stack.query(
        "SELECT q.id FROM rfp_manager_answer a JOIN rfp_manager_question q ON q.id = a.question_id"
        " WHERE q.rfp_id = %s ORDER BY 1", batch.rfp,
    )  # fmt: skip
    assert done == answered


def job_ended_once(stack: Stack, job: int, status: str) -> dict[str, Any]:
    """A job of any kind: one final status, told once, no attempt open, counters that sum up."""
    _the_job_is_over_once(stack, job, status)
    return stack.job(job)


def _the_job_is_over_once(stack: Stack, job_id: int, status: str) -> None:
    job = stack.job(job_id)
    assert job["status"] == status, (job, stack.logs())
    assert job["lease_token"] is None and job["completed_at"] is not None
    assert job["processed_items"] == job["successful_items"] + job["failed_items"]
    states = Counter(dict(stack.query(
        "SELECT state, count(*) FROM jobs_jobitem WHERE job_id = %s GROUP BY 1", job_id
    )))  # fmt: skip
    assert states["running"] == 0
    assert (states["done"], states["failed"]) == (job["successful_items"], job["failed_items"])
    assert states.total() == job["total_items"]
    notes = stack.query("SELECT event FROM jobs_notification WHERE job_id = %s", job_id)
    assert notes == [(status,)]
    unended = "SELECT number FROM jobs_jobattempt WHERE job_id = %s AND ended_at IS NULL"
    assert stack.query(unended, job_id) == []


def _doubled(stack: Stack, job: int) -> int:
    sql = DOUBLED.replace("%(job)s", str(int(job)))
    return int(stack.query(sql)[0][0])


def _count_calls(stack: Stack, model: Model, batch: Batch, found: Found) -> None:
    crashes = _crashes(stack, batch)
    asked = model.asked([batch.tag])
    for case, calls in asked.items():
        assert calls - 1 <= crashes[case], f"{case}: {calls} calls, {crashes[case]} crashes"
        found.extra_calls += calls - 1
    found.in_flight_at_kills += crashes.total()
    _books_agree(stack, batch, asked.total())


def _books_agree(stack: Stack, batch: Batch, calls: int) -> None:
    """Every call is in the books, and whatever is closed there was a call. An entry that was left
    open may be a call or not: its process died, or its database while it was written."""
    booked, unclosed = stack.query(BOOKED, batch.job)[0]
    assert booked - unclosed <= calls <= booked, f"{calls} calls, {booked} booked, {unclosed} open"


def _crashes(stack: Stack, batch: Batch) -> Counter[str]:
    """How often each question was in flight when its process died."""
    rows = stack.query(
        "SELECT substring(q.text from 'case ([^)]+)'), i.crashes FROM jobs_jobitem i"
        " JOIN rfp_manager_question q ON q.id = i.key::int WHERE i.job_id = %s", batch.job,
    )  # fmt: skip
    return Counter(dict(rows))


def nothing_is_left(stack: Stack) -> None:
    """No job of the whole installation is unfinished."""
    left = "SELECT count(*) FROM jobs_job WHERE status IN ('pending', 'processing')"
    stack.wait(lambda: stack.query(left) == [(0,)], 60, "no job is left unfinished")


def first_claim(stack: Stack, job: int) -> float:
    """When a job was first taken by a worker, as seconds of the epoch."""
    sql = "SELECT extract(epoch FROM min(started_at))::float FROM jobs_jobattempt WHERE job_id = %s"
    return float(stack.query(sql, job)[0][0])
