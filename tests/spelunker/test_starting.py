"""What web and the service `migrate` look at before they begin."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def unsafe(settings: Any) -> None:
    settings.EMBEDDED = False
    settings.METRICS_TOKEN = "changeme"


def test_no_port_is_opened_on_unsafe_settings(
    unsafe: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The file says to all of its process where figures are added up: not to this one, for long.
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    gunicorn_conf = import_module("spelunker.gunicorn_conf")
    with pytest.raises(SystemExit, match="METRICS_TOKEN can be guessed"):
        gunicorn_conf.on_starting(None)


def test_nothing_is_migrated_on_unsafe_settings(unsafe: None) -> None:
    # Without the database, which this test may not touch: the first step refuses.
    with pytest.raises(CommandError, match="METRICS_TOKEN can be guessed"):
        call_command("prepare")
