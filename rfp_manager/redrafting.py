"""Drafting chosen questions again: which of them may be, what that takes, and the start of it."""

from decimal import Decimal
from typing import Any

from accounts.formats import number_text
from jobs.errors import AlreadyRunning, JobError
from llm_manager.charts import dollars
from rfp_manager.batches import responder_job, start_responder
from rfp_manager.bulk import CHANGED, GONE, MOST, BulkRefused, Outcome, Seen
from rfp_manager.estimating import Plan, estimate, plan_of
from rfp_manager.models import RFP, AnswerState
from rfp_manager.standing import Standing, standings_of

#: What the page with the question may wait for the first prompts.
PATIENCE_SECONDS = 0.05


def foreseen(rfp: RFP, seen: Seen) -> Outcome:
    """Which of these questions would be drafted, and why each of the others is left: what people
    have written or decided upon stays as it is."""
    outcome = Outcome("to be drafted")
    there = {standing.pk: standing for standing in standings_of(rfp.pk, seen)}
    for pk, version in seen.items():
        reason = _why_left(there.get(pk), version)
        if reason:
            outcome.left[pk] = reason
        else:
            outcome.changed.append(pk)
    return outcome


def _why_left(standing: Standing | None, version: int) -> str:
    if standing is None:
        return GONE
    if standing.version != version:
        return CHANGED
    if standing.state == AnswerState.APPROVED:
        return "approved"
    if standing.state == AnswerState.IN_REVIEW:
        return "in review"
    return "written by a person" if standing.is_edited else ""


def redraft(rfp: RFP, seen: Seen, *, user: Any) -> Outcome:
    """Queue the drafting of these questions. Raises BulkRefused."""
    if len(seen) > MOST:
        raise BulkRefused(
            f"These are more than {number_text(MOST)} questions. Choose fewer at once."
        )
    outcome = foreseen(rfp, seen)
    if not outcome.changed:
        raise BulkRefused(
            "None of these questions can be drafted again: people have written, approved or sent "
            "to review all of their answers."
            if seen else "Choose the questions first; nothing was changed."
        )  # fmt: skip
    try:
        start_responder(rfp, user, chosen=outcome.changed)
    except AlreadyRunning as error:
        raise BulkRefused(
            "Drafting is already running for this RFP. Wait for its end, or cancel it."
        ) from error
    return outcome


def price_of(rfp: RFP, ids: list[int], user: Any) -> str:
    """What drafting them costs, as people read it; "" where it costs nothing, or where the work
    itself will say why it cannot be done."""
    job = responder_job(rfp, user)
    try:
        access = plan_of(job).access
        if not (access.costs_money and ids):
            return ""
        found = estimate(Plan(job, access, ids), patience=PATIENCE_SECONDS)
    except JobError:
        return ""
    most = (found.cost * Decimal(str(found.high))).quantize(Decimal("0.0001"))
    return f"about {dollars(found.cost)}, at most {dollars(most)}"
