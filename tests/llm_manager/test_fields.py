"""A stored key is ciphertext in the database and four characters everywhere else."""

import copy
import logging
import pickle
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.db import connection

from llm_manager.fields import KeyUnreadable, Secret
from llm_manager.models import LLMApi

KEY = "sk-CANARY-0123456789abcdef"


@pytest.fixture
def api(db: None) -> LLMApi:
    return LLMApi.objects.create(name="Gateway", kind="openai", api_key=KEY)


def stored(api: LLMApi) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM llm_manager_llmapi WHERE id = %s", [api.pk])
        return str(cursor.fetchone()[0])


def test_the_database_holds_no_key_in_clear(api: LLMApi) -> None:
    assert "CANARY" not in stored(api)
    assert LLMApi.objects.get(pk=api.pk).api_key.reveal() == KEY


def test_the_same_key_is_never_stored_as_the_same_text(api: LLMApi) -> None:
    before = stored(api)
    api.save()
    assert stored(api) != before


def test_an_instance_holds_a_secret_from_the_moment_a_key_is_assigned(api: LLMApi) -> None:
    assert isinstance(api.api_key, Secret)
    api.api_key = "another-key-0123"
    assert isinstance(api.api_key, Secret)
    assert "another" not in str(vars(api))


@pytest.mark.parametrize(
    ("value", "shown"), [(KEY, "…cdef"), ("short-key", "…"), ("", ""), ("12-character", "…cter")]
)
def test_a_secret_shows_its_last_four_characters_at_most(value: str, shown: str) -> None:
    secret = Secret(value)
    assert f"{secret} {secret!r} %s" % secret == f"{shown} {shown} {shown}"
    assert str([secret]) == f"[{shown}]"
    assert bool(secret) == bool(value)


def test_secrets_are_equal_to_secrets_only() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_a_secret_is_copied_but_never_pickled() -> None:
    secret = Secret(KEY)
    assert copy.deepcopy(secret) is secret and copy.copy(secret) is secret
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)


def test_another_installations_key_is_said_to_be_unreadable(api: LLMApi, settings: Any) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(KeyUnreadable, match="another FIELD_KEYS"):
        LLMApi.objects.get(pk=api.pk)


def test_a_column_that_holds_a_key_in_clear_is_unreadable_too(api: LLMApi) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE llm_manager_llmapi SET api_key = %s WHERE id = %s", [KEY, api.pk])
    with pytest.raises(KeyUnreadable) as said:
        LLMApi.objects.get(pk=api.pk)
    assert KEY not in str(said.value)


def test_keys_are_changed_by_putting_the_new_one_first(api: LLMApi, settings: Any) -> None:
    new = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]
    LLMApi.objects.get(pk=api.pk).save()
    settings.FIELD_KEYS = [new]
    assert LLMApi.objects.get(pk=api.pk).api_key.reveal() == KEY


@pytest.mark.parametrize("keys", [[], ["too short"], ["x" * 44]])
def test_settings_that_hold_no_field_key_are_said_without_being_shown(
    api: LLMApi, settings: Any, keys: list[str]
) -> None:
    settings.FIELD_KEYS = keys
    with pytest.raises(KeyUnreadable, match="FIELD_KEYS") as caught:
        LLMApi.objects.get(pk=api.pk)
    assert not any(key in str(caught.value) for key in keys)
    assert caught.value.__context__ is None


def test_an_api_without_a_key_needs_no_field_keys(db: None, settings: Any) -> None:
    settings.FIELD_KEYS = []
    api = LLMApi.objects.create(name="Local", kind="openai")
    assert not LLMApi.objects.get(pk=api.pk).api_key


def test_a_dump_of_the_database_holds_no_key(api: LLMApi) -> None:
    dump = serializers.serialize("json", LLMApi.objects.filter(pk=api.pk))
    assert "CANARY" not in dump and "cdef" not in dump
    [restored] = list(serializers.deserialize("json", dump))
    assert not restored.object.api_key


def test_a_logged_api_shows_no_key(api: LLMApi, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("%s %r %s", api, api, vars(api))
    assert "CANARY" not in caplog.text
