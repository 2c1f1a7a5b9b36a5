"""What every test has: media files of its own, and three people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: A test that commits has emptied the tables, those too that migrations have filled.
EMPTIED = False


def commits(test: pytest.Item) -> bool:
    marker = test.get_closest_marker("django_db")
    names = set(getattr(test, "fixturenames", ()))
    by_mark = marker is not None and bool(marker.kwargs.get("transaction", False))
    return by_mark or bool(names & {"transactional_db", "live_server"})


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests that do not commit count on what the migrations have written. Usually they come first,
    but one that another process hands over may come after a test that commits."""
    global EMPTIED
    if commits(item):
        EMPTIED = True
    elif EMPTIED and item.get_closest_marker("django_db") is not None:
        EMPTIED = False
        _fill_again(item.config)


def _fill_again(config: pytest.Config) -> None:
    from django.core.management import call_command
    from django.db import connection
    from pytest_django.plugin import blocking_manager_key

    with config.stash[blocking_manager_key].unblock():
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        contents = connection._test_serialized_contents  # type: ignore[attr-defined]
        connection.creation.deserialize_db_from_string(contents)


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    yield settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def nobody_else_looks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tabs that other tests left open do not slow this one's polls down."""
    from jobs.crowd import CROWD

    monkeypatch.setattr(CROWD, "_promises", [])
    monkeypatch.setattr(CROWD, "_wished", 0.0)


@pytest.fixture(autouse=True)
def session_of_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has written without committing it is seen by the session in which calls take
    their turn, and what that writes is rolled back with the rest. Tests that commit have it as
    it is; then it is closed, for it would keep the test database from going."""
    from llm_manager.control import session

    if not commits(request.node):
        from tests.llm_manager.within import SessionWithin

        session.SESSION = SessionWithin()
    yield
    session.session().close()
    session.SESSION = session.Session()


@pytest.fixture(autouse=True)
def worker_that_stays() -> Iterator[None]:
    """A test that shuts a worker down does so for itself."""
    yield
    from jobs import leaving

    leaving.stay()


@pytest.fixture
def alice(django_user_model: Any) -> Any:
    """Alice owns things."""
    return django_user_model.objects.create_user("alice", password="pw")


@pytest.fixture
def bob(django_user_model: Any) -> Any:
    """Bob is a colleague."""
    return django_user_model.objects.create_user("bob", password="pw")


@pytest.fixture
def charlie(django_user_model: Any) -> Any:
    """Charlie is a stranger."""
    return django_user_model.objects.create_user("charlie", password="pw")
