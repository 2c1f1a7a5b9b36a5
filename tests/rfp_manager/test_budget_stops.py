"""A batch stops at its budget, says why, keeps what is done, and goes on when it may."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from jobs.models import Job, JobItem, Status
from jobs.retrying import resume, retry_failed_items
from jobs.transitions import request_cancel
from llm_manager import budgeting
from llm_manager.budgeting import open_stops, resume_stopped, standings
from llm_manager.models import Budget, BudgetStop, Estimate, LLMApi, LLMModel, LLMUsage
from llm_manager.tasks import keep_books
from rfp_manager.batches import start_responder
from rfp_manager.models import RFP, AnswerVersion, RFPBatchJob
from tests.llm_manager.fake_llm import FakeLLM
from tests.rfp_manager.answer_world import QUESTIONS, Commit, answers, fresh, make_rfp

pytestmark = pytest.mark.django_db
#: What a call of the fake model costs at the prices of `paid`: 1,000 tokens in, 100 out.
CALL = Decimal("1.10")


@pytest.fixture
def paid(llm: FakeLLM) -> LLMModel:
    """The fake model for a dollar per thousand tokens, one call at a time."""
    LLMApi.objects.update(max_concurrency=1)
    LLMModel.objects.filter(model_id="small-chat").update(input_price=1000, output_price=1000)
    return LLMModel.objects.get(model_id="small-chat")


@pytest.fixture
def stopped(paid: LLMModel, rfp: RFP, commit: Commit) -> RFPBatchJob:
    """Of three questions one is answered: the budget has no room for a second call."""
    Budget.objects.create(name="Tenders", limit=3)
    return run(rfp, commit)


def run(rfp: RFP, commit: Commit) -> RFPBatchJob:
    with commit():
        job = start_responder(rfp, rfp.owner)
    found: RFPBatchJob = fresh(job)
    return found


def raise_to(limit: int, commit: Commit) -> None:
    budget = Budget.objects.get(name="Tenders")
    budget.limit = Decimal(limit)
    with commit():
        budget.save()


def test_at_the_limit_the_batch_stops_and_says_why(stopped: RFPBatchJob, rfp: RFP) -> None:
    assert stopped.status == Status.FAILED
    assert "budget “Tenders” of $3.00 a month is spent" in stopped.last_error
    assert (stopped.successful_items, stopped.failed_items) == (1, 0)
    assert list(answers(rfp)) == ["1.1"]
    stop = BudgetStop.objects.get()
    assert (stop.job_id, stop.subject, stop.resumed_as) == (stopped.pk, f"rfp:{rfp.pk}", None)
    assert CALL < stop.needed < 3


def test_when_the_budget_is_raised_the_rest_goes_on_by_itself_and_nothing_is_done_twice(
    stopped: RFPBatchJob, rfp: RFP, commit: Commit, llm: FakeLLM
) -> None:
    raise_to(100, commit)
    rest = BudgetStop.objects.get().resumed_as
    assert rest is not None
    rest = fresh(rest)
    assert (rest.status, rest.total_items, rest.retry_of_id) == ("completed", 2, stopped.pk)
    assert rest.started_by == rfp.owner
    assert set(answers(rfp)) == {"1.1", "1.2", "1.3"}
    assert AnswerVersion.objects.filter(number=1).count() == AnswerVersion.objects.count() == 3
    assert LLMUsage.objects.filter(purpose="answer").count() == 3
    assert standings(Budget.objects.all())[0].spent == 3 * CALL


def test_it_goes_on_once_however_often_the_budget_is_saved(
    stopped: RFPBatchJob, commit: Commit
) -> None:
    raise_to(100, commit)
    raise_to(200, commit)
    assert resume_stopped() == []
    assert RFPBatchJob.objects.count() == 2


@pytest.mark.parametrize("how", ["switched off", "deleted", "for others"])
def test_it_also_goes_on_when_the_budget_does_not_count_any_more(
    stopped: RFPBatchJob, commit: Commit, how: str, bob: Any
) -> None:
    budget = Budget.objects.get()
    with commit():
        if how == "deleted":
            budget.delete()
        else:
            budget.is_active = how != "switched off"
            budget.user = bob if how == "for others" else None
            budget.save()
    assert RFPBatchJob.objects.latest("pk").status == Status.COMPLETED


def test_a_raise_that_does_not_reach_for_one_more_call_starts_nothing(
    stopped: RFPBatchJob, commit: Commit
) -> None:
    budget = Budget.objects.get()
    budget.limit += Decimal("0.01")
    with commit():
        budget.save()
    assert RFPBatchJob.objects.count() == 1
    assert list(open_stops()) == [BudgetStop.objects.get()]


def test_another_budget_that_is_spent_keeps_it_waiting(
    stopped: RFPBatchJob, rfp: RFP, commit: Commit
) -> None:
    Budget.objects.create(name="This RFP", limit=0, subject=f"rfp:{rfp.pk}")
    raise_to(100, commit)
    assert RFPBatchJob.objects.count() == 1
    with commit():
        Budget.objects.get(name="This RFP").delete()
    assert RFPBatchJob.objects.latest("pk").status == Status.COMPLETED


def test_a_new_month_lets_it_go_on_at_the_hourly_look(stopped: RFPBatchJob, commit: Commit) -> None:
    with commit():
        assert keep_books()["resumed"] == []
    LLMUsage.objects.update(created_at=timezone.now() - timedelta(days=40))
    Budget.objects.get().accounts.update(period_start="2001-01-01")
    with commit():
        found = keep_books()
    assert found["resumed"] == [RFPBatchJob.objects.latest("pk").pk]
    assert RFPBatchJob.objects.count() == 2


def test_what_a_person_has_taken_up_is_not_taken_up_again(
    stopped: RFPBatchJob, rfp: RFP, commit: Commit
) -> None:
    resume(stopped, user=rfp.owner)
    raise_to(100, commit)
    assert RFPBatchJob.objects.count() == 2
    assert BudgetStop.objects.get().resumed_as is None


def test_drafting_that_was_started_anew_takes_the_place_of_the_rest(
    stopped: RFPBatchJob, rfp: RFP, commit: Commit
) -> None:
    start_responder(rfp, rfp.owner)
    assert not open_stops().exists()


def test_repeating_only_what_failed_leaves_the_rest_to_the_budget(
    stopped: RFPBatchJob, rfp: RFP
) -> None:
    JobItem.objects.create(job=stopped, key="0", ordinal=9, state="failed")
    retry_failed_items(stopped, user=rfp.owner)
    assert open_stops().exists()


def test_a_cancelled_job_does_not_go_on(stopped: RFPBatchJob, commit: Commit) -> None:
    Job.objects.update(status=Status.CANCELLED)
    raise_to(100, commit)
    assert RFPBatchJob.objects.count() == 1


def test_a_job_that_is_still_ending_goes_on_at_the_next_look(
    stopped: RFPBatchJob, commit: Commit
) -> None:
    Job.objects.update(status=Status.PROCESSING, completed_at=None)
    raise_to(100, commit)
    Job.objects.update(status=Status.FAILED, completed_at=timezone.now())
    with commit():
        assert len(resume_stopped()) == 1


# -- reservations --------------------------------------------------------------------------
def test_what_a_start_may_cost_is_reserved_until_the_job_ends(
    paid: LLMModel, rfp: RFP, commit: Commit
) -> None:
    Budget.objects.create(name="Tenders", limit=100)
    job = start_responder(rfp, rfp.owner)
    estimate = Estimate.objects.get(job=job)
    assert (estimate.calls, estimate.subject, estimate.user) == (3, f"rfp:{rfp.pk}", rfp.owner)
    assert 0 < estimate.cost < estimate.reserved < 100
    [standing] = standings(Budget.objects.all())
    assert (standing.reserved, standing.left) == (estimate.reserved, 100 - estimate.reserved)
    request_cancel(job)
    [standing] = standings(Budget.objects.all())
    assert (standing.reserved, standing.left) == (0, 100)


def test_two_jobs_never_reserve_the_same_dollar(paid: LLMModel, rfp: RFP, library: None) -> None:
    Budget.objects.create(name="Tenders", limit=2)
    first = start_responder(rfp, rfp.owner)
    second = start_responder(make_rfp(rfp.owner, QUESTIONS), rfp.owner)
    reserved = [Estimate.objects.get(job=job).reserved for job in (first, second)]
    assert reserved[0] > 0 and sum(reserved) <= 2
    assert standings(Budget.objects.all())[0].left >= 0


def test_what_goes_on_reserves_only_for_the_rest(stopped: RFPBatchJob, commit: Commit) -> None:
    before = Estimate.objects.get(job=stopped)
    budget = Budget.objects.get()
    Budget.objects.filter(pk=budget.pk).update(limit=100)
    [rest] = resume_stopped()
    after = Estimate.objects.get(job=rest)
    assert after.calls == 2 and after.reserved < before.cost * Decimal(before.high)


def test_work_that_costs_nothing_reserves_nothing_and_is_not_kept_waiting(
    rfp: RFP, llm: FakeLLM
) -> None:
    llm.requests.clear()
    start_responder(rfp, rfp.owner)
    assert not Estimate.objects.exists() and llm.requests == []


# -- accounts ------------------------------------------------------------------------------
def test_a_budget_that_was_off_for_a_while_counts_what_was_spent_meanwhile(
    paid: LLMModel, rfp: RFP, commit: Commit
) -> None:
    budget = Budget.objects.create(name="Tenders", limit=100, is_active=False)
    run(rfp, commit)
    budget.is_active = True
    budget.save()
    [standing] = standings([budget])
    assert (standing.spent, standing.held) == (3 * CALL, 0)


def test_spent_for_a_job_is_what_its_own_calls_cost(stopped: RFPBatchJob) -> None:
    spent = budgeting.spent_for(stopped)
    assert (spent["calls"], spent["cost"], spent["input"]) == (1, CALL, 1000)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_processes_that_look_at_the_same_moment_let_a_job_go_on_once(alice: Any) -> None:
    job = Job.objects.create(
        task_name="jobs.canary", started_by=alice, status=Status.FAILED, completed_at=timezone.now()
    )
    JobItem.objects.create(job=job, key="1", ordinal=1)
    BudgetStop.objects.create(job=job, budget=Budget.objects.create(name="All", limit=5))
    together = Barrier(4)

    def look() -> int:
        try:
            together.wait(10)
            return len(resume_stopped())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        resumed = [future.result() for future in [pool.submit(look) for _ in range(4)]]
    assert sum(resumed) == 1 and Job.objects.filter(retry_of=job).count() == 1
