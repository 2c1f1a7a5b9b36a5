"""An API that is asked too much at once is asked less at once, and in the end everything is done."""

import threading
import time
from typing import Any

import pytest

from jobs import transitions
from jobs.batch import Steps, add_items, work_items
from jobs.lease import InlineKeeper
from jobs.models import Job, JobItem
from jobs.run import JobRun
from llm_manager.calling import access_to, write
from llm_manager.control.ledger import Booking
from llm_manager.models import LLMApi, LLMModel
from llm_manager.prompts import AnswerInputs, Passage
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, status

#: What the API takes at once, of the calls that its settings here allow.
ROOM, ALLOWED, ITEMS = 6, 12, 100


def with_room(llm: FakeLLM) -> fake_llm.Reply:
    """429, with when to come again, for whoever is one too many."""
    lock, now = threading.Lock(), [0]

    def reply(handler: fake_llm.Handler) -> None:
        with lock:
            now[0] += 1
            fits = now[0] <= ROOM
        try:
            if fits:
                time.sleep(0.05)  # an answer takes a while, or no two would meet
            (fake_llm.properly if fits else status(429, retry_after="1"))(handler)
        finally:
            with lock:
                now[0] -= 1

    return reply


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_storm_of_refusals_costs_few_calls_and_no_item() -> None:
    with FakeLLM().running() as llm:
        llm.answer = lambda prompt: {"outcome": "no_evidence", "answer": ""}
        llm.always = with_room(llm)
        api = LLMApi.objects.create(
            name="Busy", kind="openai", base_url=llm.base_url("openai"), api_key="sk-x",
            max_concurrency=ALLOWED,
        )  # fmt: skip
        access = access_to(LLMModel.objects.create(api=api, model_id="small-chat", kind="chat"))
        passage = Passage(1, "Backups are kept for 35 days.")
        question = AnswerInputs("How long?", "", (), (passage,), None, None, None)
        job = Job.objects.create(task_name="jobs.canary")
        held = transitions.claim(job.pk, worker="w", task_id="")
        assert held is not None
        run = JobRun(job, held, InlineKeeper(held))
        add_items(run, [str(number) for number in range(ITEMS)])
        steps: Steps[Any, Any] = Steps(
            lambda item: question,
            lambda asked: write(access, asked, Booking("test")),
            lambda item, answer: {},
            lambda item: "Asking",
        )
        work_items(run, steps, concurrency=ALLOWED)
        refused = len(llm.requests) - ITEMS
        print(f"{ITEMS} items, {len(llm.requests)} calls, {refused} of them refused")
        assert JobItem.objects.filter(state="done").count() == ITEMS
        assert 0 < refused <= 0.2 * ITEMS
