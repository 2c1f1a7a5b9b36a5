from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.template.backends.django import DjangoTemplates

ROOT = Path(__file__).resolve().parents[2]

if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
    settings.configure(STATIC_URL="/static/", USE_TZ=True, ROOT_URLCONF=())
    django.setup()

Render = Callable[..., str]


@pytest.fixture
def bare_project() -> Iterator[None]:
    """No URL resolves and no static manifest exists: the pages must stand even so."""
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    files = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    with override_settings(ROOT_URLCONF=(), STORAGES={"default": files, "staticfiles": plain}):
        yield


@pytest.fixture
def render(bare_project: None) -> Render:
    """render(template, request=None, **context) -> the HTML."""
    options: dict[str, Any] = {"NAME": "design", "DIRS": [ROOT / "templates"], "APP_DIRS": False}
    backend = DjangoTemplates({**options, "OPTIONS": {}})

    def draw(name: str, request: Any = None, **context: object) -> str:
        return str(backend.get_template(name).render(dict(context), request))

    return draw
