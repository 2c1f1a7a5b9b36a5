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
def no_session_left() -> Iterator[None]:
    """The session in which calls wait for their turn would keep the test database from going."""
    yield
    from llm_manager.control.session import session

    session().close()


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
