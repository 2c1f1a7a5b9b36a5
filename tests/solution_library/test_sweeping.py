"""Files that a crash left behind are removed; those of documents never are."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from solution_library.left_over import sweep_files
from solution_library.models import Document, DocumentVersion

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def stored(days_old: float) -> str:
    name = default_storage.save(f"documents/ab/{os.urandom(16).hex()}", ContentFile(b"x"))
    then = (timezone.now() - timedelta(days=days_old)).timestamp()
    os.utime(default_storage.path(name), (then, then))
    return str(name)


def sweep() -> int:
    return sweep_files(timezone.now(), lambda: None)


def test_an_old_file_that_no_version_names_is_removed() -> None:
    name = stored(2)
    assert sweep() == 1 and not default_storage.exists(name)


def test_a_file_of_a_version_stays_however_old() -> None:
    name = stored(900)
    document = Document(title="Old", path="old", sha256="a")
    document.skip_embedding = True  # type: ignore[attr-defined]
    document.save()
    DocumentVersion.objects.create(
        document=document, number=1, file=name, filename="old", sha256="a", size=1
    )
    assert sweep() == 0 and default_storage.exists(name)


def test_a_file_that_is_just_being_taken_in_stays() -> None:
    name = stored(0.5)
    assert sweep() == 0 and default_storage.exists(name)


def test_an_installation_without_any_file_is_swept_too() -> None:
    assert sweep() == 0
