"""Which addresses may be called at all: decided before any packet leaves."""

import ipaddress
import socket
import string
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from solution_library.fetching import FetchFailed, FetchRefused, check_url, fetch
from solution_library.fetching.addresses import is_public, join_target, parse_target
from tests.solution_library.local_site import Resolver

# The address of every name in the tricks below, so that a name is never the reason of
# a refusal; what points inside is marked by its own answer.
NAMES = {
    "pub.test": [["93.184.215.14"]],
    "inside.test": [["127.0.0.1"]],
    "mixed.test": [["93.184.215.14", "10.0.0.8"]],
    "mixed6.test": [["93.184.215.14", "fe80::1"]],
    "nat64.test": [["64:ff9b::7f00:1"]],
    "meta.test": [["169.254.169.254"]],
    "localhost": [["127.0.0.1"]],
    "localtest.me": [["127.0.0.1"]],
    "xn--pub-8z0a.test": [["127.0.0.1"]],
}

TRICKS = [
    "http://127.0.0.1/", "http://127.0.0.1:80/", "http://127.1/", "http://127.0.1/",
    "http://2130706433/", "http://0x7f.1/", "http://0x7f000001/", "http://0x7F.0.0.1/",
    "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.01/", "http://0/",
    "http://0.0.0.0/", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::1]/", "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/",
    "http://[ff02::1]/", "http://[fec0::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/",
    "http://[5f00::1]/", "http://[100::1]/", "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/", "http://100.100.100.200/", "http://192.0.0.192/",
    "http://168.63.129.16/", "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/",
    "http://192.168.1.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://239.255.255.250/",
    "http://240.0.0.1/", "http://255.255.255.255/", "http://192.88.99.1/", "http://localhost/",
    "http://LOCALHOST./", "http://inside.test/", "http://mixed.test/", "http://mixed6.test/",
    "http://nat64.test/", "http://meta.test/", "http://localtest.me:8080/",
    "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/",
    "http://127.0.0.1:80\\@pub.test/", "http://pub.test\\@127.0.0.1/",
    "http://pub.test@127.0.0.1/", "http://127.0.0.1@pub.test/", "http://user:pw@pub.test/",
    "http://@pub.test/", "http://pub.test:80@127.0.0.1:80/", "http://pub.test%40127.0.0.1/",
    "http://pub.test%00.127.0.0.1/", "http://pub.test\t.evil/", "http://pub\n.test/",
    "http://pub.test\r\nHost: x/", "http://pub.test /", "http:// pub.test/", " http://pub.test/",
    "http:///pub.test/", "http:pub.test", "http:/pub.test", "http://", "http://?", "http://#x",
    "http://:80/", "http://pub.test:0/", "http://pub.test:65536/", "http://pub.test:80:80/",
    "http://pub.test:8o/", "http://pub.test:-1/", "http://pub.test:８０/", "http://[::1/",
    "http://::1/", "http://[::1]x/", "http://[pub.test]/", "http://pub..test/", "http://.test/",
    "http://-pub.test/", "http://pub.test:80#@x\x00/", "http://" + "a" * 300 + ".test/",
    "http://%31%32%37.0.0.1/", "http://127.0.0.1%23@pub.test/", "http://pub.test\u2028/",
    "//pub.test/", "pub.test", "", "file:///etc/passwd", "FILE:///etc/passwd", "ftp://pub.test/",
    "gopher://pub.test:70/_x", "data:text/html,x", "jar:http://pub.test!/", "javascript:alert(1)",
    "dict://pub.test/", "ldap://pub.test/", "ws://pub.test/", "http://pub.test/" + "a" * 5000,
    "http://\ud800.test/",
]  # fmt: skip


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Records every attempt to open a connection, and allows none."""
    attempts: list[Any] = []

    def refuse(self: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", Resolver({k: list(v) for k, v in NAMES.items()}))
    return attempts


@pytest.mark.parametrize("url", TRICKS)
def test_a_tricky_address_is_refused_with_a_sentence_and_without_a_packet(
    url: str, connects: list[Any]
) -> None:
    with pytest.raises(FetchRefused) as refusal:
        fetch(url)
    assert refusal.value.reason.endswith(".")
    assert connects == []


def test_the_list_of_tricks_is_long() -> None:
    assert len(set(TRICKS)) >= 100


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://pub.test:80#@127.0.0.1/", "93.184.215.14"),
        ("http://pub.test/@127.0.0.1", "93.184.215.14"),
        ("http://pub.test?@127.0.0.1/", "93.184.215.14"),
        ("HTTP://PUB.TEST./a b", "93.184.215.14"),
        ("http://8.8.8.8/", "8.8.8.8"),
    ],
)
def test_a_public_address_is_connected_to_by_the_ip_that_was_checked(
    url: str, host: str, connects: list[Any]
) -> None:
    with pytest.raises(FetchFailed, match="cannot be reached"):
        fetch(url)
    assert connects == [(host, 80)]


def test_an_unknown_host_fails_with_advice(connects: list[Any]) -> None:
    with pytest.raises(FetchFailed, match="cannot be found. Check the spelling"):
        check_url("https://nowhere.test/")
    assert connects == []


def test_a_password_in_the_address_is_not_repeated_in_the_message() -> None:
    with pytest.raises(FetchRefused) as refusal:
        parse_target("http://alice:hunter2@pub.test/")
    assert "hunter2" not in str(refusal.value)
    assert "token" not in parse_target("https://pub.test/a?token=x").shown


URL_LETTERS = st.text(string.ascii_letters + string.digits + ".:/@\\#?[]%-_~ \t①。é", max_size=40)


@given(tail=URL_LETTERS)
def test_every_accepted_address_means_the_same_host_to_every_parser(tail: str) -> None:
    try:
        target = parse_target("http://" + tail)
    except FetchRefused:
        return
    standard, other = urlsplit(target.url), parse_url(target.url)
    assert standard.hostname == target.host
    assert (standard.port or 80) == target.port == (other.port or 80)
    assert (other.host or "").strip("[]") == target.host
    assert parse_target(target.url) == target


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_a_named_refusal(text: str) -> None:
    try:
        assert parse_target(text).scheme in {"http", "https"}
    except FetchRefused as refusal:
        assert refusal.reason


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("b.html", "https://pub.test/docs/b.html"),
        ("../up", "https://pub.test/up"),
        ("../../../up", "https://pub.test/up"),
        ("/root?x=1#part", "https://pub.test/root?x=1"),
        ("?page=2", "https://pub.test/docs/a?page=2"),
        ("", "https://pub.test/docs/a"),
        ("//other.test/x", "https://other.test/x"),
        ("HTTPS://Other.test:443/x", "https://other.test/x"),
        (" spaced name.pdf ", "https://pub.test/docs/spaced%20name.pdf"),
        ("./", "https://pub.test/docs/"),
    ],
)
def test_a_reference_is_joined_as_browsers_do(reference: str, expected: str) -> None:
    assert join_target(parse_target("https://pub.test/docs/a"), reference).url == expected


@given(st.integers(0, 2**32 - 1))
def test_no_private_ipv4_address_is_public_in_any_ipv6_disguise(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    disguises = [f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"]
    disguises.append(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::")
    assert not any(is_public(ipaddress.ip_address(text)) for text in disguises)
    if is_public(address):
        assert address.is_global


def test_ordinary_internet_addresses_are_public() -> None:
    for text in ("1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"):
        assert is_public(ipaddress.ip_address(text))
