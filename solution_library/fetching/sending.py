"""Sends a message to an address that somebody entered: checked like everything that we fetch.

No redirect is followed: whoever wants the message says where it goes, and a signed body is for
nobody else. The answer's body is not read.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from solution_library import fetching
from solution_library.fetching.addresses import (
    FetchFailed,
    FetchRefused,
    IPAddress,
    Target,
    checked_addresses,
    parse_target,
)
from solution_library.fetching.transport import CarefulSession, Deadline, PinnedAdapter

#: To connect, to answer, and for both together.
CONNECT_SECONDS = 3.0
SECONDS = 5.0
MAX_BODY_BYTES = 256 * 1024
MOST_ADDRESSES = 3


@dataclass(frozen=True)
class Sent:
    """What the other side said; of its answer nothing else is kept."""

    status: int
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def check_receiver(url: str) -> Target:
    """Whether messages may be sent there: https, or a host that the operator allows; public, or a
    host that the operator allows. Raises FetchRefused or FetchFailed."""
    target = _receiver(url)
    allowed = fetching.allowed_hosts()
    checked_addresses(target, allowed_hosts=allowed, seconds=CONNECT_SECONDS)
    return target


def _receiver(url: str) -> Target:
    target = parse_target(url)
    if target.scheme != "https" and target.host_port not in fetching.allowed_hosts():
        raise FetchRefused("Messages are only sent to https addresses: write https:// in front.")
    return target


def send(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Sent:
    """POST `body`, which is JSON. Raises FetchRefused, and FetchFailed where nobody answered."""
    if len(body) > MAX_BODY_BYTES:
        raise FetchRefused("The message is larger than any that we send.")
    target = _receiver(url)
    with Deadline(seconds) as deadline:
        addresses = checked_addresses(
            target, allowed_hosts=fetching.allowed_hosts(),
            seconds=min(CONNECT_SECONDS, deadline.left()),
        )  # fmt: skip
        limits = fetching.FetchLimits(total_seconds=seconds)
        with fetching.explained(target, limits, deadline), fetching.new_session() as session:
            response = _post(session, target, addresses, body, headers, deadline)
            with contextlib.closing(response):
                after = fetching.retry_after(response.headers.get("retry-after"))
                return Sent(response.status_code, after)


def _post(
    session: CarefulSession,
    target: Target,
    addresses: list[IPAddress],
    body: bytes,
    headers: Mapping[str, str],
    deadline: Deadline,
) -> requests.Response:
    """To the first of the addresses that lets us connect. Once the message is on its way, no
    other is tried: it may have arrived."""
    filtered = target.host_port not in fetching.allowed_hosts()
    sent = {"Content-Type": "application/json", **headers}
    last = addresses[:MOST_ADDRESSES][-1]
    for address in addresses[:MOST_ADDRESSES]:
        session.mount(f"{target.scheme}://", PinnedAdapter(target, address, filtered=filtered))
        timeout = (min(CONNECT_SECONDS, deadline.left()), deadline.left())
        try:
            response: requests.Response = session.post(
                target.url, data=body, headers=sent, stream=True, timeout=timeout,
                allow_redirects=False,
            )  # fmt: skip
            return response
        except requests.ConnectionError as error:
            if address == last or not _never_connected(error):
                raise
    raise FetchFailed(f"{target.host} cannot be reached.")


def _never_connected(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in ("NewConnectionError", "ConnectTimeoutError")
