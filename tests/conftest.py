"""What every test has: media files of its own, and three people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


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

    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if not commits and "transactional_db" not in request.fixturenames:
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
