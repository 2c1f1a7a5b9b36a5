"""A session has an end, changes its key with its person's rights, and needs no page to say so."""

import time
from typing import Any

import pytest
from django.conf import settings as conf
from django.test import Client

from audit.models import AuditEntry
from spelunker import sessions

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/rfps/?state=open"}


def aged(client: Client, **seconds: int) -> None:
    session, now = client.session, int(time.time())
    session[sessions.BEGAN] = now - seconds.get("began", 0)
    session[sessions.SEEN] = now - seconds.get("seen", 0)
    session.save()


def is_in(client: Client, **headers: str) -> bool:
    return client.get("/jobs/", headers=headers).status_code == 200


@pytest.fixture
def inside(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    assert is_in(client)
    return client


def test_a_session_ends_some_hours_after_sign_in_however_busy_its_person_is(inside: Client) -> None:
    aged(inside, began=conf.SESSION_SECONDS - 60)
    assert is_in(inside)
    aged(inside, began=conf.SESSION_SECONDS)
    assert not is_in(inside)
    assert AuditEntry.objects.filter(action="session.expired", actor_name="alice").exists()


def test_a_session_ends_when_nobody_does_anything(inside: Client) -> None:
    aged(inside, seen=conf.SESSION_IDLE_SECONDS)
    assert not is_in(inside)


def test_a_page_that_polls_is_nobody_doing_something(inside: Client) -> None:
    aged(inside, seen=1000)
    before = inside.session[sessions.SEEN]
    assert is_in(inside, **HTMX)
    assert inside.session[sessions.SEEN] == before
    assert is_in(inside)
    assert inside.session[sessions.SEEN] > before


def test_somebody_at_work_writes_a_session_once_in_minutes(
    inside: Client, django_assert_max_num_queries: Any
) -> None:
    before = inside.session[sessions.SEEN]
    assert is_in(inside)
    assert inside.session[sessions.SEEN] == before


def test_the_key_of_a_session_changes_with_the_rights_of_its_person(
    inside: Client, alice: Any
) -> None:
    old = inside.session.session_key
    alice.is_staff = True
    alice.save()
    assert is_in(inside)
    assert inside.session.session_key != old
    stolen = Client()
    stolen.cookies[conf.SESSION_COOKIE_NAME] = old
    assert not is_in(stolen)


def test_a_fragment_of_an_ended_session_sends_the_browser_to_sign_in(client: Client) -> None:
    answer = client.get("/jobs/", headers=HTMX)
    assert answer.status_code == 286 and not answer.content
    assert answer["HX-Redirect"].endswith("?next=/rfps/%3Fstate%3Dopen")


@pytest.mark.parametrize(
    "page", ["https://evil.test//evil.test/", "//evil.test", "javascript:x", ""]
)
def test_sign_in_never_leads_to_another_site(client: Client, page: str) -> None:
    answer = client.get("/jobs/", headers=HTMX | {"HX-Current-URL": page})
    assert answer["HX-Redirect"].endswith("?next=/")


def test_over_tls_cookies_are_bound_to_the_host() -> None:
    import importlib

    from spelunker.configuration import security

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS", "1")
        values = vars(importlib.reload(security))
        assert (values["SESSION_COOKIE_NAME"], values["CSRF_COOKIE_NAME"]) == (
            "__Host-session", "__Host-csrftoken")  # fmt: skip
    importlib.reload(security)
