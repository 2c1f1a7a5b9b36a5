"""Keeps allauth's own HTTP within bounds: it speaks to the company's sign-in service only."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from accounts.errors import AccountRefused

MOST_BYTES = 1_000_000
SECONDS = 10
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


class ServiceRefused(AccountRefused):
    """The sign-in service is asked in a way that is not allowed here."""


def govern(session: Any) -> Any:
    """No redirects, no proxies or .netrc from the environment, a limit of time and size, TLS with
    the operator's own authorities, and plain HTTP to this machine only."""
    session.trust_env = False
    if settings.FETCH_CA_BUNDLE:
        session.verify = settings.FETCH_CA_BUNDLE
    send = session.request

    def request(method: str, url: str, **more: Any) -> Any:
        _check(url)
        more |= {"timeout": SECONDS, "allow_redirects": False, "stream": True}
        response = send(method, url, **more)
        _read(response)
        return response

    session.request = request
    return session


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ServiceRefused("The sign-in service must be asked over https.")


def _read(response: Any) -> None:
    """Take in the body, up to the limit; then it is there as if it had not been streamed."""
    body = response.raw.read(MOST_BYTES + 1, decode_content=True)
    if len(body) > MOST_BYTES:
        response.close()
        raise ServiceRefused("The sign-in service's answer is too long.")
    response._content = body
    response._content_consumed = True
