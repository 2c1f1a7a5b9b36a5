"""The rule that whoever wrote an answer does not approve it, where an RFP asks for that.

Whose words they are is who saved the version that is to be approved: also a draft of the model
that somebody has changed, and an answer that somebody brought back from an earlier version, an
earlier RFP or an expert's sheet. An untouched draft is nobody's."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, Q

from rfp_manager.models import RFP, Answer

REFUSAL = (
    "You wrote this version of the answer, and this RFP asks that somebody else approves it. Send "
    "it to review instead."
)
#: The same in a few words, of one among many.
LEFT = "written by you"


def is_own(answer: Answer, user: Any) -> bool:
    """Whether somebody else has to approve it."""
    return answer.edited_by_id == user.pk and answer.question.rfp.four_eyes


def own_questions(rfp_id: int, ids: Iterable[int], user: Any) -> set[int]:
    """Those of these questions whose answer somebody else has to approve."""
    mine = Answer.objects.filter(question__rfp=rfp_id, question__rfp__four_eyes=True)
    found = mine.filter(question__in=list(ids), edited_by=user.pk)
    return set(found.values_list("question", flat=True))


def may_approve_it(rfp_id: int, user: Any) -> Q:
    """For the update that approves answers of this RFP: decided by the database in the same moment,
    whatever was read before. No column of another table is joined, or the update would no longer
    see a row as it is once its lock is free."""
    strict = RFP.objects.filter(pk=rfp_id, four_eyes=True)
    return ~Q(edited_by=user.pk) | Q(~Exists(strict))
