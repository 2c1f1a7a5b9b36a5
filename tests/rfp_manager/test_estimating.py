"""An estimate comes from the real prompts and from the model's last calls, and is near the truth."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from llm_manager.budgeting import spent_for
from llm_manager.models import LLMApi, LLMModel, LLMUsage
from rfp_manager.batches import responder_job, reviewer_job, start_responder
from rfp_manager.estimating import (
    LEAST,
    NEAR_ENOUGH,
    Plan,
    accepted,
    estimate,
    evenly_spread,
    plan_of,
    signed,
)
from rfp_manager.models import RFP, Answer, RFPBatchJob
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM
from tests.rfp_manager.answer_world import Commit, add_document, fresh, make_rfp
from tests.rfp_manager.view_world import make_answer, question

pytestmark = pytest.mark.django_db
PIECE = re.compile(r"[^\W\d_]{1,7}|\d{1,3}|[^\w\s]+|_|\n")


def count(text: str) -> int:
    """Tokens as a tokenizer cuts them: pieces of words, figures, runs of marks."""
    return len(PIECE.findall(text))


def counting(handler: fake_llm.Handler) -> None:
    """Proper replies, with tokens counted from what was sent and what is answered."""
    asked = handler.asked
    if "messages" not in asked:
        return fake_llm.properly(handler)
    reply = json.dumps(handler.server.fake.answer(asked["messages"][-1]["content"]))
    sent = "\n".join(message["content"] for message in asked["messages"])
    body = fake_llm.completion(reply)
    body["usage"] = {"prompt_tokens": count(sent), "completion_tokens": count(reply)}
    handler.send_json(body)


@pytest.fixture
def paid(llm: FakeLLM) -> LLMModel:
    llm.always = counting
    LLMModel.objects.filter(model_id="small-chat").update(input_price=3, output_price=15)
    return LLMModel.objects.get(model_id="small-chat")


def planned(rfp: RFP) -> Plan:
    return plan_of(responder_job(rfp, rfp.owner))


def test_whenever_a_sample_stops_it_lies_evenly_among_all() -> None:
    sample = list(evenly_spread(range(1000), 40))
    assert len(set(sample)) == 40
    for length in (5, 10, 40):
        gaps = sorted(sample[:length])
        assert max(b - a for a, b in zip([0, *gaps], [*gaps, 1000], strict=True)) < 2600 / length
    assert list(evenly_spread([1, 2, 3], 40)) == [1, 2, 3]


def test_no_more_prompts_are_made_than_tell_their_mean(
    paid: LLMModel, rfp: RFP, alice: User
) -> None:
    """Alike ones tell it soon; where some are far longer, more are looked at."""
    asked = "How are backups of the databases kept under control, please?"
    alike = make_rfp(alice, [(str(n), asked) for n in range(60)])
    found = estimate(planned(alike))
    assert found.sampled == LEAST and found.sample_off <= NEAR_ENOUGH
    different = make_rfp(alice, [(str(n), asked + " Please." * n * 20) for n in range(60)])
    more = estimate(planned(different))
    assert more.sampled > LEAST and more.sample_off > found.sample_off


def test_a_first_estimate_is_near_what_the_batch_then_takes(
    paid: LLMModel, rfp: RFP, commit: Commit
) -> None:
    found = estimate(planned(rfp))
    with commit():
        job = start_responder(rfp, rfp.owner, forecast=found)
    spent = spent_for(job)
    assert found.calls == spent["calls"] == 3
    assert found.input_tokens == pytest.approx(spent["input"], rel=0.2)
    assert found.low < 1 < found.high and found.fastest < found.seconds < found.slowest


def test_what_a_model_has_done_makes_its_next_estimate_closer(
    paid: LLMModel, rfp: RFP, commit: Commit
) -> None:
    first = estimate(planned(rfp))
    for _ in range(4):
        with commit():
            job = start_responder(rfp, rfp.owner, only_unanswered=False)
    real = spent_for(job)
    again = estimate(plan_of(responder_job(rfp, rfp.owner, only_unanswered=False)))
    tokens = real["input"] + real["output"]
    assert abs(again.tokens - tokens) < abs(first.tokens - tokens)
    assert again.high - again.low < first.high - first.low
    assert again.output_tokens < first.output_tokens


def test_a_slow_pace_that_the_api_allows_makes_the_time_longer(paid: LLMModel, rfp: RFP) -> None:
    quick = estimate(planned(rfp)).seconds
    LLMApi.objects.update(requests_per_minute=1)
    assert estimate(planned(rfp), patience=0.3).seconds > max(150, quick)


def test_an_api_that_lets_nobody_in_does_not_hold_up_the_page(paid: LLMModel, rfp: RFP) -> None:
    LLMApi.objects.update(requests_per_minute=1)
    found = estimate(planned(rfp), patience=0.3)
    assert found.sampled < found.items == 3 and found.calls == 3


def test_questions_without_passages_cost_nothing(paid: LLMModel, alice: User) -> None:
    rfp = make_rfp(alice, [("1", "Are database backups encrypted with AES?")])
    found = estimate(planned(rfp))
    assert (found.calls, found.cost, found.input_tokens) == (0, Decimal(0), 0)


def test_a_review_is_estimated_from_the_answers_there_are(paid: LLMModel, rfp: RFP) -> None:
    make_answer(question(rfp, 1), "All database backups are encrypted with AES-256 every night.")
    found = estimate(plan_of(reviewer_job(rfp, rfp.owner)))
    assert (found.items, found.calls) == (1, 1)
    assert 0 < found.input_tokens < 1000


def test_work_that_costs_money_or_takes_long_is_not_started_unseen(llm: FakeLLM, rfp: RFP) -> None:
    assert not planned(rfp).needs_consent
    LLMModel.objects.filter(model_id="small-chat").update(input_price=3)
    assert planned(rfp).needs_consent
    LLMModel.objects.update(input_price=0)
    LLMApi.objects.update(max_concurrency=1)
    slow = LLMModel.objects.get(model_id="small-chat")
    LLMUsage.objects.bulk_create(
        LLMUsage(model=slow, purpose="answer", latency_ms=400_000, characters=9, input_tokens=3)
        for _ in range(30)
    )
    assert planned(rfp).needs_consent
    Answer.objects.bulk_create(
        Answer(question=q, text="Yes.", outcome="answered") for q in rfp.questions.all()
    )
    assert not planned(rfp).needs_consent


def test_an_estimate_is_handed_on_for_the_same_work_only(paid: LLMModel, rfp: RFP) -> None:
    plan = planned(rfp)
    found = estimate(plan)
    value = signed(plan, found)
    assert accepted(value, responder_job(rfp, rfp.owner)) == found
    assert accepted(value, responder_job(rfp, rfp.owner, only_unanswered=False)) is None
    assert accepted(value, reviewer_job(rfp, rfp.owner)) is None
    assert accepted(value[:-1] + "A", responder_job(rfp, rfp.owner)) is None
    assert accepted("", responder_job(rfp, rfp.owner)) is None


TOPICS = (
    "backups",
    "access",
    "encryption",
    "incidents",
    "staff",
    "suppliers",
    "logging",
    "updates",
)


@pytest.mark.slow
def test_the_estimate_for_261_questions_is_within_15_percent_of_the_real_tokens(
    paid: LLMModel, alice: User, tmp_path: Path, commit: Commit
) -> None:
    LLMApi.objects.update(max_concurrency=8)
    for topic in TOPICS:
        add_document(tmp_path, f"{topic}.md", _document(topic))
    asked = [f"{n}. How are {TOPICS[n % 8]} kept under control in case {n}?" for n in range(261)]
    rfp = make_rfp(
        alice, [(str(n), text + " Please explain." * (n % 9)) for n, text in enumerate(asked)]
    )
    found = estimate(planned(rfp))
    with commit():
        job: Any = start_responder(rfp, alice, forecast=found)
    spent = spent_for(job)
    assert (fresh(job).status, spent["calls"]) == ("completed", 261)
    real = spent["input"] + spent["output"]
    assert found.tokens == pytest.approx(real, rel=0.15)
    assert RFPBatchJob.objects.get().estimate.input_tokens == found.input_tokens


def _document(topic: str) -> str:
    """Sections of different lengths."""
    parts = [
        f"## {topic.title()} {n}\n\n"
        + f"The policy on {topic} of part {n} is reviewed every {n + 1} months by the team. " * n
        for n in range(1, 12)
    ]
    return f"# {topic.title()}\n\n" + "\n\n".join(parts)
