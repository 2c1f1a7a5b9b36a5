"""Starts evaluations, and says before what they will take."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from jobs.dispatch import enqueue
from llm_manager import budgeting, forecasting
from llm_manager.calling import ModelAccess, usable_access
from llm_manager.defaults import Option, present
from llm_manager.forecasting import Forecast, Prompt
from llm_manager.models import DefaultKind
from llm_manager.prompts import build_request
from rfp_manager.drafting import PASSAGES, answer_inputs
from rfp_manager.evaluating.candidates import CandidateRefused
from rfp_manager.library_scope import LibraryScope, scope_of_set
from rfp_manager.models import Evaluation, EvaluationJob, QuestionSet, SetQuestion, Side
from solution_library.search import Hit

EVALUATE = "rfp_manager.batch_generate_evaluation_answers"
#: So many questions are prepared to see how long their prompts are.
SAMPLE = 8


def plan(question_set: QuestionSet, candidate: Option, user: Any) -> Evaluation:
    """An unsaved evaluation of a candidate against the present defaults. Raises
    CandidateRefused where there is nothing to compare."""
    default = present(candidate.kind)
    if default.is_same(candidate):
        raise CandidateRefused(f"“{candidate.name}” is the default already.")
    chat, embedding = present(DefaultKind.CHAT), present(DefaultKind.EMBEDDING)
    prompt = present(DefaultKind.PROMPT)
    if chat.model is None or not default.usable() or not chat.usable():
        raise CandidateRefused(
            "There is no usable default to compare with, so the candidate needs no evaluation. "
            "Make it the default under Models."
        )
    _refuse_what_makes_no_difference(candidate, chat)
    evaluation = Evaluation(question_set=question_set, kind=candidate.kind, created_by=user)
    for side in Side.values:
        setattr(evaluation, f"{side}_chat", chat.model)
        setattr(evaluation, f"{side}_embedding", embedding.model)
        setattr(evaluation, f"{side}_prompt", prompt.prompt)
    differing = candidate.prompt if candidate.kind == DefaultKind.PROMPT else candidate.model
    setattr(evaluation, f"{Side.CANDIDATE.value}_{candidate.kind}", differing)
    return evaluation


def _refuse_what_makes_no_difference(candidate: Option, chat: Option) -> None:
    if candidate.kind == DefaultKind.PROMPT and chat.is_built_in():
        raise CandidateRefused(
            "The default chat model is the built-in one, which reads no prompt: both sides would "
            "give the same answers. Choose a chat model first."
        )


def start_evaluation(question_set: QuestionSet, candidate: Option, user: Any) -> EvaluationJob:
    """Queue an evaluation. Raises CandidateRefused, NoModel, or AlreadyRunning while this
    candidate is being evaluated with this set."""
    evaluation = plan(question_set, candidate, user)
    expected = estimate(evaluation)
    with transaction.atomic():
        evaluation.save()
        job = EvaluationJob(
            evaluation=evaluation,
            started_by=user,
            title=f"Evaluate {candidate.name} on “{question_set.name}”"[:200],
        )
        key = f"{candidate.kind}:{_pk(candidate)}:set:{question_set.pk}:evaluation"
        enqueue(EVALUATE, job=job, dedup_key=key)
        budgeting.reserve(job, expected, subject=evaluation.ref)
    return job


def _pk(option: Option) -> int:
    found = option.model or option.prompt
    return found.pk if found else 0


def estimate(evaluation: Evaluation) -> Forecast:
    """What the calls of both sides will take together, from the real prompts of some questions.
    Raises NoModel."""
    questions = evaluation.question_set.questions
    total = questions.count()
    asked = sample(list(questions.values_list("pk", flat=True)))
    library = scope_of_set(evaluation.question_set)
    passages = [(question, _passages(library, question)) for question in asked]
    both = [_forecast(evaluation, side, passages, total) for side in Side.values]
    return _together(*both)


def sample(ids: Sequence[int]) -> list[SetQuestion]:
    """Some questions, evenly spread."""
    step = max(1, -(-len(ids) // SAMPLE))
    chosen = SetQuestion.objects.filter(pk__in=ids[::step])
    return list(chosen.select_related("question_set"))


def _passages(library: LibraryScope, question: SetQuestion) -> list[Hit]:
    return list(library.search(question.query or question.text, limit=PASSAGES))


def _forecast(
    evaluation: Evaluation, side: str, asked: Sequence[tuple[SetQuestion, list[Hit]]], total: int
) -> Forecast:
    access = usable_access(getattr(evaluation, f"{side}_chat"))
    prompt = getattr(evaluation, f"{side}_prompt")
    guidance = prompt.text if prompt else ""
    prompts = [_prompt(question, hits, access, guidance) for question, hits in asked]
    known = forecasting.history_of(access.pk, "answer").calls
    return forecasting.forecast(access, "answer" if known else "evaluation", prompts, total)


def _prompt(
    question: SetQuestion, hits: list[Hit], access: ModelAccess, guidance: str
) -> Prompt | None:
    if not hits:
        return None
    inputs = answer_inputs(
        question.text,
        hits,
        section=question.section,
        allowed_choices=question.allowed_choices,
        instructions=question.question_set.instructions,
        guidance=guidance,
    )
    return Prompt.of(build_request(access.model_id, inputs))


def _together(one: Forecast, other: Forecast) -> Forecast:
    """Of two that run side by side, as one that is booked with the dearer model."""
    cost = one.cost + other.cost
    dearer = max(one, other, key=lambda found: found.cost)
    return replace(
        dearer,
        calls=one.calls + other.calls,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost=cost,
        seconds=one.seconds + other.seconds,
        fastest=max(one.fastest, other.fastest),
        slowest=one.slowest + other.slowest,
        items=one.items + other.items,
        sampled=one.sampled,
    )
