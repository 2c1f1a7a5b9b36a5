"""API tokens: shown once, good for what they are made for, and dead when they should be."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.errors import TokenRefused
from accounts.models import ApiToken
from accounts.scopes import Scope
from accounts.tokens import make_token, revoke, token_user

pytestmark = pytest.mark.django_db


def a_token(user: Any, **more: Any) -> tuple[ApiToken, str]:
    fields = {"name": "Nightly", "scopes": [Scope.SEARCH.value],
              "expires_at": timezone.now() + timedelta(days=30)}  # fmt: skip
    return make_token(user, **(fields | more))


def test_a_token_speaks_for_its_owner_and_for_its_scopes_only(alice: Any) -> None:
    token, raw = a_token(alice)
    found = token_user(raw)
    assert found and found.user == alice and found.token == token
    assert found.may("search") and not found.may("rfps:write")


def test_the_secret_is_not_in_the_database(alice: Any) -> None:
    token, raw = a_token(alice)
    stored = ApiToken.objects.filter(pk=token.pk).values().get()
    assert raw not in str(stored) and raw.startswith(stored["prefix"])
    assert len(stored["prefix"]) <= 10


def test_a_revoked_token_is_dead_at_once_and_revoking_twice_says_so(alice: Any) -> None:
    token, raw = a_token(alice)
    assert revoke(token, by=alice) and not revoke(token, by=alice)
    assert token_user(raw) is None


def test_an_expired_token_is_dead(alice: Any) -> None:
    token, raw = a_token(alice)
    past = timezone.now() - timedelta(days=2)
    ApiToken.objects.update(created_at=past, expires_at=past + timedelta(days=1))
    assert token_user(raw) is None


def test_the_token_of_somebody_who_was_deactivated_is_dead(alice: Any) -> None:
    _, raw = a_token(alice)
    alice.is_active = False
    alice.save()
    assert token_user(raw) is None


@pytest.mark.parametrize("raw", ["", "spk_", "spk_" + "é" * 43, "x" * 47, "spk_" + "A" * 43])
def test_what_is_no_token_is_nobody(raw: str) -> None:
    assert token_user(raw) is None


def test_the_last_use_is_written_once_a_minute_at_most(
    alice: Any, django_assert_num_queries: Any
) -> None:
    token, raw = a_token(alice)
    token_user(raw)
    with django_assert_num_queries(1):
        token_user(raw)
    early = timezone.now() - timedelta(minutes=2)
    ApiToken.objects.update(last_used_at=early)
    token_user(raw)
    token.refresh_from_db()
    assert token.last_used_at and token.last_used_at > early


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "at least one"),
        ({"scopes": ["everything"]}, "“everything”"),
        ({"expires_at": timezone.now() + timedelta(days=400)}, "a year"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "future"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_in_words(
    alice: Any, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(TokenRefused, match=words):
        a_token(alice, **change)


def test_nobody_hoards_tokens(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_LIVE", 1)
    token, _ = a_token(alice)
    with pytest.raises(TokenRefused, match="Revoke those"):
        a_token(alice)
    revoke(token, by=alice)
    a_token(alice)
