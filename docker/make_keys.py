"""Writes the secrets of this installation where each container finds its own.

What .env sets is taken; what it leaves out is made once, at random, and kept. So
`docker compose up` needs no preparation, no password is ever a known one, and none stands in
the environment of a running container. Runs before everything else and again at each `up`.
"""

import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cryptography.fernet import Fernet

from spelunker.production import PASSWORD_CHARACTERS, UnsafeProduction, require_safe

NAME = "spelunker"
#: Secrets of other people's services: written where they are given, never made.
NOT_MADE = ("EMAIL_URL", "OIDC_CLIENT_SECRET", "SENTRY_DSN")
# Each volume is mounted into the containers of one kind only, whose user ids differ.
READABLE = 0o444


class KeysRefused(Exception):
    """The secrets in .env cannot be used; the message says why."""


@dataclass(frozen=True)
class Folders:
    """One folder (a volume) for each kind of container."""

    app: Path
    worker: Path
    owner: Path
    postgres: Path
    rabbitmq: Path


def make_keys(folders: Folders, given: dict[str, str]) -> None:
    """Write all files. `given` holds what the person set. Raises KeysRefused, OSError."""
    postgres = _chosen(given, "POSTGRES_PASSWORD", folders.postgres / "password")
    rabbitmq = _chosen(given, "RABBITMQ_PASSWORD", folders.rabbitmq / "password")
    databases = _databases(folders, given, postgres)
    app = {
        "secret_key": _chosen(given, "SECRET_KEY", folders.app / "secret_key", length=48),
        "field_keys": given.get("FIELD_KEYS")
        or _kept(folders.app / "field_keys")
        or Fernet.generate_key().decode(),
        "broker_url": given.get("CELERY_BROKER_URL")
        or f"amqp://{NAME}:{quote(rabbitmq, safe='')}@rabbitmq:5672/{NAME}",
        "flower_basic_auth": given.get("FLOWER_BASIC_AUTH")
        or _kept(folders.app / "flower_basic_auth")
        or f"{NAME}:{secrets.token_urlsafe(18)}",
        "metrics_token": _chosen(given, "METRICS_TOKEN", folders.app / "metrics_token"),
        **{name.lower(): given.get(name, "") for name in NOT_MADE},
    }
    _check(app, databases, rabbitmq)
    for name, value in app.items():
        _write(folders.app, name, value)
    for folder, url in databases.items():
        _write(folder, "database_url", url)
    _write(folders.postgres, "password", postgres)
    _write(folders.rabbitmq, "password", rabbitmq)
    # In a folder of its own: the broker reads every file beside it as configuration.
    (folders.rabbitmq / "conf.d").mkdir(exist_ok=True)
    _write(folders.rabbitmq, "conf.d/account.conf", _rabbitmq_account(rabbitmq))


def _databases(folders: Folders, given: dict[str, str], postgres: str) -> dict[Path, str]:
    """The address that each kind of container finds in its folder. In a database of the person's
    own one login may do for all; in ours each has its own, made by the step that migrates."""
    if own := given.get("DATABASE_URL"):
        return {
            folders.app: own,
            folders.worker: given.get("WORKER_DATABASE_URL") or own,
            folders.owner: given.get("OWNER_DATABASE_URL") or own,
        }
    return {
        folders.app: _address(f"{NAME}_app", _login_password(folders.app)),
        folders.worker: _address(f"{NAME}_worker", _login_password(folders.worker)),
        folders.owner: _address(NAME, postgres),
    }


def _address(login: str, password: str) -> str:
    return f"postgres://{login}:{quote(password, safe='')}@postgres:5432/{NAME}"


def _login_password(folder: Path) -> str:
    """Of a login of ours, as long as its address is kept; an earlier release had the owner's."""
    kept = urlsplit(_kept(folder / "database_url"))
    if kept.password and kept.username != NAME and kept.hostname == "postgres":
        return unquote(kept.password)
    return secrets.token_urlsafe(24)


def _chosen(given: dict[str, str], name: str, path: Path, length: int = 24) -> str:
    return given.get(name) or _kept(path) or secrets.token_urlsafe(length)


def _kept(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _check(app: dict[str, str], databases: dict[Path, str], rabbitmq: str) -> None:
    # A login that does for several is looked at once.
    logins = {urlsplit(url).netloc: (path, url) for path, url in databases.items()}
    addresses = {f"{path.name.upper()}_DATABASE_URL": url for path, url in logins.values()}
    addresses["CELERY_BROKER_URL"] = app["broker_url"]
    try:
        require_safe(
            secret_key=app["secret_key"],
            field_keys=app["field_keys"].split(","),
            addresses=addresses,
            debug=False,
        )
    except UnsafeProduction as error:
        raise KeysRefused(str(error)) from error
    user, colon, password = app["flower_basic_auth"].partition(":")
    if not (user and colon and len(password) >= PASSWORD_CHARACTERS):
        raise KeysRefused(
            "FLOWER_BASIC_AUTH must be name:password with "
            f"{PASSWORD_CHARACTERS} or more characters of password."
        )
    if any(character in rabbitmq for character in " '\"#\\\n"):
        raise KeysRefused(
            "RABBITMQ_PASSWORD must not hold blanks, quotes, # or backslashes: "
            "its file format has no way to write them."
        )


def _rabbitmq_account(password: str) -> str:
    return (
        f"default_user = {NAME}\n"
        f"default_pass = {password}\n"
        f"default_vhost = {NAME}\n"
        "default_user_tags.administrator = true\n"
    )


def _write(folder: Path, name: str, value: str) -> None:
    """Whole or not at all: a container may be reading the old one."""
    if (folder / name).exists() and _kept(folder / name) == value:
        return
    descriptor, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
        os.fchmod(file.fileno(), READABLE)
    os.replace(temporary, folder / name)


def main() -> int:
    root = Path(os.environ.get("SPELUNKER_KEYS_DIR", "/keys"))
    names = ("app", "worker", "owner", "postgres", "rabbitmq")
    folders = Folders(*(root / name for name in names))
    given = {name: value.strip() for name, value in os.environ.items()}
    try:
        make_keys(folders, given)
    except (KeysRefused, OSError) as error:
        print(f"keys: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print("keys: every container's secrets are in place")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
