"""Whatever is killed, whenever: every question ends answered once, and nothing stays behind.

CHAOS_KILLS and CHAOS_SEED make it longer, or the same again.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos.harness import Stack, answer_slowly
from tests.llm_manager.fake_llm import FakeLLM

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
KILLS = int(os.environ.get("CHAOS_KILLS", "8"))
SEED = int(os.environ.get("CHAOS_SEED", "20261121"))
CONCURRENCY = 4
CALL_SECONDS = 0.5


@pytest.fixture(scope="module")
def model() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        answer_slowly(fake, CALL_SECONDS)
        yield fake


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # A short lease, so that a stopped worker is given up within the test's time.
    lease = {"JOBS_LEASE_SECONDS": "15", "JOBS_LEASE_RENEW_SECONDS": "4"}
    with Stack(tmp_path_factory.mktemp("chaos"), lease) as running:
        yield running


def asked(model: FakeLLM) -> int:
    return sum(path.endswith("/chat/completions") for path, _, _ in list(model.requests))


def has_begun(stack: Stack, job_id: int, items: int = 4) -> None:
    stack.wait(lambda: stack.job(job_id)["processed_items"] >= items, 60, "the batch has begun")


def ends(stack: Stack, job_id: int, seconds: float) -> float:
    active = ("pending", "processing")
    return stack.wait(lambda: stack.job(job_id)["status"] not in active, seconds, "it ends")


def assert_all_is_well(stack: Stack, ids: dict[str, int], questions: int) -> None:
    job = stack.job(ids["job"])
    assert job["status"] == "completed", (job, stack.logs())
    assert (job["total_items"], job["processed_items"]) == (questions, questions)
    assert (job["successful_items"], job["failed_items"]) == (questions, 0), job["errors"]
    assert job["lease_token"] is None
    answers = stack.query(
        "SELECT count(*), count(DISTINCT question_id) FROM rfp_manager_answer a"
        " JOIN rfp_manager_question q ON q.id = a.question_id"
        " WHERE q.rfp_id = %s AND a.outcome = 'answered'", ids["rfp"],
    )  # fmt: skip
    assert answers == [(questions, questions)]
    # An item recorded twice would have made a second version, and a second row in the books.
    versions = stack.query("SELECT count(*) FROM rfp_manager_answerversion WHERE job_id = %s"
                           " AND number > 1", ids["job"])  # fmt: skip
    assert versions == [(0,)]
    usage = stack.query("SELECT count(*) FROM llm_manager_llmusage WHERE job_id = %s", ids["job"])
    assert usage == [(questions,)]
    states = stack.query("SELECT DISTINCT state FROM jobs_jobitem WHERE job_id = %s", ids["job"])
    assert states == [("done",)]
    notes = stack.query("SELECT event FROM jobs_notification WHERE job_id = %s", ids["job"])
    assert notes == [("completed",)]
    open_attempts = "SELECT count(*) FROM jobs_jobattempt WHERE ended_at IS NULL"
    assert stack.query(open_attempts) == [(0,)]
    left = "SELECT count(*) FROM jobs_job WHERE status IN ('pending', 'processing')"
    stack.wait(lambda: stack.query(left) == [(0,)], 60, "no job is left unfinished")


def test_a_batch_survives_random_kills_of_children_workers_relay_and_database(
    stack: Stack, model: FakeLLM, record_property: Any
) -> None:
    chance, questions = random.Random(SEED), max(120, KILLS * 15)
    before = asked(model)
    ids = stack.seed(questions, model, CONCURRENCY)
    has_begun(stack, ids["job"])
    kinds = [stack.kill_child, stack.kill_worker, stack.kill_relay, stack.kill_database]
    done: list[str] = []
    while len(done) < KILLS and stack.job(ids["job"])["status"] == "processing":
        kill = kinds[len(done)] if len(done) < len(kinds) else chance.choice(kinds)
        if kill(chance):
            done.append(kill.__name__)
        time.sleep(chance.uniform(0.3, 3.0))
    recovery = ends(stack, ids["job"], 60 + questions * CALL_SECONDS)
    assert_all_is_well(stack, ids, questions)
    assert len(done) >= min(KILLS, 4), done
    extra = asked(model) - before - questions
    assert extra <= CONCURRENCY * len(done)
    record_property("kills", done)
    record_property("extra_calls", extra)
    print(f"{len(done)} kills, {extra} extra calls, {recovery:.1f} s to the end: {done}")


def test_a_child_that_is_stopped_past_its_lease_cannot_write_when_it_wakes(
    stack: Stack, model: FakeLLM
) -> None:
    ids = stack.seed(60, model, CONCURRENCY)
    has_begun(stack, ids["job"])
    busy = stack.working_child()
    assert busy is not None
    busy.send_signal(signal.SIGSTOP)
    first = stack.job(ids["job"])["attempt"]
    taken = stack.wait(
        lambda: stack.job(ids["job"])["attempt"] > first, 60, "another worker has taken it"
    )
    busy.send_signal(signal.SIGCONT)
    ends(stack, ids["job"], 60)
    assert_all_is_well(stack, ids, 60)
    outcomes = stack.query(
        "SELECT outcome FROM jobs_jobattempt WHERE job_id = %s ORDER BY number", ids["job"]
    )
    assert ("its worker went silent",) in outcomes
    print(f"taken over {taken:.1f} s after the stop")


def test_the_children_of_a_killed_worker_die_with_it_and_its_successor_goes_on(
    stack: Stack, model: FakeLLM
) -> None:
    ids = stack.seed(40, model, CONCURRENCY)
    has_begun(stack, ids["job"])
    worker, children = stack.worker(), stack.children()
    assert worker is not None and children
    first = stack.job(ids["job"])["attempt"]
    stack.kill(worker)
    stack.wait(lambda: not any(_lives(child) for child in children), 3, "the children are gone")
    taken = stack.wait(
        lambda: stack.job(ids["job"])["attempt"] > first, 30, "a new worker has taken it"
    )
    ends(stack, ids["job"], 60)
    assert_all_is_well(stack, ids, 40)
    print(f"taken over {taken:.1f} s after the kill")


def _lives(process: Any) -> bool:
    return bool(process.is_running() and process.status() != "zombie")


def test_a_deploy_lets_a_batch_finish_what_is_in_flight_and_go_on_elsewhere(
    stack: Stack, model: FakeLLM
) -> None:
    before = asked(model)
    ids = stack.seed(40, model, CONCURRENCY)
    has_begun(stack, ids["job"])
    stack.kill(stack.worker(), signal.SIGTERM)
    ends(stack, ids["job"], 90)
    assert_all_is_well(stack, ids, 40)
    assert asked(model) - before == 40, "no call was paid for twice"


def test_work_queued_while_the_relay_is_dead_starts_when_it_is_back(stack: Stack) -> None:
    stack.kill_relay(random.Random(SEED))
    job_id = stack.check_an_api()
    seconds = ends(stack, job_id, 30)
    assert stack.job(job_id)["status"] == "completed"
    print(f"done {seconds:.1f} s after it was queued")


@pytest.mark.parametrize("time_nr", [1, 2, 3])
def test_workers_consume_again_after_the_database_and_broker_was_killed(
    stack: Stack, time_nr: int
) -> None:
    stack.kill_database(random.Random(SEED))
    # A command starts while the supervisor restarts the server: both want to, one may.
    job_id = stack.check_an_api()
    seconds = ends(stack, job_id, 30)
    assert stack.job(job_id)["status"] == "completed"
    print(f"done {seconds:.1f} s after it was queued")
