"""Runs before Django's settings are read: gives a bare checkout a database and its secrets."""

import atexit
import json
import os
import re
import secrets
import sys
from pathlib import Path

from spelunker.embedded.errors import StackError
from spelunker.embedded.paths import BASE_DIR, ensure_var_dir

#: A database named in .env; an empty value, as in .env.example, names none.
CONFIGURED = re.compile(
    r"^\s*(?:export\s+)?DATABASE_URL(?:_FILE)?\s*=\s*['\"]?[^\s'\"#]", re.MULTILINE
)
#: Commands that work without a database.
WITHOUT_DATABASE = {"help", "version", "--help", "--version", "-h", "collectstatic", "startapp"}


def is_embedded() -> bool:
    """No database is configured, so this machine's own one is used."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return False
    dotenv = BASE_DIR / ".env"
    return not (dotenv.exists() and CONFIGURED.search(dotenv.read_text()))


def prepare_environment(argv: list[str]) -> None:
    """Set what settings.py needs. Exits with a sentence if that is impossible."""
    if not is_embedded():
        return
    command = argv[1] if len(argv) > 1 else "help"
    try:
        provide_secrets()
        if command in WITHOUT_DATABASE or "--help" in argv or "-h" in argv:
            os.environ.setdefault("DATABASE_URL", "postgres:///spelunker")
        else:
            join_database()
    except StackError as error:
        sys.exit(f"spelunker: {error}")
    except OSError as error:
        sys.exit(f"spelunker: cannot use {ensure_var_dir.__name__}: {error}")


def join_database(data: Path | None = None) -> None:
    from spelunker.embedded.postgres import EmbeddedPostgres

    server = EmbeddedPostgres(data)
    owner = os.getpid()
    os.environ["DATABASE_URL"] = server.join()
    os.environ["SPELUNKER_EMBEDDED"] = "1"
    # Forked children must not stop the server when they end.
    atexit.register(lambda: server.leave() if os.getpid() == owner else None)


def provide_secrets() -> None:
    """Random secrets, made once, kept in var/secrets.json for this user only."""
    stored = _stored_secrets()
    for name, value in stored.items():
        os.environ.setdefault(name, value)


def _stored_secrets() -> dict[str, str]:
    path = ensure_var_dir() / "secrets.json"
    if not path.exists():
        _write_private(path, json.dumps(_new_secrets()))
    try:
        found: dict[str, str] = json.loads(path.read_text())
        return found
    except ValueError as error:
        raise StackError(
            f"{path} is damaged. Restore it from a backup, or remove it; keys of LLM APIs must "
            "then be entered again."
        ) from error


def _new_secrets() -> dict[str, str]:
    from cryptography.fernet import Fernet

    return {"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_KEYS": Fernet.generate_key().decode()}


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(temporary, path)  # fails if another process was faster: its file stands
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
