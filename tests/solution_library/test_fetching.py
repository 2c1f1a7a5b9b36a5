"""Fetching from a real local server: redirects, limits, headers, errors."""

import datetime
import gzip
import io
import socket
import ssl
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings

from solution_library.fetching import Fetched, FetchFailed, FetchLimits, FetchRefused, fetch
from tests.solution_library.local_site import Resolver, Site, serve

QUICK = FetchLimits(max_bytes=200_000, total_seconds=0.4, connect_seconds=0.2, read_seconds=0.2)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as local, override_settings(FETCH_ALLOWED_HOSTS=[local.host_port]):
        yield local


@pytest.fixture
def other() -> Iterator[Site]:
    """A second server that nothing allows: it must stay untouched."""
    with serve() as local:
        yield local


def redirect(location: str, status: int = 302) -> tuple[int, dict[str, str], str]:
    return status, {"Location": location}, ""


def test_a_page_arrives_with_its_validators_and_our_name_was_given(site: Site) -> None:
    site.page("/a", "<p>hello", ETag='"1"', Last_Modified="Sat, 21 Nov 2026 10:00:00 GMT")
    answer = fetch(f"{site.base}/a")
    assert (answer.status, answer.body, answer.etag) == (200, b"<p>hello", '"1"')
    assert answer.last_modified == "Sat, 21 Nov 2026 10:00:00 GMT"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert site.seen_headers[0]["user-agent"].startswith("Spelunker/")
    assert site.seen_headers[0]["host"] == site.host_port


def test_a_known_page_costs_one_short_answer(site: Site) -> None:
    site.page("/a", "<p>hello", ETag='"1"')
    answer = fetch(f"{site.base}/a", etag='"1"')
    assert (answer.status, answer.not_modified, answer.body) == (304, True, b"")


def test_a_stored_validator_cannot_smuggle_a_header(site: Site) -> None:
    site.page("/a", "x")
    fetch(f"{site.base}/a", etag='"1"\r\nAuthorization: Basic x')
    assert "authorization" not in site.seen_headers[0]


def test_a_private_address_needs_the_exact_host_and_port(site: Site, other: Site) -> None:
    for url in (other.base, f"http://localhost:{site.port}/"):
        with pytest.raises(FetchRefused, match="not on the public internet"):
            fetch(url)
    assert other.connections == 0
    assert site.connections == 0


def test_a_metadata_address_is_refused_even_when_it_is_allowed() -> None:
    with (
        override_settings(FETCH_ALLOWED_HOSTS=["169.254.169.254:80"]),
        pytest.raises(FetchRefused),
    ):
        fetch("http://169.254.169.254/latest/meta-data/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_redirect_is_checked_again(site: Site, other: Site, status: int) -> None:
    site.routes["/go"] = redirect(f"{other.base}/secret", status)
    with pytest.raises(FetchRefused, match="not on the public internet"):
        fetch(f"{site.base}/go")
    assert other.connections == 0


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "http://a:b@x.test/"])
def test_a_redirect_to_something_else_than_a_web_page_is_refused(site: Site, location: str) -> None:
    site.routes["/go"] = redirect(location)
    with pytest.raises(FetchRefused, match="redirects elsewhere"):
        fetch(f"{site.base}/go")


def test_five_redirects_are_followed_and_a_loop_ends(site: Site) -> None:
    for hop in range(9):
        site.routes[f"/{hop}"] = redirect(f"/{hop + 1}")
    site.page("/9", "end")
    assert fetch(f"{site.base}/4").url == f"{site.base}/9"
    with pytest.raises(FetchFailed, match="after 5 redirects"):
        fetch(f"{site.base}/3")
    assert len(site.asked) == 12


def test_a_redirected_answer_carries_no_validators(site: Site) -> None:
    site.routes["/go"] = redirect("/a")
    site.page("/a", "x", ETag='"1"')
    assert fetch(f"{site.base}/go", etag='"1"') == Fetched(
        200, f"{site.base}/a", {"content-type": "text/html; charset=utf-8"}, b"x"
    )


def test_cookies_are_never_sent_back_not_even_to_the_same_host(site: Site, other: Site) -> None:
    site.routes["/go"] = (302, {"Location": f"{other.base}/b", "Set-Cookie": "id=1"}, "")
    other.routes["/b"] = redirect(f"{site.base}/c")
    site.page("/c", "x")
    with override_settings(FETCH_ALLOWED_HOSTS=[site.host_port, other.host_port]):
        fetch(f"{site.base}/go")
    for headers in site.seen_headers + other.seen_headers:
        assert not headers.keys() & {"cookie", "authorization"}


def test_passwords_of_the_environment_are_not_used(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login alice password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site.page("/a", "x")
    assert fetch(f"{site.base}/a").body == b"x"
    assert "authorization" not in site.seen_headers[0]


def test_a_name_that_changes_its_address_is_resolved_once(
    site: Site, other: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Resolver({"swap.test": [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3"]]})
    monkeypatch.setattr(socket, "getaddrinfo", names)
    site.page("/a", "x")
    with override_settings(FETCH_ALLOWED_HOSTS=[f"swap.test:{site.port}"]):
        assert fetch(f"http://swap.test:{site.port}/a").body == b"x"
    assert names.questions == ["swap.test"]
    assert site.seen_headers[0]["host"] == f"swap.test:{site.port}"


def test_a_name_that_turns_private_at_the_redirect_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    real = socket.socket.connect

    def to_the_local_site(self: socket.socket, address: Any) -> None:
        called.append(address[0])
        real(self, ("127.0.0.1", site.port))

    names = Resolver({"rebind.test": [["93.184.215.14"], ["127.0.0.1"]]})
    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(socket.socket, "connect", to_the_local_site)
    site.routes["/go"] = redirect("http://rebind.test/secret")
    with pytest.raises(FetchRefused, match="not on the public internet"):
        fetch("http://rebind.test/go")
    assert called == ["93.184.215.14"]


def test_the_next_address_is_tried_when_the_first_is_down(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Resolver({"two.test": [["127.0.0.9", "127.0.0.1"]]})
    monkeypatch.setattr(socket, "getaddrinfo", names)
    site.page("/a", "x")
    with override_settings(FETCH_ALLOWED_HOSTS=[f"two.test:{site.port}"]):
        assert fetch(f"http://two.test:{site.port}/a").body == b"x"


def test_a_slow_name_server_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(0.6))
    with pytest.raises(FetchFailed, match="took too long"):
        fetch("http://slow.test/", limits=QUICK)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_server_in_trouble_is_a_failure_that_says_when_to_return(site: Site, status: int) -> None:
    site.routes["/a?token=hunter2"] = (status, {"Retry-After": "7"}, "busy")
    with pytest.raises(FetchFailed) as failure:
        fetch(f"{site.base}/a?token=hunter2")
    assert (failure.value.retry_after, failure.value.status) == (7.0, status)
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("Sat, 21 Nov 2099 10:00:00 GMT", 86_400, 86_400), ("Mon, 01 Jan 2001 00:00:00 GMT", 0, 0),
     ("9" * 400, 86_400, 86_400)],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms_and_capped(
    site: Site, value: str, low: float, high: float
) -> None:
    site.routes["/a"] = (503, {"Retry-After": value}, "")
    with pytest.raises(FetchFailed) as failure:
        fetch(f"{site.base}/a")
    assert low <= (failure.value.retry_after or 0.0) <= high


@pytest.mark.parametrize("value", ["soon", "-5", "²", "Sat, 99 Nov 99999 10:00:00 GMT"])
def test_an_unreadable_retry_after_is_ignored(site: Site, value: str) -> None:
    site.routes["/a"] = lambda h: h.wfile.write(
        b"HTTP/1.1 503 x\r\nRetry-After: " + value.encode() + b"\r\nContent-Length: 0\r\n\r\n"
    )
    with pytest.raises(FetchFailed) as failure:
        fetch(f"{site.base}/a")
    assert failure.value.retry_after is None


def test_missing_and_forbidden_pages_are_answers(site: Site) -> None:
    for status in (401, 403, 404, 410):
        site.routes["/a"] = (status, {}, "a long apology")
        answer = fetch(f"{site.base}/a")
        assert (answer.status, answer.body) == (status, b"")


def raw(*parts: bytes, pause: float = 0.0, repeat: bool = False) -> Any:
    """A reply of raw bytes; with `repeat` the last part goes on until we hang up."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        for part in parts:
            handler.wfile.write(part)
        while repeat:
            time.sleep(pause)
            handler.wfile.write(parts[-1])

    return reply


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
HOSTILE = {
    "an announced giant": (raw(OK + b"Content-Length: 999999999999\r\n\r\n"), "larger than"),
    "an endless body": (raw(OK + b"\r\n", b"x" * 50_000, repeat=True), "larger than"),
    "a dripping body": (raw(OK + b"\r\n", b"x", repeat=True, pause=0.02), "not complete after"),
    "dripping headers": (raw(OK, b"A: b\r\n", repeat=True, pause=0.02), "not complete|proper"),
    "a dripping header line": (raw(OK + b"A: ", b"b", repeat=True, pause=0.02), "not complete"),
    "endless 100-continue": (
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", repeat=True, pause=0.002), "not complete"),
    "silence": (lambda h: time.sleep(0.5), "did not answer in time"),
    "a cut body": (raw(OK + b"Content-Length: 100\r\n\r\nonly this"), "broke off|reached"),
    "a broken gzip": (
        raw(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"), "unpacked"),
    "an encoding not asked for": (
        raw(OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"), "did not ask for"),
    "gzip in gzip in gzip": (
        raw(OK + b"Content-Encoding: gzip, gzip, gzip\r\nContent-Length: 1\r\n\r\nx"),
        "did not ask for"),
    "no http at all": (raw(b"220 mail.test ESMTP\r\n"), "broke off|not proper|reached"),
    "a redirect with an endless body": (
        raw(b"HTTP/1.1 302 x\r\nLocation: /silence\r\n\r\n", b"x" * 50_000, repeat=True),
        "did not answer in time|not complete"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_ends_soon_with_a_reason(site: Site, name: str) -> None:
    site.routes["/silence"] = HOSTILE["silence"][0]
    site.routes["/x"], words = HOSTILE[name]
    with pytest.raises(FetchFailed, match=words):
        fetch(f"{site.base}/x", limits=QUICK)


def test_a_gzip_bomb_is_stopped_at_the_limit_of_unpacked_bytes(site: Site) -> None:
    buffer = io.BytesIO()
    with gzip.open(buffer, "wb", 9) as packed:
        for _ in range(32):
            packed.write(bytes(1 << 20))
    site.routes["/bomb"] = (200, {"Content-Encoding": "gzip"}, buffer.getvalue())
    tracemalloc.start()
    with pytest.raises(FetchFailed, match="larger than 0.191 MB"):
        fetch(f"{site.base}/bomb", limits=FetchLimits(max_bytes=200_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_packed_page_is_unpacked(site: Site) -> None:
    site.routes["/a"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"hello"))
    assert fetch(f"{site.base}/a").body == b"hello"


def certificate(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return file


def test_the_certificate_is_checked_against_the_name_though_the_ip_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = certificate("docs.test", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle)
    names = Resolver({"docs.test": [["127.0.0.1"]], "imposter.test": [["127.0.0.1"]]})
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with serve(tls=context) as site:
        site.page("/a", "secret")
        hosts = [f"docs.test:{site.port}", f"imposter.test:{site.port}"]
        with override_settings(FETCH_ALLOWED_HOSTS=hosts, FETCH_CA_BUNDLE=str(bundle)):
            assert fetch(f"https://docs.test:{site.port}/a").body == b"secret"
            with pytest.raises(FetchFailed, match="certificate"):
                fetch(f"https://imposter.test:{site.port}/a")
        with (
            override_settings(FETCH_ALLOWED_HOSTS=hosts),
            pytest.raises(FetchFailed, match="certificate"),
        ):
            fetch(f"https://docs.test:{site.port}/a")


def test_a_tls_handshake_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with (
        override_settings(FETCH_ALLOWED_HOSTS=[f"127.0.0.1:{port}"]),
        pytest.raises(FetchFailed, match="not complete|in time"),
    ):
        fetch(f"https://127.0.0.1:{port}/", limits=FetchLimits(total_seconds=0.3))
    listener.close()
