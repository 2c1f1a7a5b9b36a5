"""A question set, a default model and a candidate of another API that answers in its own way."""

from collections.abc import Iterator
from typing import Any

import pytest

from llm_manager.defaults import Option
from llm_manager.models import LLMApi, LLMModel
from rfp_manager.evaluating.sets import FoundQuestion, set_from_file
from rfp_manager.evaluating.starting import start_evaluation
from rfp_manager.models import Evaluation, EvaluationJob, QuestionSet
from tests.llm_manager.fake_llm import FakeLLM, follows_the_prompt
from tests.rfp_manager.answer_world import Commit, fresh

FOUND = [
    FoundQuestion(
        "Are database backups encrypted with AES?",
        reference_text="All database backups are encrypted with AES-256 every night.",
        relevant=("backups.md",),
    ),
    FoundQuestion(
        "How often are access rights reviewed by the security team?",
        reference_text="Access rights are reviewed every quarter.",
        relevant=("access.md",),
    ),
    FoundQuestion("Do you breed giraffes on Jupiter?"),
]


@pytest.fixture
def other_llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        fake.answer = follows_the_prompt
        yield fake


@pytest.fixture
def candidate(other_llm: FakeLLM, library: None) -> LLMModel:
    api = LLMApi.objects.create(
        name="Other", kind="openai", base_url=other_llm.base_url("openai"), max_concurrency=3
    )
    return LLMModel.objects.create(
        api=api, model_id="candidate", kind="chat", input_price=2, output_price=10
    )


@pytest.fixture
def question_set(alice: Any, library: None) -> QuestionSet:
    return set_from_file(FOUND, alice, name="Basics", filename="basics.jsonl")


def evaluate(
    question_set: QuestionSet, model: LLMModel, commit: Commit, user: Any = None
) -> tuple[Evaluation, EvaluationJob]:
    """Run an evaluation to its end, as the relay and a worker would."""
    with commit():
        job = start_evaluation(question_set, Option(model.kind, model), user or question_set.owner)
    return Evaluation.objects.get(pk=job.evaluation_id), fresh(job)
