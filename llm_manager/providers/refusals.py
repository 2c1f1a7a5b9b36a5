"""Turns what the SDKs raise into our errors: nothing of their text, so no address and no key."""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Any, TypeVar

import httpx2

from llm_manager import errors
from llm_manager.providers.base import Spent

T = TypeVar("T")
LONGEST_WAIT_SECONDS = 3600.0
MOST_WORDS = 5000
NETWORK = (httpx2.HTTPError, httpx2.StreamError, OSError)
#: What reading an answer of another shape than promised ends in.
MISSHAPEN = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
NOT_UNDERSTOOD = "The API's answer cannot be understood."
#: Of English prose, where an API does not say what it counted.
CHARACTERS_PER_TOKEN = 4
MOST_TOKENS = 100_000_000

CONTEXT = re.compile(
    r"context.?(?:length|window|size)|maximum context|too many tokens|too long|exceeds? the (?:max|"
    r"token)|string_above_max"
)
FILTER = re.compile(r"content.?(?:filter|policy|management)|responsible.?ai|safety|blocked by")
# With 403, where a firewall's page may speak of blocking and safety too.
MODERATION = re.compile(r"content.?(?:filter|policy)|moderation|flagged")
# Not "quota" or "billing" alone: some say that of a limit per minute.
CREDIT = re.compile(
    r"insufficient_?quota|credit balance|billing_(?:hard|not)|insufficient (?:funds|credit|balance)"
    r"|per_?day"
)
KEY = re.compile(
    r"api.?key (?:not valid|is invalid|expired)|invalid.?api.?key|incorrect api key|api_key_invalid"
)
REGION = re.compile(r"location is not supported|unsupported_country|country, region, or territory")
MODEL = re.compile(
    r"model_not_found|(?:model|deployment)\b.{0,200}\b(?:not found|not exist|unknown)"
)


@dataclass(frozen=True)
class Refused:
    """What an API answered instead of a result: to be compared, never to be shown."""

    status: int
    words: str
    headers: Mapping[str, str]


def _refused(error: Any) -> Refused:
    headers = getattr(getattr(error, "response", None), "headers", {})
    return Refused(int(getattr(error, "status_code", 0)), said(error), headers)


@dataclass(frozen=True)
class SdkErrors:
    """The errors of one SDK by what they mean."""

    base: type[Exception]
    status: type[Exception]
    #: Wraps whatever interrupted a request; our own errors among them.
    connection: type[Exception] | None = None
    read: Callable[[Any], Refused] = _refused


def plainly(call: Callable[[], T], sdk: SdkErrors) -> T:
    """The result of `call`. Raises LLMError for whatever an API or a network can do to it."""
    try:
        return call()
    except (errors.LLMError, sdk.base, *NETWORK, *MISSHAPEN) as error:
        plain = _plain(error, sdk)
    # Outside of the except block and without its frames: the SDK's error and the request with
    # its headers are then not even in the traceback for a talkative reporter to find.
    raise plain.with_traceback(None)


def _plain(error: Exception, sdk: SdkErrors) -> Exception:
    if isinstance(error, errors.LLMError):
        return _alone(error)
    if sdk.connection is not None and isinstance(error, sdk.connection):
        return _cause(error)
    if isinstance(error, httpx2.InvalidURL):
        return errors.WrongAddress("The API's address is not one. Enter it like https://host/v1.")
    if isinstance(error, NETWORK):
        return errors.Unreachable("The API cannot be reached.")
    if isinstance(error, sdk.status):
        return refusal(sdk.read(error))
    return errors.BadResponse(NOT_UNDERSTOOD)


def _cause(error: Exception) -> Exception:
    """The SDKs call whatever interrupts a request a lost connection. What is not the network's
    (our own refusals, a worker's time limit) goes on as what it was."""
    cause = error.__cause__
    if isinstance(cause, Exception) and not isinstance(cause, NETWORK + MISSHAPEN):
        return _alone(cause)
    return errors.Unreachable("The API cannot be reached.")


def _alone(error: Exception) -> Exception:
    error.__cause__ = error.__context__ = None
    return error


def said(error: Exception) -> str:
    """What an API says about its refusal, in small letters."""
    body = getattr(error, "body", None)
    fields = body.get("error", body) if isinstance(body, Mapping) else body
    words = ""
    if isinstance(fields, Mapping):
        names = ("code", "type", "param", "message")
        words = " ".join(str(fields[name]) for name in names if fields.get(name))
    return (words or str(fields or ""))[:MOST_WORDS].lower()


def refusal(refused: Refused) -> errors.LLMError:
    """Our error for an HTTP status and the words that came with it."""
    status, words = refused.status, refused.words
    if status in (401, 403):
        return _forbidden(status, words)
    if status == 402 or CREDIT.search(words):
        return errors.OutOfCredit(
            "The account at this provider is out of credit, or its quota is used up."
        )
    if status == 429:
        return errors.RateLimited("The API's rate limit is reached.", retry_after(refused.headers))
    if status in (408, 504, 524):
        return errors.TimedOut("The API did not answer in time.")
    if status >= 500:
        text = f"The API failed with status {status}."
        return errors.Overloaded(text, retry_after(refused.headers))
    if status < 400:
        return errors.WrongAddress("The API has moved. Enter its new address.")
    return _bad_request(status, words)


def _forbidden(status: int, words: str) -> errors.LLMError:
    if status == 403 and MODERATION.search(words):
        return errors.RefusedByFilter("The provider's content filter refused this question.")
    if REGION.search(words):
        return errors.AuthFailed("The provider does not serve the region of this machine.")
    if status == 401:
        return errors.AuthFailed("The API refused the key. Enter a valid one.")
    return errors.AuthFailed("The API does not let this key use this model.")


def _bad_request(status: int, words: str) -> errors.LLMError:
    if status == 413 or CONTEXT.search(words):
        return errors.ContextTooLong("The prompt is longer than the model's context window.")
    if KEY.search(words):
        return _forbidden(401, words)
    if REGION.search(words):
        return _forbidden(403, words)
    if FILTER.search(words):
        return errors.RefusedByFilter("The provider's content filter refused this question.")
    if status in (404, 405, 410) or MODEL.search(words):
        return errors.UnknownModel("The API does not know this model or address.")
    return errors.LLMError(f"The API refused the request with status {status}.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that an API asks for, from seconds, milliseconds or a date; None if unsaid."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    text = headers.get("retry-after", "")
    seconds = _number(text) if milliseconds is None else milliseconds / 1000
    if seconds is None and (date := parsedate_tz(text)) is not None:
        seconds = mktime_tz(date) - time.time()
    if seconds is None:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


# -- what a call came to -------------------------------------------------------------------
@contextmanager
def billed(spent: Spent | None) -> Iterator[None]:
    """Within, a complete answer is read: whatever is wrong with it, it has to be paid for."""
    try:
        yield
    except errors.LLMError as error:
        error.spent = spent
        raise
    except MISSHAPEN:
        plain = errors.BadResponse(NOT_UNDERSTOOD)
        plain.spent = spent
        raise plain from None


def count(value: Any) -> int:
    """A number of tokens as an API states it; 0 where that is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), MOST_TOKENS)


def counted(spent: Spent) -> Spent | None:
    """None where an API has counted nothing: no call takes no tokens."""
    return spent if spent.input_tokens or spent.output_tokens else None


def guess(sent: int, written: int = 0) -> Spent:
    """Tokens of so many characters, for an API that does not count: nothing would be a lie."""
    tokens = (sent // CHARACTERS_PER_TOKEN + 1, written // CHARACTERS_PER_TOKEN)
    return Spent(tokens[0], tokens[1], guessed=True)
