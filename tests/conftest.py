"""Every test runs on a real PostgreSQL with pgvector: the embedded one, in a folder of its own."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent
TEST_VAR = Path(os.environ.get("SPELUNKER_TEST_VAR", BASE_DIR / "var" / "test"))


def pytest_configure(config: pytest.Config) -> None:
    os.environ["SPELUNKER_VAR_DIR"] = str(TEST_VAR)
    os.environ.setdefault("SPELUNKER_MODEL_DIR", str(BASE_DIR / "var" / "models"))
    os.environ["CELERY_TASK_ALWAYS_EAGER"] = "1"
    os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 40
    os.environ["FIELD_KEYS"] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    os.environ["CELERY_LOGGING_LEVEL"] = "WARNING"
    from spelunker.embedded.bootstrap import join_database

    TEST_VAR.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("TEST_DATABASE_URL"):
        join_database(TEST_VAR / "pg")
    else:
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep pytest-xdist's suffix out of the way of a second test run beside this one."""


@pytest.fixture(autouse=True)
def _test_settings(settings, tmp_path_factory) -> Iterator[None]:  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp())
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    yield


@pytest.fixture
def alice(django_user_model):  # type: ignore[no-untyped-def]
    """Alice owns things."""
    return django_user_model.objects.create_user("alice", password="pw")


@pytest.fixture
def bob(django_user_model):  # type: ignore[no-untyped-def]
    """Bob is a colleague."""
    return django_user_model.objects.create_user("bob", password="pw")


@pytest.fixture
def charlie(django_user_model):  # type: ignore[no-untyped-def]
    """Charlie is a stranger."""
    return django_user_model.objects.create_user("charlie", password="pw")
