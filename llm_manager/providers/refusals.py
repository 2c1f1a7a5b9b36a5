"""Turns what the SDKs raise into our errors: nothing of their text, so no address and no key."""

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Any, TypeVar

import httpx2

from llm_manager import errors

T = TypeVar("T")
LONGEST_WAIT_SECONDS = 3600.0
NETWORK = (httpx2.HTTPError, httpx2.StreamError, OSError)
#: What reading an answer of another shape than promised ends in.
MISSHAPEN = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)

CONTEXT = re.compile(
    r"context.?(?:length|window|size)|maximum context|too many tokens|too long|exceeds? the (?:max|"
    r"token)|string_above_max"
)
FILTER = re.compile(r"content.?(?:filter|policy|management)|responsible.?ai|safety|blocked by")
# Not "quota" or "billing" alone: some say that of a limit per minute.
CREDIT = re.compile(
    r"insufficient_?quota|credit balance|billing_(?:hard|not)|insufficient (?:funds|credit|balance)"
)
KEY = re.compile(r"api.?key (?:not valid|is invalid)|invalid.?api.?key|incorrect api key")
MODEL = re.compile(
    r"model_not_found|(?:model|deployment)\b.{0,200}\b(?:not found|not exist|unknown)"
)


@dataclass(frozen=True)
class SdkErrors:
    """The errors of one SDK by what they mean."""

    base: type[Exception]
    status: type[Exception]
    timeout: type[Exception]
    connection: type[Exception]


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
    if isinstance(error, sdk.timeout | httpx2.TimeoutException):
        return errors.TimedOut("The API did not answer in time.")
    if isinstance(error, sdk.connection):
        return _cause(error)
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return errors.WrongAddress("The API's address is not one. Enter it like https://host/v1.")
    if isinstance(error, NETWORK):
        return errors.Unreachable("The API cannot be reached.")
    if isinstance(error, sdk.status):
        return refusal(
            int(getattr(error, "status_code", 0)),
            said(error),
            getattr(getattr(error, "response", None), "headers", {}),
        )
    return errors.BadResponse("The API's answer cannot be understood.")


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
    """What an API says about its refusal, in small letters: to be compared, never to be shown."""
    body = getattr(error, "body", None)
    fields = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(fields, Mapping):
        names = ("code", "type", "param", "message")
        fields = " ".join(str(fields.get(name) or "") for name in names)
    return str(fields or "")[:5000].lower()


def refusal(status: int, words: str, headers: Mapping[str, str]) -> errors.LLMError:
    """Our error for an HTTP status and the words that came with it."""
    if status in (401, 403):
        return _auth(status)
    if status == 402 or CREDIT.search(words):
        return errors.OutOfCredit("The account at this provider is out of credit.")
    if status == 429:
        return errors.RateLimited("The API's rate limit is reached.", retry_after(headers))
    if status in (408, 504, 524):
        return errors.TimedOut("The API did not answer in time.")
    if status >= 500:
        text = f"The API failed with status {status}."
        return errors.Overloaded(text, retry_after(headers))
    if status < 400:
        return errors.WrongAddress("The API has moved. Enter its new address.")
    return _bad_request(status, words)


def _auth(status: int) -> errors.LLMError:
    if status == 401:
        return errors.AuthFailed("The API refused the key. Enter a valid one.")
    return errors.AuthFailed("The API does not let this key use this model.")


def _bad_request(status: int, words: str) -> errors.LLMError:
    if status == 413 or CONTEXT.search(words):
        return errors.ContextTooLong("The prompt is longer than the model's context window.")
    if FILTER.search(words):
        return errors.RefusedByFilter("The provider's content filter refused this question.")
    if KEY.search(words):
        return _auth(401)
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


def count(value: Any) -> int:
    """A number of tokens as an API states it; 0 where that is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), 100_000_000)
