"""Sessions of the database: kept in a pool by the web server, not kept by anybody else."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SETTINGS = Path(__file__).resolve().parents[2] / "spelunker" / "settings.py"


def database_of(monkeypatch: pytest.MonkeyPatch, *command: str) -> dict[str, Any]:
    """The database's settings in a process that was started so."""
    monkeypatch.setattr(sys, "argv", list(command))
    monkeypatch.setenv("DATABASE_URL", "postgres://u@localhost/none")
    spec = importlib.util.spec_from_file_location("settings_of_a_process", SETTINGS)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = module.DATABASES["default"]
    return found


def test_the_web_server_keeps_a_session_for_each_of_its_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEB_THREADS", "20")
    database = database_of(monkeypatch, "/venv/bin/gunicorn", "spelunker.wsgi")
    assert database["OPTIONS"]["pool"]["max_size"] > 20
    assert database["CONN_MAX_AGE"] == 0, "the pool keeps them, not Django's threads"
    assert database["CONN_HEALTH_CHECKS"], "a session that broke is not handed out"


@pytest.mark.parametrize(
    "command",
    [("manage.py", "relay"), ("/x/celery/__main__.py", "-A", "spelunker", "worker"), ("pytest",)],
)
def test_other_processes_do_not(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    assert "pool" not in database_of(monkeypatch, *command)["OPTIONS"]
