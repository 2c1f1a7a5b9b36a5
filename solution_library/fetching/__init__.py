"""The only place of Spelunker that makes outbound HTTP requests (LLM SDKs apart).

Every request, the first and each redirect, goes through the same four steps: parse the
address once, resolve it once, check every resolved IP, connect to exactly that IP.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3.exceptions
from django.conf import settings
from requests_hardened import Config

from solution_library.fetching.addresses import (
    FetchFailed,
    FetchRefused,
    IPAddress,
    Target,
    checked_addresses,
    join_target,
    parse_target,
)
from solution_library.fetching.transport import CarefulSession, Deadline, PinnedAdapter

__all__ = [
    "FetchFailed",
    "FetchLimits",
    "FetchRefused",
    "Fetched",
    "Target",
    "ca_bundle",
    "check_url",
    "checked_address",
    "fetch",
    "join_target",
    "parse_target",
]

REDIRECTS = {301, 302, 303, 307, 308}
TRY_LATER = {408, 425, 429}
KEPT_HEADERS = (
    "content-type", "content-disposition", "content-language", "x-robots-tag",
    "x-amz-bucket-region",
)  # fmt: skip
#: So much is read of the answer to a signed request that was refused: it says why.
MAX_ERROR_BYTES = 65_536
# More than a day is a server's way of saying "no"; the next sync asks again anyway.
MAX_RETRY_AFTER = 86_400.0


@dataclass(frozen=True)
class FetchLimits:
    """Bytes are counted after decompression; times are in seconds."""

    max_bytes: int = 25 * 1024 * 1024
    total_seconds: float = 60.0
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    max_redirects: int = 5


@dataclass(frozen=True)
class Fetched:
    """An answer of any status but those that mean "try later" (5xx, 408, 425, 429).

    `body` is empty unless the status is 2xx or the request was signed. `etag` and
    `last_modified` are only given when the address answered itself: a validator of a redirect's
    destination, sent to another destination later, would call a changed page unchanged.
    """

    status: int
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    not_modified: bool = False


def fetch(
    url: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    limits: FetchLimits | None = None,
    stay_on: Collection[str] | None = None,
    signed: Mapping[str, str] | None = None,
) -> Fetched:
    """GET `url`, following redirects. Raises FetchRefused or FetchFailed.

    With `stay_on`, a set of `Target.site`, a redirect to any other site is refused before
    that site hears of us. `signed` headers are a signature for this very address: they are sent
    there and nowhere else, so a redirect is an answer like any other.
    """
    limits = limits or FetchLimits()
    target = parse_target(url)
    validators = _validator_headers(etag, last_modified) | dict(signed or {})
    with Deadline(limits.total_seconds) as deadline:
        for hop in range(limits.max_redirects + 1):
            # Validators belong to the first address only, see Fetched.
            headers = validators if hop == 0 else {}
            answer = _get(
                target, headers, limits, deadline, first=hop == 0, signed=signed is not None
            )
            if isinstance(answer, Fetched):
                return answer
            target = _next_target(target, answer, stay_on)
    raise FetchFailed(
        f"{target.shown} was reached after {limits.max_redirects} redirects and redirects "
        "again. Enter the final address."
    )


def check_url(url: str, *, seconds: float = 10.0) -> Target:
    """Parses and resolves without an HTTP request. Raises FetchRefused or FetchFailed."""
    target = parse_target(url)
    checked_addresses(target, allowed_hosts=allowed_hosts(), seconds=seconds)
    return target


def checked_address(url: str, *, seconds: float = 10.0) -> tuple[Target, IPAddress, bool]:
    """For programs that connect by themselves, like git: the target, the one IP address that
    they must be made to use, and whether the operator allows this host although it is
    private. Raises FetchRefused or FetchFailed."""
    target, allowed = parse_target(url), allowed_hosts()
    addresses = checked_addresses(target, allowed_hosts=allowed, seconds=seconds)
    return target, addresses[0], target.host_port in allowed


def ca_bundle() -> str:
    """The operator's own certificate authorities as a file; "" for the usual ones."""
    return str(_setting("FETCH_CA_BUNDLE", ""))


def allowed_hosts() -> Collection[str]:
    """Exact "host:port" pairs which may be fetched although they are not public."""
    return frozenset(_setting("FETCH_ALLOWED_HOSTS", ()))


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default) if settings.configured else default


def _user_agent() -> str:
    return f"Spelunker/{_setting('SPELUNKER_VERSION', '1.0')}"


def _validator_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    pairs = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    # Stored from another server's answer: a line break here would be a second header.
    return {name: value for name, value in pairs.items() if value and value.isprintable()}


def _next_target(target: Target, location: str, stay_on: Collection[str] | None) -> Target:
    try:
        following = join_target(target, location)
    except FetchRefused as refusal:
        raise FetchRefused(f"{target.shown} redirects elsewhere: {refusal.reason}") from None
    if stay_on is not None and following.site not in stay_on:
        raise FetchRefused(f"{target.shown} redirects to another site, {following.netloc}.")
    if target.scheme == "https" and following.scheme == "http":
        raise FetchRefused(
            f"{target.shown} redirects from https to unprotected http; enter the http "
            "address itself if that is meant."
        )
    return following


def _get(
    target: Target,
    headers: dict[str, str],
    limits: FetchLimits,
    deadline: Deadline,
    *,
    first: bool,
    signed: bool,
) -> Fetched | str:
    """One hop: the answer, or the Location that it redirects to."""
    seconds = min(limits.connect_seconds, deadline.left())
    addresses = checked_addresses(target, allowed_hosts=allowed_hosts(), seconds=seconds)
    with explained(target, limits, deadline), new_session() as session:
        response = _connect(session, target, addresses, headers, limits, deadline)
        with contextlib.closing(response):
            leads_on = response.status_code in REDIRECTS and response.headers.get("location")
            if leads_on and not signed:
                # Python reads header bytes as latin-1; browsers read a Location as UTF-8.
                raw = response.headers["location"].encode("latin-1", "replace")
                location: str = raw.decode("utf-8", "replace")
                return location
            if signed and response.status_code >= 300:
                limits = replace(limits, max_bytes=MAX_ERROR_BYTES)
            return _answer(response, target, limits, deadline, first=first, signed=signed)


def _connect(
    session: CarefulSession,
    target: Target,
    addresses: list[IPAddress],
    headers: dict[str, str],
    limits: FetchLimits,
    deadline: Deadline,
) -> requests.Response:
    """Tries at most three of the checked addresses: a host may list one that is down."""
    filtered = target.host_port not in allowed_hosts()
    for address in addresses[:3]:
        session.mount(f"{target.scheme}://", PinnedAdapter(target, address, filtered=filtered))
        timeout = (
            min(limits.connect_seconds, deadline.left()),
            min(limits.read_seconds, deadline.left()),
        )
        try:
            response: requests.Response = session.get(
                target.url, headers=headers, stream=True, timeout=timeout, allow_redirects=False
            )
            return response
        except requests.exceptions.SSLError:
            raise
        except (requests.ConnectionError, requests.ConnectTimeout):
            if address == addresses[:3][-1]:
                raise
    raise FetchFailed(f"{target.host} cannot be reached.")


def new_session() -> CarefulSession:
    session = CarefulSession(
        Config(
            ip_filter_enable=False,  # PinnedAdapter asks the library's filter itself
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(10, 20),
            user_agent_override=_user_agent(),
        )
    )
    # No proxies and no .netrc passwords from the environment of the server.
    session.trust_env = False
    session.verify = ca_bundle() or True
    session.headers["Accept-Encoding"] = "gzip, deflate"
    return session


def _answer(
    response: requests.Response,
    target: Target,
    limits: FetchLimits,
    deadline: Deadline,
    *,
    first: bool,
    signed: bool,
) -> Fetched:
    status = response.status_code
    if status >= 500 or status in TRY_LATER or status < 200:
        raise FetchFailed(
            f"{target.shown} answered {status} {response.reason or ''}".strip()[:300] + ".",
            retry_after=retry_after(response.headers.get("retry-after")),
            status=status,
        )
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Fetched(
        status=status,
        url=target.url,
        headers=kept,
        body=_read(response, target, limits, deadline) if status < 300 or signed else b"",
        etag=response.headers.get("etag") if first else None,
        last_modified=response.headers.get("last-modified") if first else None,
        not_modified=status == 304,
    )


def _read(
    response: requests.Response, target: Target, limits: FetchLimits, deadline: Deadline
) -> bytes:
    _check_encoding(response, target)
    length = response.headers.get("content-length", "")
    too_large = FetchFailed(
        f"{target.shown} is larger than {limits.max_bytes / 1_048_576:.3g} MB, which is the limit."
    )
    if length.isdigit() and int(length[:18]) > limits.max_bytes:
        raise too_large
    body = bytearray()
    for part in response.raw.stream(65_536, decode_content=True):
        body += part
        if len(body) > limits.max_bytes:
            raise too_large
    if deadline.passed():
        # The shut-down connection can look like a regular end of the body.
        raise _too_slow(target, limits)
    return bytes(body)


def _check_encoding(response: requests.Response, target: Target) -> None:
    encodings = response.headers.get("content-encoding", "identity").lower().split(",")
    unknown = [e.strip() for e in encodings if e.strip() not in {"gzip", "deflate", "identity", ""}]
    if unknown or len(encodings) > 2:
        raise FetchFailed(f"{target.shown} is packed in a way that we did not ask for.")


def _too_slow(target: Target, limits: FetchLimits) -> FetchFailed:
    return FetchFailed(f"{target.shown} was not complete after {limits.total_seconds:g} seconds.")


@contextlib.contextmanager
def explained(target: Target, limits: FetchLimits, deadline: Deadline) -> Iterator[None]:
    """Turns library errors into our sentences, and drops their text: it quotes addresses."""
    try:
        yield
    except (FetchFailed, FetchRefused):
        if not deadline.passed():
            raise
        raise _too_slow(target, limits) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        if deadline.passed():
            raise _too_slow(target, limits) from None
        raise _translated(error, target) from None


def _translated(error: Exception, target: Target) -> Exception:
    known: list[tuple[tuple[type[Exception], ...], str]] = [
        ((requests.exceptions.SSLError, urllib3.exceptions.SSLError),
         "has a certificate that cannot be verified"),
        ((requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
         "did not answer in time"),
        ((urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError),
         "sent data that cannot be unpacked"),
        ((urllib3.exceptions.ProtocolError,), "broke off before the end"),
        ((requests.ConnectionError, urllib3.exceptions.HTTPError, OSError), "cannot be reached"),
    ]  # fmt: skip
    if type(error).__name__ == "InvalidIPAddress":
        return FetchRefused(f"{target.host} is not on the public internet.")
    for kinds, words in known:
        if isinstance(error, kinds):
            return FetchFailed(f"{target.shown} {words}.")
    return FetchFailed(f"{target.shown} gave an answer that is not proper HTTP.")


def retry_after(value: str | None) -> float | None:
    """Seconds, from either form that HTTP allows; None if absent or unreadable."""
    if not value:
        return None
    if value.strip().isdecimal():
        return min(float(value.strip()[:12]), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait = (moment - datetime.now(UTC)).total_seconds()
    return min(max(wait, 0.0), MAX_RETRY_AFTER)
