"""RFPs as subjects of LLM calls and budgets (llm_manager/subjects.py)."""

from typing import Any

from llm_manager.subjects import Kind, register
from rfp_manager.models import RFP

NAME = "rfp"
#: To choose from; an older RFP that a budget has already stays choosable.
NEWEST = 200


def subject_of(rfp_id: int) -> str:
    return f"{NAME}:{rfp_id}"


def _named(ids: list[int], user: Any) -> dict[int, tuple[str, str]]:
    found = RFP.objects.for_user(user).filter(pk__in=ids).only("name")
    return {rfp.pk: (rfp.name, rfp.get_absolute_url()) for rfp in found}


def _newest(user: Any) -> list[tuple[int, str]]:
    found = RFP.objects.for_user(user).order_by("-pk").values_list("pk", "name")
    return list(found[:NEWEST])


register(NAME, Kind("RFP", _named, _newest))
