"""Evaluations as subjects of LLM calls and budgets (llm_manager/subjects.py)."""

from typing import Any

from llm_manager.subjects import Kind, register
from rfp_manager.models import Evaluation

NEWEST = 50


def _visible(user: Any) -> Any:
    return Evaluation.objects.for_user(user).select_related(
        "question_set", "candidate_chat", "candidate_embedding", "candidate_prompt"
    )


def _named(ids: list[int], user: Any) -> dict[int, tuple[str, str]]:
    found = _visible(user).filter(pk__in=ids)
    return {one.pk: (f"Evaluation of {one}", one.get_absolute_url()) for one in found}


def _newest(user: Any) -> list[tuple[int, str]]:
    found = _visible(user).order_by("-pk")[:NEWEST]
    return [(one.pk, f"Evaluation of {one}") for one in found]


register("evaluation", Kind("Evaluation", _named, _newest))
