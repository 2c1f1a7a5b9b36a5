"""Every call ends in its time: for the connection, for the first byte, for all of it."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from llm_manager import errors
from llm_manager.providers import transport
from llm_manager.providers.base import ApiAccess
from llm_manager.providers.registry import connect
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM
from tests.llm_manager.provider_world import CALLS, KEY, KINDS, REQUEST, error_of, provider

#: Far more than any call here takes, far less than the suite's patience.
LONG = 20.0


def seconds_of(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [fake_llm.silence, fake_llm.drip, fake_llm.header_drip])
def test_no_call_outlives_its_time_even_if_bytes_drip_in(
    llm: FakeLLM, kind: str, fault: fake_llm.Reply
) -> None:
    llm.script.append(fault)
    error = error_of(lambda: CALLS["chat"](provider(llm, kind, timeout=0.2)))
    assert type(error) is errors.TimedOut
    assert len(llm.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [fake_llm.silence, fake_llm.slow(LONG)])
def test_silence_ends_with_the_time_for_the_first_byte(
    llm: FakeLLM, kind: str, fault: fake_llm.Reply
) -> None:
    llm.script.append(fault)
    patient = provider(llm, kind, timeout=LONG, first_byte=0.1)
    took = seconds_of(lambda: error_of(lambda: patient.chat(REQUEST)))
    assert took < LONG / 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_has_begun_has_the_time_of_the_whole_call(llm: FakeLLM, kind: str) -> None:
    def begins(handler: fake_llm.Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 ")
        handler.wfile.flush()
        handler.server.fake.closing.wait(0.4)
        whole = fake_llm.wire.answer(handler.format, '{"answer": "Yes."}')
        text = fake_llm.json.dumps(whole).encode()
        head = f"OK\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
        handler.wfile.write(head.encode() + text)

    llm.script.append(begins)
    assert provider(llm, kind, timeout=LONG, first_byte=0.2).chat(REQUEST).data["answer"] == "Yes."


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_that_waits_for_its_next_call_keeps_no_time_of_the_last(
    llm: FakeLLM, kind: str
) -> None:
    hasty = provider(llm, kind, timeout=0.3)
    for _ in range(3):
        assert hasty.chat(REQUEST).data
        time.sleep(0.12)


def test_calls_of_many_threads_keep_their_own_times(llm: FakeLLM) -> None:
    def mixed(handler: fake_llm.Handler) -> None:
        slow = handler.asked["model"] == "slow"
        (fake_llm.silence if slow else fake_llm.properly)(handler)

    llm.always = mixed
    ended: list[str] = []

    def call(model: str, timeout: float) -> None:
        try:
            provider(llm, "openai", timeout=timeout).chat(replace(REQUEST, model_id=model))
            ended.append("answered")
        except errors.TimedOut:
            ended.append("timed out")

    threads = [threading.Thread(target=call, args=("slow", 0.3)) for _ in range(8)]
    threads += [threading.Thread(target=call, args=("quick", LONG)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert sorted(ended) == ["answered"] * 8 + ["timed out"] * 8


# -- the way there -------------------------------------------------------------------------
@pytest.fixture
def deaf() -> Iterator[str]:
    """Takes connections, and says nothing to whoever wants to encrypt."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_handshake_that_never_ends_is_no_connection(deaf: str, kind: str) -> None:
    error = error_of(lambda: connect(kind, ApiAccess(deaf, lambda: KEY, 0.2)).chat(REQUEST))
    assert type(error) is errors.Unreachable
    assert "no connection in time" in str(error)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:9/v1", "nothing listens"),
        ("http://no-such-host.invalid/v1", "name is not known"),
    ],
)
def test_it_is_said_why_an_api_cannot_be_reached(address: str, words: str) -> None:
    error = error_of(lambda: connect("openai", ApiAccess(address, lambda: KEY, 5)).chat(REQUEST))
    assert type(error) is errors.Unreachable
    assert words in str(error)


def test_a_proxy_that_refuses_is_said_and_nobody_has_to_be_paid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            asked, _ = server.accept()
            with asked:
                asked.recv(65536)
                asked.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.getsockname()[1]}")
        transport.connections.cache_clear()
        try:
            access = ApiAccess("https://api.example.com/v1", lambda: KEY, 5)
            error = error_of(lambda: connect("openai", access).chat(REQUEST))
        finally:
            transport.connections.cache_clear()
    assert type(error) is errors.Unreachable
    assert "proxy" in str(error)


def test_plain_http_where_https_is_expected_is_said(llm: FakeLLM) -> None:
    access = ApiAccess(llm.host.replace("http:", "https:"), lambda: KEY, 5)
    error = error_of(lambda: connect("openai", access).chat(REQUEST))
    assert type(error) is errors.Unreachable
    assert "does not speak HTTPS" in str(error)


@pytest.fixture
def encrypted(llm: FakeLLM, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The fake server behind TLS, with a certificate that it has signed itself."""
    certificate, context = self_signed(tmp_path), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FakeLLM().running() as fake:
        fake._server.socket = context.wrap_socket(fake._server.socket, server_side=True)
        fake.answer = llm.answer
        yield fake.host.replace("http:", "https:") + "/v1", certificate


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fake")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_a_certificate_that_nobody_vouches_for_is_said(encrypted: tuple[str, Path]) -> None:
    access = ApiAccess(encrypted[0], lambda: KEY, 5)
    error = error_of(lambda: connect("openai", access).chat(REQUEST))
    assert type(error) is errors.Unreachable
    assert "certificate" in str(error)


def test_times_hold_on_encrypted_connections_too(
    encrypted: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted[1]))
    transport.connections.cache_clear()
    try:
        chat = connect("openai", ApiAccess(encrypted[0], lambda: KEY, LONG, 5.0)).chat
        assert chat(REQUEST).data["answer"] == "Yes."
    finally:
        transport.connections.cache_clear()
