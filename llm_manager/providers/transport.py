"""The HTTP client beneath the SDKs: answers of bounded size in bounded time, to one address.

The key is put into its header here, as the last step: the SDKs are given none, so that nothing
of theirs (logs, errors, retries, settings from the environment) can take it elsewhere.
"""

import logging
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx2

from llm_manager import errors
from llm_manager.providers.base import ApiAccess
from llm_manager.providers.patience import Clock, PatientNetwork, ticking

#: A model's answer is text for one cell; lists of models and of vectors are longer.
CHAT_BYTES = 1_000_000
LIST_BYTES = 8_000_000
#: What the SDKs want to be told; the real one is put in by `BoundedClient`.
NO_KEY = "none"
#: Codings whose decoder works in small steps, so that the cap holds while unpacking.
CODINGS = ("", "identity", "gzip", "deflate")
#: All other headers of the SDKs stay here: what machine this is, whose account from the
#: environment is meant, their own idea of a key.
SENT_HEADERS = frozenset(
    {"accept", "anthropic-beta", "anthropic-version", "connection", "content-length",
     "content-type", "host", "user-agent", "x-server-timeout"}
)  # fmt: skip
TALKATIVE = ("httpx2", "httpcore2", "openai", "anthropic", "google_genai")


class BoundedClient(httpx2.Client):
    """One API as an SDK sees it: reads every answer to its end, in time and up to `max_bytes`.

    A redirect is not followed: it would carry the key and the documents to another address.
    Raises Unreachable, TimedOut or BadResponse.
    """

    def __init__(
        self, access: ApiAccess, max_bytes: int, credentials: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(transport=httpx2.BaseTransport(), trust_env=False)
        self.access = access
        self.max_bytes = max_bytes
        self.credentials = dict(credentials or {})
        _hush()

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return self._send(request)
        except Exception as error:
            raised = error
        # Without the frames below, in whose variables the headers are: what interrupts a call
        # (a worker's time limit, say) may end in a reporter that prints them.
        raised.__cause__ = raised.__context__ = None
        raise raised.with_traceback(None)

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        request.headers = self._sent_headers(request.headers)
        request.extensions = {}
        whole = self.access.timeout_seconds
        clock = Clock(self.access.first_byte_seconds or whole, whole)
        with _in_words(clock), ticking(clock):
            return self._exchange(request)

    def _sent_headers(self, headers: httpx2.Headers) -> httpx2.Headers:
        kept = [(name, value) for name, value in headers.multi_items() if name in SENT_HEADERS]
        return httpx2.Headers([*kept, ("accept-encoding", "identity"), *self.credentials.items()])

    def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        response = connections().send(request, stream=True, follow_redirects=False)
        try:
            content = self._all_of(response)
        finally:
            response.close()
            connections().cookies.clear()  # two APIs of one host share nothing
        headers = [(k, v) for k, v in response.headers.multi_items() if k != "content-encoding"]
        return httpx2.Response(
            response.status_code, headers=headers, content=content, request=request
        )

    def _all_of(self, response: httpx2.Response) -> bytes:
        if response.headers.get("content-encoding", "").strip().lower() not in CODINGS:
            raise errors.BadResponse("The API's answer is packed in a way that was not asked for.")
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > self.max_bytes:
                raise errors.BadResponse("The API's answer is far longer than an answer can be.")
        return bytes(content)


@contextmanager
def _in_words(clock: Clock) -> Iterator[None]:
    """What the network does to a call becomes our error, by how far the call had come."""
    try:
        yield
    except httpx2.UnsupportedProtocol:
        raise errors.WrongAddress(NO_ADDRESS) from None
    except httpx2.ConnectTimeout:
        raise errors.Unreachable("The API cannot be reached: no connection in time.") from None
    except httpx2.TimeoutException:
        raise errors.TimedOut(_too_late(clock)) from None
    except httpx2.ProxyError:
        raise errors.Unreachable("The API cannot be reached: the proxy refuses.") from None
    except httpx2.DecodingError:
        raise errors.BadResponse("The API's answer cannot be unpacked.") from None
    except (httpx2.TransportError, httpx2.StreamError, OSError) as error:
        plain = _broken(clock, error)
        raise plain from None


def _too_late(clock: Clock) -> str:
    if clock.answered:
        return "The API did not answer in time: its answer came too slowly."
    return "The API did not answer in time: it kept silent."


def _broken(clock: Clock, error: BaseException) -> errors.LLMError:
    if clock.sent:
        return errors.CutOff(BROKEN_OFF)
    return errors.Unreachable(_why(error))


def _why(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return "The API cannot be reached: this machine does not trust its certificate."
        if isinstance(error, ssl.SSLError):
            return "The API cannot be reached: it does not speak HTTPS as it should."
        if isinstance(error, socket.gaierror):
            return "The API cannot be reached: the host's name is not known."
        if isinstance(error, ConnectionRefusedError):
            return "The API cannot be reached: nothing listens at its address."
        error = error.__cause__ or error.__context__
    return "The API cannot be reached."


class Connections(httpx2.Client):
    """The connections of this process to all APIs. It knows no address and no key."""

    def __init__(self) -> None:
        super().__init__(
            follow_redirects=False,
            timeout=None,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        )
        for transport in (self._transport, *self._mounts.values()):
            if isinstance(transport, httpx2.HTTPTransport):
                # There is no public way to give it; that it works is tested byte by byte.
                transport._pool._network_backend = PatientNetwork()


@lru_cache(maxsize=1)
def connections() -> Connections:
    return Connections()


# A forked worker must not talk over its parent's connections.
os.register_at_fork(after_in_child=connections.cache_clear)


def _hush() -> None:
    """They log addresses at INFO and documents at DEBUG; the environment may ask them to, but
    only at their import, which comes before the first client."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level != logging.WARNING:
            logger.setLevel(logging.WARNING)


_hush()
BROKEN_OFF = "The API cannot be reached: the connection broke off before its answer was complete."
NO_ADDRESS = "The API's address is not one. Enter it like https://host/v1."


def bearer(key: str) -> dict[str, str]:
    """The header of `key` as most APIs take it; none where there is no key."""
    return {"authorization": f"Bearer {key}"} if key else {}


def checked_key(key: str) -> str:
    """`key` as it can go into a header. Raises AuthFailed without showing any of it."""
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise errors.AuthFailed("The stored key holds characters that no key has. Enter it again.")
    return key


def needed_key(access: ApiAccess) -> str:
    """The key of an API that takes no call without one. Raises AuthFailed."""
    key = checked_key(access.key())
    if not key:
        raise errors.AuthFailed("This API needs a key. Enter one.")
    return key


def checked_address(base_url: str) -> str:
    """`base_url` if it is one of HTTP without name or password in it. Raises WrongAddress."""
    try:
        url = urlsplit(base_url)
        httpx2.URL(base_url)
        usable = url.scheme in ("http", "https") and url.hostname and "@" not in url.netloc
    except (httpx2.InvalidURL, ValueError):
        usable = False
    if not usable:
        raise errors.WrongAddress(
            "The API's address is not one. Enter it like https://host/v1, without name or password."
        )
    return base_url
