"""An entry says who did what, and never a secret."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.actions import ACTIONS
from audit.models import AuditEntry
from audit.recording import record
from audit.redaction import HIDDEN, redact, redact_text
from audit.request_ids import client_ip, network_of, request_id

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "audit",
    "accounts",
    "jobs",
    "llm_manager",
    "solution_library",
    "rfp_manager",
    "api",
    "spelunker",
)


def newest(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).latest("pk")


@pytest.mark.django_db
def test_an_entry_keeps_who_what_and_to_what(alice: Any, bob: Any) -> None:
    record("role.changed", actor=alice, target=bob, details={"to": "manager"})
    entry = newest("role.changed")
    assert (entry.actor_id, entry.actor_name, entry.target_kind) == (alice.pk, "alice", "user")
    assert (entry.target_id, entry.target_name, entry.details) == (
        str(bob.pk),
        "bob",
        {"to": "manager"},
    )


@pytest.mark.django_db
def test_entries_outlive_the_people_they_are_about(alice: Any) -> None:
    record("role.changed", actor=alice)
    alice.delete()
    assert newest("role.changed").actor_name == "alice"


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["", "x", "X.y", "a.b\n2026 admin", "a." + "b" * 60])
def test_an_action_is_a_thing_that_happened(action: str) -> None:
    with pytest.raises(ValueError, match=r"thing\.happened"):
        record(action, actor=None)


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.text(st.characters()), details=HOSTILE)
def test_whatever_is_recorded_is_one_line_and_can_be_stored(name: str, details: Any) -> None:
    record("rfp.deleted", actor=name, target=name, details={"x": details, name: 1})
    entry = newest("rfp.deleted")
    assert (entry.actor_name + entry.target_name).isprintable()


def test_line_breaks_and_bidirectional_signs_are_written_out() -> None:
    assert redact("a\n2026-01-01 admin\u202egnp") == "a 2026-01-01 admin\\u202egnp"


@pytest.mark.parametrize(
    "text",
    [
        "sk-CANARY1234567890", "Bearer CANARY1234567890", "postgres://u:CANARY@db/x",
        "api_key=CANARY1234", '{"password": "CANARY1234"}', "ghp_CANARY12345678",
        "AKIACANARY1234567890"[:20], "eyJCANARY123456.CANARY7890123.CANARY",
        "-----BEGIN RSA PRIVATE KEY-----\nCANARY\n-----END RSA PRIVATE KEY-----",
        "xoxb-CANARY1234567", "Authorization: Basic CANARY12345678",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(text: str) -> None:
    shown = redact_text(f"before {text} after")
    assert "CANARY" not in shown and HIDDEN in shown and shown.startswith("before")


def test_values_whose_name_is_secret_are_hidden_but_that_something_changed_is_not() -> None:
    given = {
        "password": "pw",
        "apiKey": "k",
        "nested": [{"session_key": "s"}],
        "tokens": 512,
        "key_changed": True,
    }
    hidden = redact(given)
    assert hidden["password"] == hidden["apiKey"] == hidden["nested"][0]["session_key"] == HIDDEN
    assert (hidden["tokens"], hidden["key_changed"]) == (512, True)


def recorded_names() -> set[str]:
    # Also by helpers of a module, such as _record_many.
    pattern = re.compile(r"\b_?record\w*\(\s*\"([a-z_.]+)\"")
    files = (file for app in APPS for file in (ROOT / app).rglob("*.py"))
    texts = (file.read_text("utf-8") for file in files)
    return {name for text in texts for name in pattern.findall(text)}


def tracked_names() -> set[str]:
    """Of rows that are watched wherever they are saved (audit.tracking)."""
    files = (file for app in APPS for file in (ROOT / app).glob("auditing.py"))
    texts = [file.read_text("utf-8") for file in files]
    return {name for text in texts for name in re.findall(r"Tracked\(\s*\"(\w+)\"", text)}


def test_every_action_that_is_recorded_is_in_the_list() -> None:
    # accounts/events.py puts "account." before its own names.
    unknown = {n for n in recorded_names() if "." in n} - set(ACTIONS)
    assert unknown == set()
    assert {f"{name}.deleted" for name in tracked_names()} - set(ACTIONS) == set()
    # What the library is judged by: uploads, reviews, memberships, removals.
    assert {"document.uploaded", "document.reviewed", "document.owner_changed"} <= recorded_names()
    assert {"collection.members_changed", "collection.contents_changed"} <= recorded_names()


# -- whose request it was -------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_answer_has_a_number_of_its_own(client: Client) -> None:
    first, second = (client.get("/healthz")["X-Request-ID"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first) and first != second


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "a b c d e f g h", "<script>alert(1)", "line\nbreak12"]
)
def test_a_number_that_is_not_well_formed_is_replaced(given: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert request_id(RequestFactory().get("/", headers={"X-Request-ID": given})) != given


def test_only_a_trusted_proxy_names_a_request(settings: Any) -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": "trace-12345678"})
    settings.TRUSTED_PROXIES = 0
    assert request_id(request) != "trace-12345678"
    settings.TRUSTED_PROXIES = 1
    assert request_id(request) == "trace-12345678"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "9.9.9.9", "127.0.0.1"),
        (1, "9.9.9.9, 5.5.5.5", "5.5.5.5"),
        (2, "9.9.9.9, 5.5.5.5, 10.0.0.1", "5.5.5.5"),
        (2, "5.5.5.5", "5.5.5.5"),
        (1, "", "127.0.0.1"),
        (1, "nonsense", ""),
        (1, "::ffff:5.5.5.5", "5.5.5.5"),
    ],
)
def test_an_address_is_believed_only_as_far_as_proxies_reach(
    proxies: int, forwarded: str, seen: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_ip(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})) == seen


def test_addresses_of_one_ipv6_network_are_one_client() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1")
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8:0:2::1")
