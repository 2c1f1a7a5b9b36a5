"""The settings of the tests: the real ones on a real PostgreSQL with pgvector of their own.

Imported by pytest-django before any test; the server is the embedded one, in var/test.
"""

import os
from pathlib import Path

_BASE = Path(__file__).resolve().parent.parent
_VAR = Path(os.environ.get("SPELUNKER_TEST_VAR") or _BASE / "var" / "test")

os.environ["SPELUNKER_VAR_DIR"] = str(_VAR)
os.environ.setdefault("SPELUNKER_MODEL_DIR", str(_BASE / "var" / "models"))
os.environ["CELERY_TASK_ALWAYS_EAGER"] = "1"
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 40
os.environ["FIELD_KEYS"] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
os.environ["CELERY_LOGGING_LEVEL"] = "WARNING"
os.environ["JOBS_CANARY_SECONDS"] = "0"  # a relay under test sends what the test has queued
_VAR.mkdir(parents=True, exist_ok=True)
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
else:
    from spelunker.embedded.bootstrap import join_database

    join_database(_VAR / "pg")

from spelunker.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
