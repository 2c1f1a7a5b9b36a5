"""One call and its entry in the books, as a context."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

import psycopg

from jobs.errors import TryLater
from jobs.working import abandoned
from llm_manager import errors
from llm_manager.control import ledger
from llm_manager.control.ledger import Booking, Ended, Short
from llm_manager.control.turns import LONGEST_WAIT_SECONDS
from llm_manager.providers.base import Spent

logger = logging.getLogger(__name__)
T = TypeVar("T")
#: Between two looks whether calls under way have left something of a budget.
LOOK_SECONDS = 0.25
#: A reply is in hand or paid for: so long a database that is away is waited for.
CLOSING_SECONDS = 20.0
#: These answers of an API cost nothing, as far as any provider says.
UNPAID = (
    errors.AuthFailed, errors.OutOfCredit, errors.UnknownModel, errors.WrongAddress,
    errors.RateLimited, errors.Overloaded, errors.ContextTooLong,
)  # fmt: skip
NOTHING = Decimal(0)


class Prices:
    """What a model's tokens cost, in US dollars per million. Cached input may cost less."""

    MILLION = Decimal(1_000_000)

    def __init__(self, input: Decimal, output: Decimal, cached: Decimal | None = None) -> None:
        self.input, self.output = input, output
        self.cached = input if cached is None else cached

    @property
    def are_nothing(self) -> bool:
        return not (self.input or self.output or self.cached)

    def of(self, spent: Spent) -> Decimal:
        cached = min(spent.cached_tokens, spent.input_tokens)
        fresh = spent.input_tokens - cached
        dear = fresh * self.input + cached * self.cached + spent.output_tokens * self.output
        return dear / self.MILLION


class Entry:
    """The entry of a call that is under way. Say with `used` what it took."""

    def __init__(self, most: Spent) -> None:
        #: The most that it is expected to take.
        self.most = most
        self.spent: Spent | None = None
        #: Of its row in the books; None for a call that costs nothing, whose row is written last.
        self.number: int | None = None

    def used(self, spent: Spent) -> None:
        self.spent = spent


@contextmanager
def entry(
    model_id: int, prices: Prices, booking: Booking, characters: int, most: Spent, zone: str
) -> Iterator[Entry]:
    """Within, the call is in the books; on leaving, so is how it ended.

    Raises BudgetSpent if a budget does not allow `most`, TryLater if it will when calls that are
    under way have ended but they take long, or when the books cannot be reached.
    """
    mine, number = Entry(most), None
    if not prices.are_nothing:
        mine.number = number = _open(model_id, booking, characters, prices.of(most), zone)
    started = time.monotonic()
    try:
        yield mine
    except Exception as error:
        spent = mine.spent or getattr(error, "spent", None)
        ended = _ended(_name(error), started, _cost(prices, spent, error), spent)
        _close(number, model_id, booking, characters, ended, zone)
        raise
    ended = _ended("ok", started, prices.of(mine.spent or mine.most), mine.spent)
    _close(number, model_id, booking, characters, ended, zone)


def _open(model_id: int, booking: Booking, characters: int, most: Decimal, zone: str) -> int:
    give_up = time.monotonic() + LONGEST_WAIT_SECONDS
    while True:
        try:
            found = ledger.enter(model_id, booking, characters, most, zone=zone)
        except psycopg.OperationalError as error:
            raise TryLater("The books cannot be reached.", retry_after=2.0) from error
        if isinstance(found, int):
            return found
        _refuse_or_wait(found, booking, give_up)


def _refuse_or_wait(short: Short, booking: Booking, give_up: float) -> None:
    if short.for_good:
        if booking.job_id is not None:
            ledger.note_stop(booking, short)
        raise errors.BudgetSpent(sentence(short))
    if abandoned() or time.monotonic() > give_up:
        raise TryLater("What is left of the budget is held for other calls.", retry_after=5.0)
    time.sleep(LOOK_SECONDS)


def sentence(short: Short) -> str:
    """Which budget does not allow a call, and what can be done about it."""
    each = " a month" if short.period == "month" else ""
    reserved = f", with ${short.reserved:.2f} reserved for other jobs" if short.reserved else ""
    return (
        f"The budget “{short.name}” of ${short.limit:.2f}{each} is spent{reserved}. Raise it, or "
        "go on with a model that costs nothing."
    )


def _ended(outcome: str, started: float, cost: Decimal | None, spent: Spent | None) -> Ended:
    spent = spent or Spent()
    latency = int((time.monotonic() - started) * 1000)
    return Ended(
        outcome, latency, cost, spent.input_tokens, spent.output_tokens, spent.cached_tokens
    )


def _cost(prices: Prices, spent: Spent | None, error: Exception) -> Decimal | None:
    """What a failed call cost; None where nobody knows: then it may have been all of it."""
    if spent is not None:
        return prices.of(spent)
    unpaid = isinstance(error, UNPAID) and not isinstance(error, errors.CutOff)
    return NOTHING if prices.are_nothing or unpaid else None


def _name(error: Exception) -> str:
    """The outcome's name: of our own errors, such as rate_limited; of others just that."""
    if not isinstance(error, errors.LLMError):
        return "broken_off"
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _close(
    number: int | None, model_id: int, booking: Booking, characters: int, ended: Ended, zone: str
) -> None:
    if number is None:
        _patiently(lambda: ledger.record(model_id, booking, characters, ended))
    else:
        entry_id = number
        _patiently(lambda: ledger.close(entry_id, ended, zone=zone))


def _patiently(write: Callable[[], None]) -> None:
    """An entry that cannot be closed stays open, and is closed as lost later. Whatever happens to
    the books, the reply is not lost with them."""
    give_up = time.monotonic() + CLOSING_SECONDS
    while True:
        try:
            return write()
        except psycopg.Error as error:
            passes = isinstance(error, psycopg.OperationalError)
            if not passes or time.monotonic() > give_up:
                logger.error("A call could not be entered in the books: %s", type(error).__name__)
                return None
            time.sleep(0.5)
