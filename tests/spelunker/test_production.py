"""A production start is refused, in words, unless its secrets are there and good."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from spelunker.production import UnsafeProduction, require_safe

ROOT = Path(__file__).resolve().parents[2]
FIELD_KEY = Fernet.generate_key().decode()
GOOD_KEY = "qX4rT9vL2mZ7nB5kD8wJ3hF6gC1pS0yA-qX4rT9vL2mZ7nB5kD8wJ"
ADDRESSES = {
    "DATABASE_URL": "postgres://u:correct-horse-battery@db/s",
    "CELERY_BROKER_URL": "amqp://u:staple-of-another-kind@mq/s",
}


def refusal(**changes: object) -> str:
    arguments = {
        "secret_key": GOOD_KEY, "field_keys": [FIELD_KEY], "addresses": ADDRESSES, "debug": False,
    } | changes  # fmt: skip
    try:
        require_safe(**arguments)  # type: ignore[arg-type]
    except UnsafeProduction as error:
        return str(error)
    return ""


def test_good_secrets_are_let_through() -> None:
    assert refusal() == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret_key": ""}, "SECRET_KEY is not set"),
        ({"secret_key": "x" * 60}, "SECRET_KEY can be guessed"),
        ({"secret_key": "django-insecure-" + GOOD_KEY}, "SECRET_KEY can be guessed"),
        ({"field_keys": []}, "FIELD_KEYS is not set"),
        ({"field_keys": [FIELD_KEY, "oops"]}, "Key 2 of FIELD_KEYS"),
        ({"addresses": {"DATABASE_URL": "postgres://u:postgres@db/s"}}, "DATABASE_URL"),
        ({"secret_key": FIELD_KEY + FIELD_KEY, "field_keys": [FIELD_KEY] * 2}, "the same secret"),
        ({"debug": True}, "DEBUG must be off"),
    ],
)
def test_bad_secrets_are_named_with_what_to_do(changes: dict[str, object], said: str) -> None:
    assert said in refusal(**changes)


def test_a_database_without_password_is_the_servers_business() -> None:
    assert refusal(addresses={"DATABASE_URL": "postgres:///spelunker?host=/run/pg"}) == ""


def test_everything_wrong_is_said_at_once_and_no_secret_with_it() -> None:
    said = refusal(secret_key="hunter2", field_keys=["swordfish"])
    assert "SECRET_KEY" in said and "FIELD_KEYS" in said
    assert "hunter2" not in said and "swordfish" not in said


def test_points_that_kill_processes_for_tests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPELUNKER_FAULTS", "/tmp/faults")
    assert "SPELUNKER_FAULTS" in refusal()


def test_the_settings_refuse_to_load_in_production_without_keys() -> None:
    environment = {"PATH": os.environ["PATH"], "SPELUNKER_PRODUCTION": "1", "SECRET_KEY": ""}
    done = subprocess.run(
        [sys.executable, "-c", "import spelunker.settings"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr.splitlines()[-1]
