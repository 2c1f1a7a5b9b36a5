"""The administrator of a fresh installation."""

import os
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model

from spelunker.embedded.paths import ensure_var_dir

NAME = "admin"


def ensure_admin() -> str | None:
    """Make the admin account if there is no account at all. Returns its new password."""
    users = get_user_model().objects
    if users.exists():
        return None
    password = secrets.token_urlsafe(12)
    _keep(password)
    users.create_superuser(NAME, "", password)
    return password


def password_file() -> Path:
    return ensure_var_dir() / "admin-password"


def _keep(password: str) -> None:
    descriptor = os.open(password_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{NAME}\n{password}\n")
