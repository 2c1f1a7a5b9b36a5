"""How `fetching` connects: to one checked IP address, for a limited time."""

import contextlib
import socket
import threading
import time
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import HTTPSession
from requests_hardened.ip_filter import filter_host
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from solution_library.fetching.addresses import FetchRefused, IPAddress, Target


class CarefulSession(HTTPSession):  # type: ignore[misc]  # the library has no types
    """A session that leaves redirects alone.

    Even when told not to follow, requests reads the whole body of a redirect into memory
    to prepare the next request; without a redirect target it does not.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class Deadline:
    """Ends a fetch after `seconds`, whatever the other side does.

    Socket timeouts start again with every byte, so a server that sends one byte now and
    then would hold a worker for ever. The timer shuts the connection down from outside;
    a duplicate of the socket is kept since TLS takes the original one over.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.expired = False

    def __enter__(self) -> Self:
        self._token = _current_deadline.set(self)
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        _current_deadline.reset(self._token)
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()

    def left(self) -> float:
        """Seconds, never quite 0: a timeout of 0 means "do not wait" to the socket."""
        return max(self._end - time.monotonic(), 0.001)

    def passed(self) -> bool:
        return self.expired or time.monotonic() >= self._end

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.append(sock.dup())
        if self.expired:
            self._expire()

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


_current_deadline: ContextVar[Deadline] = ContextVar("current_deadline")


class _WatchedConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _current_deadline.get().watch(sock)
        return sock


class _WatchedTlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _current_deadline.get().watch(sock)
        return sock


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class PinnedAdapter(HTTPAdapter):
    """Connects to one checked IP while Host, SNI and the certificate use the name."""

    def __init__(self, target: Target, address: IPAddress, *, filtered: bool) -> None:
        self._target = target
        self._address = address
        self._filtered = filtered
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools = {"http": _WatchedPool, "https": _WatchedTlsPool}
        self.poolmanager.pool_classes_by_scheme = pools

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        keys: tuple[Any, Any] = super().build_connection_pool_key_attributes(request, verify, cert)
        host, tls = keys
        target = self._target
        default_port = 443 if host["scheme"] == "https" else 80
        seen = (host["scheme"], host["host"], host["port"] or default_port)
        if seen != (target.scheme, target.host, target.port):
            raise FetchRefused("The address can be read in two ways; write it plainly.")
        if self._filtered:
            # The library's filter as a second opinion about the very address called.
            filter_host(str(self._address), target.port, allow_loopback=False)
        request.headers["Host"] = target.netloc
        if target.scheme == "https":
            tls["server_hostname"] = tls["assert_hostname"] = target.host
        host["host"] = str(self._address)
        return host, tls
