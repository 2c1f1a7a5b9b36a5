"""The state of the calls to one API that all workers share, in one small row.

Requests and tokens per minute follow the generic cell rate algorithm (ITU-T I.371): one moment
says when the next call would be exactly on time; a call may come earlier by a burst. The limit
of concurrent calls halves when the API asks for patience and grows by one for each round of good
answers (additive increase, multiplicative decrease). After some failures in a row the circuit
opens; later a single call may try. All times are the database's.
"""

from dataclasses import dataclass

import psycopg

from llm_manager.control.session import session

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 30.0
#: How much of a minute's allowance may be used at once, in seconds of it.
BURST_SECONDS = 6.0
#: One burst of refusals halves the limit once.
CUT_PAUSE_SECONDS = 2.0
#: For an API that refuses without saying for how long.
USUAL_PAUSE_SECONDS = 2.0

CREATE = """
INSERT INTO llm_manager_apigate (api_id, failures) VALUES (%(api)s, 0) ON CONFLICT DO NOTHING
"""
#: Past an open circuit's time, the row moves that time on, so that one call alone gets through.
ENTER = """
UPDATE llm_manager_apigate SET
    next_request_at = greatest(next_request_at, clock_timestamp())
        + make_interval(secs => %(request_seconds)s),
    next_token_at = greatest(next_token_at, clock_timestamp())
        + make_interval(secs => %(token_seconds)s),
    open_until = CASE WHEN failures >= %(to_open)s
        THEN clock_timestamp() + make_interval(secs => %(open_seconds)s) END
WHERE api_id = %(api)s
    AND coalesce(paused_until, '-infinity') <= clock_timestamp()
    AND coalesce(open_until, '-infinity') <= clock_timestamp()
    AND coalesce(next_request_at, '-infinity')
        <= clock_timestamp() + make_interval(secs => %(burst)s)
    AND coalesce(next_token_at, '-infinity')
        <= clock_timestamp() + make_interval(secs => %(burst)s)
RETURNING limit_now IS NOT NULL OR failures > 0
"""
LOOK = """
SELECT extract(epoch FROM greatest(
        coalesce(paused_until, '-infinity'), coalesce(open_until, '-infinity'),
        next_request_at - make_interval(secs => %(burst)s),
        next_token_at - make_interval(secs => %(burst)s)) - clock_timestamp()),
    coalesce(open_until, '-infinity') > clock_timestamp()
FROM llm_manager_apigate WHERE api_id = %(api)s
"""
LIMIT = """
SELECT floor(least(limit_now, %(most)s)) FROM llm_manager_apigate WHERE api_id = %(api)s
"""
WENT_WELL = """
UPDATE llm_manager_apigate SET failures = 0, open_until = NULL, limit_now = CASE
    WHEN limit_now + 1 / limit_now < %(most)s THEN limit_now + 1 / limit_now END
WHERE api_id = %(api)s
"""
ASKED_FOR_PATIENCE = """
UPDATE llm_manager_apigate SET
    paused_until = greatest(paused_until, clock_timestamp() + make_interval(secs => %(pause)s)),
    limit_now = CASE
        WHEN coalesce(cut_at, '-infinity') < clock_timestamp() - make_interval(secs => %(cut)s)
        THEN greatest(1, coalesce(limit_now, %(most)s) / 2) ELSE limit_now END,
    cut_at = CASE
        WHEN coalesce(cut_at, '-infinity') < clock_timestamp() - make_interval(secs => %(cut)s)
        THEN clock_timestamp() ELSE cut_at END
WHERE api_id = %(api)s
"""
FAILED = """
UPDATE llm_manager_apigate SET failures = failures + 1, open_until = CASE
    WHEN failures + 1 >= %(to_open)s
    THEN clock_timestamp() + make_interval(secs => %(open_seconds)s) END
WHERE api_id = %(api)s
"""
MORE_TOKENS = """
UPDATE llm_manager_apigate
SET next_token_at = next_token_at + make_interval(secs => %(seconds)s) WHERE api_id = %(api)s
"""


@dataclass(frozen=True)
class Limits:
    """What an API allows. None: it names no such limit."""

    api_id: int
    max_concurrency: int
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    def token_seconds(self, tokens: float) -> float:
        """How much of the allowance so many tokens use, in seconds of it."""
        return 60.0 * tokens / self.tokens_per_minute if self.tokens_per_minute else 0.0

    @property
    def request_seconds(self) -> float:
        return 60.0 / self.requests_per_minute if self.requests_per_minute else 0.0


@dataclass(frozen=True)
class Refusal:
    """Not now. `seconds` until it may be tried again; `is_open`: because the API keeps failing."""

    seconds: float
    is_open: bool


def prepare(limits: Limits) -> None:
    """Make sure that the API has its row."""
    session().row(CREATE, {"api": limits.api_id})


def limit_now(limits: Limits) -> int:
    """How many calls at once are wise at the moment."""
    most = limits.max_concurrency
    row = session().row(LIMIT, {"api": limits.api_id, "most": most})
    return most if row is None or row[0] is None else max(1, int(row[0]))


def enter(limits: Limits, tokens: float) -> bool | Refusal:
    """Take a place in the allowance for a call of about so many tokens. True if how it goes
    matters to the row, False if a good answer changes nothing. Raises psycopg.Error."""
    values = {
        "api": limits.api_id,
        "request_seconds": limits.request_seconds,
        "token_seconds": limits.token_seconds(tokens),
        "burst": BURST_SECONDS,
        "to_open": FAILURES_TO_OPEN,
        "open_seconds": OPEN_SECONDS,
    }
    row = session().row(ENTER, values)
    if row is not None:
        return bool(row[0])
    looked = session().row(LOOK, values)
    if looked is None:
        prepare(limits)  # a first call ever, or a table that was emptied
        return Refusal(0.0, False)
    seconds, is_open = looked
    return Refusal(max(0.0, float(seconds or 0.0)), bool(is_open))


def went_well(limits: Limits) -> None:
    _report(WENT_WELL, limits)


def asked_for_patience(limits: Limits, seconds: float | None) -> None:
    pause = USUAL_PAUSE_SECONDS if seconds is None else seconds
    _report(ASKED_FOR_PATIENCE, limits, pause=pause, cut=CUT_PAUSE_SECONDS)


def failed(limits: Limits) -> None:
    _report(FAILED, limits, to_open=FAILURES_TO_OPEN, open_seconds=OPEN_SECONDS)


def correct_tokens(limits: Limits, more: float) -> None:
    """Book what a call used beyond, or below, what it was let in for."""
    if limits.tokens_per_minute and more:
        _report(MORE_TOKENS, limits, seconds=limits.token_seconds(more))


def _report(sql: str, limits: Limits, **values: float) -> None:
    """A report that the database does not take is lost; the next one says the same."""
    try:
        session().row(sql, {"api": limits.api_id, "most": limits.max_concurrency, **values})
    except psycopg.Error:
        return
