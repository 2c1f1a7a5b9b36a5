"""Buyers' files that a crash left behind, or whose RFP was deleted, are removed; no others are."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from rfp_manager.reading import SUFFIX
from solution_library.left_over import sweep_files
from tests.rfp_manager.view_world import make_rfp

pytestmark = pytest.mark.django_db


def aged(name: str) -> str:
    then = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(default_storage.path(name), (then, then))
    return name


def sweep() -> int:
    return sweep_files(timezone.now(), lambda: None)


def test_the_file_of_an_rfp_stays_until_the_rfp_is_deleted(alice: Any) -> None:
    rfp = make_rfp(alice)
    sent = aged(str(rfp.questionnaire.name))
    shown = aged(default_storage.save(sent + SUFFIX, ContentFile(b"pages")))
    half = aged(default_storage.save("questionnaires/ab/half.part", ContentFile(b"x")))
    assert sweep() == 1 and not default_storage.exists(half)
    assert default_storage.exists(sent) and default_storage.exists(shown)
    rfp.delete()
    assert sweep() == 2 and not default_storage.exists(sent)
