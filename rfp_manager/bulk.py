"""What is done to many answers at once, counted exactly: how many were changed, and why each of
the others was left."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.formats import number_text
from rfp_manager import four_eyes
from rfp_manager.asking_review import ask_review
from rfp_manager.auditing import state_changed
from rfp_manager.commitments.repeating import over_in
from rfp_manager.editing import may_approve, state_values
from rfp_manager.models import RFP, Answer, AnswerState
from rfp_manager.standing import Standing, lock_answers, standings_of, why_not_unseen

APPROVE, REVIEW, DRAFT = "approve", "review", "draft"
#: So many questions at once; questionnaires are shorter.
MOST = 20_000
CHANGED = "changed meanwhile"
GONE = "no longer in this RFP"
OVER = "promises what has ended"
#: Questions with the version of their answer that the person had before them; 0 for none.
Seen = Mapping[int, int]
#: The state that an answer is brought to, or why it is left alone.
Rule = Callable[[Standing], str]


class BulkRefused(Exception):
    """Nothing was done; the message says why."""


@dataclass(frozen=True)
class Action:
    """`words`: what was done, after the number of answers."""

    state: str
    words: str
    same: str
    rule: Rule


@dataclass
class Outcome:
    """What became of each question. `left`: the reason by question; `unchanged` ones were so
    before."""

    words: str
    same: str = ""
    changed: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """As in “212 approved, 9 left: 7 changed meanwhile, 2 empty.”"""
        parts = [f"{number_text(len(self.changed))} {self.words}"]
        if self.unchanged:
            parts.append(f"{number_text(len(self.unchanged))} {self.same}")
        if not self.left:
            return f"{', '.join(parts)}."
        reasons = Counter(self.left.values()).most_common()
        told = ", ".join(f"{number_text(count)} {reason}" for reason, count in reasons)
        return f"{', '.join(parts)}, {number_text(len(self.left))} left: {told}."


def _may_be_reviewed(standing: Standing) -> str:
    if not standing.version:
        return "no answer yet"
    if standing.is_empty:
        return "empty"
    return "" if standing.is_open else "approved: take them back to draft first"


def _may_be_draft(standing: Standing) -> str:
    return "" if standing.version else "no answer yet"


ACTIONS = {
    APPROVE: Action(AnswerState.APPROVED, "approved", "approved before", why_not_unseen),
    REVIEW: Action(AnswerState.IN_REVIEW, "sent to review", "in review before", _may_be_reviewed),
    DRAFT: Action(AnswerState.DRAFT, "back to draft", "drafts before", _may_be_draft),
}


def set_states(rfp: RFP, seen: Seen, action: str, *, user: Any) -> Outcome:
    """Bring the answers of these questions to the action's state, except those that must not be
    or that have changed since they were seen. Raises BulkRefused."""
    wanted = _action(action)
    _check(rfp, seen, wanted, user)
    with transaction.atomic():
        # Neither the RFP's rules nor the answers change until this is done.
        RFP.objects.select_for_update(no_key=True).get(pk=rfp.pk)
        lock_answers(seen)
        outcome, answers = _judge(rfp, seen, wanted, user)
        Answer.objects.filter(pk__in=answers).update(**state_values(wanted.state, user))
        state_changed(rfp, outcome.changed, before="", after=wanted.state, user=user)
        if wanted.state == AnswerState.IN_REVIEW:
            ask_review(rfp, outcome.changed, user=user)
    return outcome


def foreseen(rfp: RFP, seen: Seen, action: str, *, user: Any) -> Outcome:
    """What set_states would do, without doing it."""
    return _judge(rfp, seen, _action(action), user)[0]


def _action(name: str) -> Action:
    if name not in ACTIONS:
        raise BulkRefused("There is no such action. Choose one of the buttons.")
    return ACTIONS[name]


def _check(rfp: RFP, seen: Seen, action: Action, user: Any) -> None:
    if not seen:
        raise BulkRefused("Choose the questions first; nothing was changed.")
    if len(seen) > MOST:
        raise BulkRefused(
            f"These are more than {number_text(MOST)} questions. Choose fewer at once."
        )
    if action.state == AnswerState.APPROVED and not may_approve(user, rfp.pk):
        raise BulkRefused("Only the RFP's reviewers and managers approve its answers.")


def _judge(rfp: RFP, seen: Seen, action: Action, user: Any) -> tuple[Outcome, list[int]]:
    """What becomes of each question, and the answers that are to be changed."""
    outcome, answers = Outcome(action.words, action.same), list[int]()
    approves = action.state == AnswerState.APPROVED
    standings = standings_of(rfp.pk, seen, with_changes=approves)
    there = {standing.pk: standing for standing in standings}
    over = _promising_what_is_over(standings) if approves else set()
    own = four_eyes.own_questions(rfp.pk, seen, user) if approves else set()
    for pk, version in seen.items():
        standing = there.get(pk)
        reason = _why_left(standing, version, action) or (OVER if pk in over else "")
        if pk in own and standing is not None and standing.is_open:
            reason = reason or four_eyes.LEFT
        if reason or standing is None:
            outcome.left[pk] = reason
        elif standing.state == action.state or standing.answer_id is None:
            outcome.unchanged.append(pk)
        else:
            outcome.changed.append(pk)
            answers.append(standing.answer_id)
    return outcome, answers


def _promising_what_is_over(standings: Iterable[Standing]) -> set[int]:
    """Questions whose answers promise what has ended or expired; approved ones are as they are."""
    ids = [s.pk for s in standings if s.is_open and s.version]
    rows = list(Answer.objects.filter(question__in=ids).values_list("question", "text"))
    found = over_in([text for _, text in rows])
    return {pk for (pk, _), over in zip(rows, found, strict=True) if over}


def _why_left(standing: Standing | None, version: int, action: Action) -> str:
    if standing is None:
        return GONE
    if standing.version != version:
        return CHANGED
    return "" if standing.state == action.state else action.rule(standing)
