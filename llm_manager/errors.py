"""Everything that can go wrong with an LLM API, without addresses, headers or keys."""

from typing import TYPE_CHECKING, Optional

from jobs.errors import JobError, StopBatch, TransientItemError

if TYPE_CHECKING:
    from llm_manager.providers.base import Spent


class LLMError(JobError):
    """Base of all; the message is a sentence for people."""

    #: What the provider counted for the call all the same; None where it has not said.
    spent: Optional["Spent"] = None


class AuthFailed(LLMError, StopBatch):
    """The key is missing, wrong or not allowed to use this model."""


class OutOfCredit(LLMError, StopBatch):
    """The provider's account is out of credit: waiting does not help, paying does."""


class BudgetSpent(LLMError, StopBatch):
    """The installation's own monthly limit is reached."""


class UnknownModel(LLMError, StopBatch):
    """The API has no such model, or no such kind of call."""


class WrongAddress(LLMError, StopBatch):
    """The API's address leads nowhere that could answer."""


class RateLimited(TransientItemError, LLMError):
    """The provider asks for patience; `retry_after` in seconds if it said how long."""


class Overloaded(TransientItemError, LLMError):
    """The provider is busy or broken for the moment."""


class TimedOut(TransientItemError, LLMError):
    """No answer within the API's time limit."""


class Unreachable(TransientItemError, LLMError):
    """No connection to the API."""


class CutOff(Unreachable):
    """The connection broke while the answer was awaited: the call may have to be paid for."""


class BadResponse(TransientItemError, LLMError):
    """The answer was not what was asked for; another try may do better."""


class ContextTooLong(LLMError):
    """The prompt does not fit into the model's context window."""


class RefusedByFilter(LLMError):
    """The provider's content filter refused the prompt or the answer."""
