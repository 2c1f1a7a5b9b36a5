"""Waiting for one's turn at an API, and telling all others how the call went."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from jobs.errors import TryLater
from jobs.working import abandoned
from llm_manager import errors
from llm_manager.control import gate
from llm_manager.control.gate import Limits, Refusal
from llm_manager.control.slots import Slots

SLOTS = Slots()
#: Between two looks for a free slot; one thread of a process looks for all that wait there.
LOOK_SECONDS = 0.015
#: Who has waited so long gives the item back, to be taken up again in its own time.
LONGEST_WAIT_SECONDS = 120.0
OPEN = "The API has failed several times in a row, so it is left alone for a while."
USED_UP = "The API's limit is used up for the moment."
FAILURES = (errors.Overloaded, errors.TimedOut, errors.Unreachable)


class CircuitOpen(TryLater):
    """The API has failed several times in a row, so nobody is to call it for a while."""


_lines: dict[int, threading.Lock] = defaultdict(threading.Lock)


class Turn:
    """A place among the calls to an API. Say with `used` how many tokens it came to."""

    def __init__(self, tokens: float) -> None:
        self.tokens = tokens
        self.real_tokens: float | None = None

    def used(self, tokens: float) -> None:
        self.real_tokens = tokens


@contextmanager
def turn(
    limits: Limits, tokens: float = 0.0, patience: float = LONGEST_WAIT_SECONDS
) -> Iterator[Turn]:
    """Wait until the API may be called, at most `patience` seconds, and report how it went.

    `tokens` is what the call will take, roughly. Raises TryLater when it is nobody's turn for
    long, or when the batch that asked has ended meanwhile.
    """
    mine, give_up = Turn(tokens), time.monotonic() + patience
    slot = _wait_for_slot(limits, give_up)
    try:
        matters = _wait_for_gate(limits, tokens, give_up)
        with _reported(limits, matters):
            yield mine
    finally:
        SLOTS.give_back(limits.api_id, slot)
        if mine.real_tokens is not None:
            gate.correct_tokens(limits, mine.real_tokens - tokens)


def _wait_for_slot(limits: Limits, give_up: float) -> int:
    with _lines[limits.api_id]:
        while True:
            _refuse_if_over(give_up)
            try:
                slot = SLOTS.take(limits.api_id, gate.limit_now(limits))
            except psycopg.Error:
                slot = None
                time.sleep(1)
            if slot is not None:
                return slot
            time.sleep(random.uniform(0.5, 1.5) * LOOK_SECONDS)


def _wait_for_gate(limits: Limits, tokens: float, give_up: float) -> bool:
    while True:
        _refuse_if_over(give_up)
        try:
            answer = gate.enter(limits, tokens)
        except psycopg.Error:
            answer = Refusal(1.0, False)
        if not isinstance(answer, Refusal):
            return answer
        if answer.is_open:
            raise CircuitOpen(OPEN, retry_after=answer.seconds)
        if time.monotonic() + answer.seconds > give_up:
            raise TryLater(USED_UP, retry_after=answer.seconds)
        time.sleep(min(0.5, max(LOOK_SECONDS, answer.seconds)))


def _refuse_if_over(give_up: float) -> None:
    if abandoned():
        raise TryLater("The batch has stopped.")
    if time.monotonic() > give_up:
        raise TryLater("All places at this API are taken.", retry_after=5.0)


@contextmanager
def _reported(limits: Limits, matters: bool) -> Iterator[None]:
    try:
        yield
    except errors.RateLimited as error:
        gate.asked_for_patience(limits, error.retry_after)
        raise
    except FAILURES as error:
        if isinstance(error, errors.Overloaded) and error.retry_after is not None:
            gate.asked_for_patience(limits, error.retry_after)
        gate.failed(limits)
        raise
    except errors.LLMError:
        raise  # the API works; what it was asked does not
    if matters:
        gate.went_well(limits)
