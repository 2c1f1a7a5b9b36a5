"""What is known of the request that is being answered, for code that never sees a request.

A request has a number of its own, `request.id`, which is in the answer's `X-Request-ID`, in the
log's lines and in the audit log. Work that was queued by it runs later, in no request.
"""

import ipaddress
import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

#: What a proxy may give; whatever else comes is replaced.
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{7,63}")


@dataclass(frozen=True)
class Context:
    """`request` is asked for the user when it is needed, because sign-in comes later."""

    id: str
    ip: str
    request: HttpRequest

    @property
    def user(self) -> Any:
        """Who is signed in, or None. Never asks the database for it."""
        return getattr(self.request, "_cached_user", None)


CURRENT: ContextVar[Context | None] = ContextVar("spelunker_request", default=None)


def request_context() -> Context | None:
    """The request that this thread answers, None outside one."""
    return CURRENT.get()


def current_request_id() -> str:
    """Of the request that this thread answers, empty outside one."""
    context = CURRENT.get()
    return context.id if context else ""


def request_id(request: HttpRequest) -> str:
    """The one that a trusted proxy gave, if it is well-formed, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    if settings.TRUSTED_PROXIES and WELL_FORMED.fullmatch(given):
        return given
    return uuid.uuid4().hex


def client_ip(request: HttpRequest) -> str:
    """Where the request comes from, empty if that is unknown (a socket file).

    Each trusted proxy appends the address it saw, so the client's is as many places from the end
    as there are proxies; what stands before it was written by the client.
    """
    told = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        hops = [hop for hop in hops if hop]
        told = hops[-min(settings.TRUSTED_PROXIES, len(hops))] if hops else told
    return _address(told)


def network_of(ip: str) -> str:
    """What is counted as one client: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip or "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
