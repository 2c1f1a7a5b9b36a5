"""An API that is asked too much at once is asked less at once, and in the end everything is done."""

import threading
import time
from dataclasses import dataclass, field
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

#: Calls at once that the settings allow, all of which are refused at first.
ALLOWED, ITEMS = 12, 80


@dataclass
class Busy:
    """Refuses the first calls, which come all together; then answers, and counts who is there."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    first: threading.Barrier = field(default_factory=lambda: threading.Barrier(ALLOWED))
    calls: int = 0
    there: int = 0
    #: How many were there at once when each of the later calls came.
    crowd: list[int] = field(default_factory=list)

    def __call__(self, handler: fake_llm.Handler) -> None:
        with self.lock:
            self.calls += 1
            is_first = self.calls <= ALLOWED
        if is_first:
            self.first.wait(30)
            status(429, retry_after="1")(handler)
            return
        with self.lock:
            self.there += 1
            self.crowd.append(self.there)
        time.sleep(0.2)  # an answer takes a while, or no two would meet
        with self.lock:
            self.there -= 1
        fake_llm.properly(handler)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_storm_of_refusals_costs_few_calls_and_no_item() -> None:
    with FakeLLM().running() as llm:
        llm.answer = lambda prompt: {"outcome": "no_evidence", "answer": ""}
        llm.always = busy = Busy()
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
        print(f"{ITEMS} items, {busy.calls} calls, at once {max(busy.crowd[:20])}")
        assert JobItem.objects.filter(state="done").count() == ITEMS
        assert ALLOWED < busy.calls - ITEMS + 1 <= 0.2 * ITEMS
        # Half as many, and one more for each round of good answers: 6, 7, 8.
        assert max(busy.crowd[:20]) <= ALLOWED / 2 + 2
