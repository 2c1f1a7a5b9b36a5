"""The books of calls: opened before a call, closed after it, whatever becomes of the worker.

A call that costs money is entered with the most that it can cost, which is held in every budget
it counts for, before it is made; afterwards the real cost takes its place. All of it happens in
sessions that commit at once (session.py), so two workers never spend the same cent, and a
worker that dies leaves an entry that says so (`close_lost`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from llm_manager.control.session import Run, session

#: Of advisory locks: entries share it, an account that is being opened has it alone.
LEDGER = 0x534C4C
#: What the column of a call's cost holds.
HIGHEST_COST = Decimal("999999.999999")
LONGEST_LATENCY_MS = 2**31 - 1
Row = tuple[Any, ...]

PERIOD_START = """
CASE b.period WHEN 'month' THEN date_trunc('month', %(at)s::timestamptz AT TIME ZONE %(zone)s)::date
    ELSE date '2000-01-01' END
"""
APPLIES = """
    (b.user_id IS NULL OR b.user_id = %(user)s) AND (b.subject = '' OR b.subject = %(subject)s)
"""
#: The budgets that a call counts for, with their account of the period, if it is open.
ACCOUNTS = f"""
SELECT b.id, a.id FROM llm_manager_budget b LEFT JOIN llm_manager_budgetaccount a
    ON a.budget_id = b.id AND a.period_start = {PERIOD_START}
WHERE b.is_active AND {APPLIES} ORDER BY b.id
"""  # noqa: S608 - constants
#: An account begins with what its period has cost already.
OPEN_ACCOUNT = f"""
INSERT INTO llm_manager_budgetaccount (budget_id, period_start, spent, held)
SELECT b.id, {PERIOD_START},
    coalesce(sum(u.cost) FILTER (WHERE u.outcome <> 'started'), 0),
    coalesce(sum(u.cost) FILTER (WHERE u.outcome = 'started'), 0)
FROM llm_manager_budget b LEFT JOIN llm_manager_llmusage u
    ON (b.user_id IS NULL OR b.user_id = u.user_id) AND (b.subject = '' OR b.subject = u.subject)
    AND (b.period <> 'month' OR u.created_at >=
        date_trunc('month', %(at)s::timestamptz AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s)
WHERE b.id = %(budget)s GROUP BY b.id ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants
#: What other jobs have reserved of budget b and not used yet.
RESERVED = """
SELECT coalesce(sum(greatest(0, e.reserved - coalesce((
    SELECT sum(u.cost) FROM llm_manager_llmusage u WHERE u.job_id = e.job_id), 0))), 0)
FROM llm_manager_estimate e JOIN jobs_job j ON j.id = e.job_id
WHERE j.status IN ('pending', 'processing') AND e.job_id IS DISTINCT FROM %(job)s
    AND e.reserved > 0 AND (b.user_id IS NULL OR b.user_id = e.user_id)
    AND (b.subject = '' OR b.subject = e.subject)
"""
#: It counts as gone.
STATE = f"""
SELECT b.name, b."limit", b.period, a.spent, a.held, ({RESERVED}), b.id
FROM llm_manager_budgetaccount a JOIN llm_manager_budget b ON b.id = a.budget_id
WHERE a.id = ANY(%(accounts)s) ORDER BY a.id FOR UPDATE OF a
"""  # noqa: S608 - a constant
HOLD = "UPDATE llm_manager_budgetaccount SET held = held + %(most)s WHERE id = ANY(%(accounts)s)"
ENTER = """
INSERT INTO llm_manager_llmusage (model_id, purpose, subject, job_id, user_id, characters,
    input_tokens, output_tokens, cached_tokens, cost, latency_ms, outcome, created_at)
VALUES (%(model)s, %(purpose)s, %(subject)s, (SELECT id FROM jobs_job WHERE id = %(job)s),
    %(user)s, %(characters)s, %(input)s, %(output)s, %(cached)s, %(cost)s, %(latency)s,
    %(outcome)s, %(at)s) RETURNING id
"""
CLOSE = """
WITH before AS (SELECT id, cost FROM llm_manager_llmusage
    WHERE id = %(id)s AND outcome = 'started' FOR UPDATE)
UPDATE llm_manager_llmusage u SET input_tokens = %(input)s, output_tokens = %(output)s,
    cached_tokens = %(cached)s, cost = coalesce(%(cost)s, before.cost), latency_ms = %(latency)s,
    outcome = %(outcome)s
FROM before WHERE u.id = before.id
RETURNING before.cost, u.cost, u.user_id, u.subject, u.created_at
"""
#: Accounts are always locked in this order, so that no two transactions wait for each other.
LOCK_ACCOUNTS = f"""
SELECT a.id FROM llm_manager_budgetaccount a JOIN llm_manager_budget b ON b.id = a.budget_id
WHERE a.period_start = {PERIOD_START} AND {APPLIES} ORDER BY a.id FOR UPDATE OF a
"""  # noqa: S608 - constants
SETTLE = """
UPDATE llm_manager_budgetaccount SET held = held - %(held)s, spent = spent + %(real)s
WHERE id = ANY(%(accounts)s)
"""
STOP = """
INSERT INTO llm_manager_budgetstop (job_id, budget_id, subject, needed, created_at)
VALUES (%(job)s, %(budget)s, %(subject)s, %(needed)s, clock_timestamp())
ON CONFLICT (job_id) DO NOTHING
"""
LOST = """
SELECT u.id FROM llm_manager_llmusage u JOIN llm_manager_llmmodel m ON m.id = u.model_id
JOIN llm_manager_llmapi a ON a.id = m.api_id
WHERE u.outcome = 'started'
    AND u.created_at < clock_timestamp() - make_interval(secs => a.timeout_seconds + 300)
ORDER BY u.id LIMIT 1000
"""


@dataclass(frozen=True)
class Booking:
    """Whose call it is and what for. `subject` names a thing that has a budget, as in rfp:12."""

    purpose: str
    job_id: int | None = None
    user_id: int | None = None
    subject: str = ""


@dataclass(frozen=True)
class Ended:
    """How a call ended. `cost` None: not known, so what was held for it is its cost."""

    outcome: str
    latency_ms: int
    cost: Decimal | None
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def values(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome[:40],
            "latency": min(self.latency_ms, LONGEST_LATENCY_MS),
            "cost": None if self.cost is None else min(self.cost, HIGHEST_COST),
            "input": self.input_tokens,
            "output": self.output_tokens,
            "cached": self.cached_tokens,
        }


@dataclass(frozen=True)
class Short:
    """A budget that does not allow a call. `for_good`: not only until calls under way end."""

    budget_id: int
    name: str
    limit: Decimal
    period: str
    reserved: Decimal
    for_good: bool
    #: What the call may have cost.
    needed: Decimal


def enter(
    model_id: int, booking: Booking, characters: int, most: Decimal, *, zone: str
) -> int | Short:
    """Open the entry of a call that may cost `most`: its id, or the budget that is short of it.
    `zone` says when a month begins. Raises psycopg.Error."""
    values = _values(model_id, booking, characters) | {"zone": zone, "most": most}
    values |= Ended("started", 0, most).values()
    while True:
        found = session().work(lambda run: _enter(run, values))
        if not isinstance(found, list):
            return found
        session().work(partial(_open_accounts, budgets=found, values=values))


def record(model_id: int, booking: Booking, characters: int, ended: Ended) -> None:
    """Write the entry of a call that cost nothing. Raises psycopg.Error."""
    values = _values(model_id, booking, characters) | ended.values()
    session().work(lambda run: run(ENTER, values | {"at": _now(run)}))


def close(entry: int, ended: Ended, *, zone: str) -> None:
    """Put the real cost in the place of what was held. An entry that is closed already stays
    as it is. Raises psycopg.Error."""
    session().work(lambda run: _close(run, ended.values() | {"id": entry, "zone": zone}))


def close_lost(*, zone: str) -> int:
    """Close the entries of calls whose worker must have died: how many. What they cost is not
    known, so they stay booked at the most that it can be."""
    lost = session().work(lambda run: run(LOST, {}))
    for (entry,) in lost:
        close(entry, Ended("lost", 0, None), zone=zone)
    return len(lost)


def note_stop(booking: Booking, short: Short) -> None:
    """Remember that a budget stopped a job, so that it can go on when the budget is raised."""
    values = {"job": booking.job_id, "budget": short.budget_id, "subject": booking.subject}
    session().work(lambda run: run(STOP, values | {"needed": short.needed}))


def _values(model_id: int, booking: Booking, characters: int) -> dict[str, Any]:
    return {
        "model": model_id, "purpose": booking.purpose[:40], "job": booking.job_id,
        "user": booking.user_id, "subject": booking.subject, "characters": characters,
    }  # fmt: skip


def _now(run: Run) -> Any:
    return run("SELECT clock_timestamp()", {})[0][0]


def _enter(run: Run, values: dict[str, Any]) -> int | Short | list[int]:
    """The entry's id, a budget that is short, or the budgets whose accounts are to be opened."""
    run("SELECT pg_advisory_xact_lock_shared(%(lock)s)", {"lock": LEDGER})
    values = values | {"at": _now(run)}
    found = run(ACCOUNTS, values)
    unopened = [int(budget) for budget, account in found if account is None]
    if unopened:
        # In a transaction of its own: two who hold the shared lock would wait for each other.
        return unopened
    if found:
        values["accounts"] = [account for _, account in found]
        short = _short(run(STATE, values), values["most"])
        if short is not None:
            return short
        run(HOLD, values)
    return int(run(ENTER, values)[0][0])


def _open_accounts(run: Run, budgets: Sequence[int], values: dict[str, Any]) -> None:
    run("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": LEDGER})
    at = _now(run)
    for budget in budgets:
        run(OPEN_ACCOUNT, values | {"at": at, "budget": budget})


def _short(states: Sequence[Row], most: Decimal) -> Short | None:
    """The first budget that does not allow a call of `most`."""
    for name, limit, period, spent, held, reserved, budget in states:
        if spent + held + reserved + most > limit:
            for_good = spent + reserved + most > limit
            return Short(budget, name, limit, period, reserved, for_good, most)
    return None


def _close(run: Run, values: dict[str, Any]) -> None:
    run("SELECT pg_advisory_xact_lock_shared(%(lock)s)", {"lock": LEDGER})
    for held, real, user, subject, at in run(CLOSE, values):
        of = values | {"held": held, "real": real, "user": user, "subject": subject, "at": at}
        accounts = [row[0] for row in run(LOCK_ACCOUNTS, of)]
        run(SETTLE, of | {"accounts": accounts})
