"""The web server as deployed, asked by those who send slowly, too much, or two things at once."""

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.integration.installation import Driver, Installation

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SLOW = 50
#: Of a test whose server has just begun to start.
PATIENCE = 120


@pytest.fixture(scope="module")
def site(driver: Driver) -> Iterator[str]:
    """One server for all of these, which change nothing."""
    installation = Installation(driver, "pgmq://")
    try:
        yield installation.web()
    finally:
        installation.close()


def line_to(site: str) -> socket.socket:
    address = urlsplit(site)
    assert address.hostname is not None and address.port is not None
    return socket.create_connection((address.hostname, address.port), timeout=20)


def told(site: str, *raw: bytes) -> bytes:
    """All that the server says to these bytes before it closes, or for a while."""
    with line_to(site) as line:
        for part in raw:
            line.sendall(part)
        said = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while more := line.recv(65536):
                said += more
                line.settimeout(1.0)
        return said


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.") else 0


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", *(headers or ("Host: localhost",)), "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


def test_fifty_clients_that_send_a_byte_now_and_then_stop_nobody_else(site: str) -> None:
    head = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\n"
    body = head + b"Content-Length: 5000\r\nContent-Type: text/plain\r\n\r\n"
    lines = [line_to(site) for _ in range(SLOW)]
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.2):
            for line in lines:
                with contextlib.suppress(OSError):
                    line.sendall(b"x")

    try:
        for number, line in enumerate(lines):
            line.sendall(body if number % 2 else head + b"X-Slow: ")
        dripping = threading.Thread(target=drip)
        dripping.start()
        for _ in range(5):
            assert requests.get(f"{site}/login/", timeout=15).status_code == 200
        assert requests.get(f"{site}/healthz", timeout=15).json() == {"status": "ok"}
    finally:
        over.set()
        dripping.join()
        for line in lines:
            line.close()


def test_what_is_too_large_or_has_too_many_fields_is_refused_with_a_status(site: str) -> None:
    huge = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2147483648\r\n\r\n"
    said = told(site, huge)
    assert status(said) == 413 and b"128 MB at most" in said
    session = requests.Session()
    session.get(f"{site}/login/", timeout=15)
    token = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
    many = token | {f"field{number}": "x" for number in range(10_000)}
    assert session.post(f"{site}/login/", data=many, timeout=15).status_code == 400
    long = token | {"username": "x" * (6 << 20)}
    assert session.post(f"{site}/login/", data=long, timeout=15).status_code == 400


def test_one_request_is_never_read_as_two(site: str) -> None:
    second = b"GET /login/?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
    start = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\n"
    for headers in (
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 0\r\nContent-Length: 4\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: +4\r\n",
    ):
        said = told(site, start + headers + b"\r\n0\r\n\r\n" + second)
        assert said.count(b"HTTP/1.1 ") <= 1, headers
        assert status(said) in (400, 501), headers


def test_headers_that_lie_about_the_host_the_way_or_the_next_page_are_not_believed(
    site: str,
) -> None:
    assert status(told(site, get("/login/", "Host: evil.test"))) == 400
    assert status(told(site, get("/login/", "Host: localhost", "Host: evil.test"))) == 400
    crowd = [f"X-Same: {number}" for number in range(1000)]
    assert status(told(site, get("/login/", "Host: localhost", *crowd))) in (400, 431)
    said = told(site, get("/login/", "Host: localhost", "X-Forwarded-Proto: https"))
    assert status(said) == 200 and b"csrftoken=" in said
    for path in ("/login/?next=//evil.test/", "//evil.test/", "/\\evil.test"):
        said = told(site, get(path, "Host: localhost", "X-Forwarded-Host: evil.test"))
        assert b"Location: //evil" not in said and b"http://evil" not in said, path
    assert status(told(site, b"\x16\x03\x01 nonsense\r\n\r\n")) == 400


def test_a_body_that_comes_in_pieces_arrives_whole(site: str) -> None:
    form = b"username=nobody&password=x&login=nobody"
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, form[n : n + 1]) for n in range(len(form)))
    head = (
        b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
    )
    assert status(told(site, head, chunks, b"0\r\n\r\n")) == 403, "read, and without its token"


def test_a_server_that_is_told_to_stop_answers_who_is_sending_and_waits_for_nobody_else(
    driver: Driver,
) -> None:
    """Waiting would take it ten minutes."""
    installation = Installation(driver, "pgmq://")
    try:
        site = installation.web("--graceful-timeout", "600", "--keep-alive", "600")
        (web,) = installation.processes
        with line_to(site) as silent, requests.Session() as kept, line_to(site) as sending:
            silent.settimeout(PATIENCE)
            sending.settimeout(PATIENCE)
            assert kept.get(f"{site}/healthz", timeout=PATIENCE).status_code == 200
            sending.sendall(get("/healthz")[:-2])
            web.guarded.signal(signal.SIGTERM)
            assert silent.recv(1) == b""
            sending.sendall(b"\r\n")
            assert status(sending.recv(65536)) == 200
            installation.wait(lambda: not web.lives, "the server has stopped", PATIENCE)
        assert web.guarded.code == 0 and "Shutting down" in web.said
    finally:
        installation.close()
