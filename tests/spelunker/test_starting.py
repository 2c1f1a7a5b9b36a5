"""What web and the service `migrate` look at before they begin."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from spelunker import gunicorn_conf


@pytest.fixture
def unsafe(settings: Any) -> None:
    settings.EMBEDDED = False
    settings.METRICS_TOKEN = "changeme"


def test_no_port_is_opened_on_unsafe_settings(unsafe: None) -> None:
    with pytest.raises(SystemExit, match="METRICS_TOKEN can be guessed"):
        gunicorn_conf.on_starting(None)


def test_nothing_is_migrated_on_unsafe_settings(unsafe: None) -> None:
    # Without the database, which this test may not touch: the first step refuses.
    with pytest.raises(CommandError, match="METRICS_TOKEN can be guessed"):
        call_command("prepare")
