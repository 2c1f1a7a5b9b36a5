"""The HTTP client beneath the SDKs: answers of bounded size in bounded time, to one address."""

import logging
import os
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx2

from llm_manager.errors import AuthFailed, BadResponse, WrongAddress

#: A model's answer is text for one cell; lists of models and of vectors are longer.
CHAT_BYTES = 1_000_000
LIST_BYTES = 8_000_000
CONNECT_SECONDS = 10.0
#: Codings whose decoder works in small steps, so that the cap holds while unpacking.
CODINGS = ("", "identity", "gzip", "deflate")

# They log addresses at INFO and headers at DEBUG, whatever the level of our own logs.
for _name in ("httpx2", "httpcore2", "openai", "anthropic"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class CappedClient(httpx2.Client):
    """Reads every answer to its end within the read timeout, up to `max_bytes`.

    A redirect is not followed: it would carry the key and the documents to another address.
    """

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            follow_redirects=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
            headers={"Accept-Encoding": "identity"},
        )
        self.max_bytes = max_bytes

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        seconds = request.extensions.get("timeout", {}).get("read") or 600.0
        deadline = time.monotonic() + seconds
        options |= {"stream": True, "follow_redirects": False}
        response = super().send(request, **options)
        try:
            content = self._content(response, deadline)
        finally:
            response.close()
            self.cookies.clear()  # two APIs of one host share nothing
        headers = [(k, v) for k, v in response.headers.multi_items() if k != "content-encoding"]
        return httpx2.Response(
            response.status_code, headers=headers, content=content, request=request
        )

    def _content(self, response: httpx2.Response, deadline: float) -> bytes:
        if response.headers.get("content-encoding", "").strip().lower() not in CODINGS:
            raise BadResponse("The API's answer is packed in a way that was not asked for.")
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > self.max_bytes:
                raise BadResponse("The API's answer is far longer than an answer can be.")
            # The read timeout alone starts anew with every byte that drips in.
            if time.monotonic() > deadline:
                raise httpx2.ReadTimeout("", request=response.request)
        return bytes(content)


@lru_cache(maxsize=4)
def shared_client(max_bytes: int) -> CappedClient:
    """One client of this process for all APIs: it holds connections, but no address or key."""
    return CappedClient(max_bytes)


# A forked worker must not talk over its parent's connections.
os.register_at_fork(after_in_child=shared_client.cache_clear)


def timeouts(seconds: float) -> httpx2.Timeout:
    """A model may think for long; a connection is there soon or not at all."""
    return httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def checked_key(key: str) -> str:
    """`key` as it can go into a header. Raises AuthFailed without showing any of it."""
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AuthFailed("The stored key holds characters that no key has. Enter it again.")
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
        raise WrongAddress(
            "The API's address is not one. Enter it like https://host/v1, without name or password."
        )
    return base_url
