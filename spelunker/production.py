"""What a production start insists on: secrets that nobody can guess, and no debugging."""

import os
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet

SECRET_KEY_CHARACTERS = 50
PASSWORD_CHARACTERS = 12
WELL_KNOWN = ("changeme", "change-me", "django-insecure", "example", "password", "secret-key")


class UnsafeProduction(Exception):
    """Production must not start like this; the message says what to set."""


def require_safe(
    *, secret_key: str, field_keys: Sequence[str], addresses: Mapping[str, str], debug: bool
) -> None:
    """Raise UnsafeProduction naming everything that is missing, short, known or used twice.

    `addresses` maps names of variables (DATABASE_URL, ...) to URLs whose passwords count too.
    No secret appears in the message.
    """
    found = [*_secret_key(secret_key), *_field_keys(field_keys), *_passwords(addresses)]
    found += _used_twice({"SECRET_KEY": secret_key, **_named(field_keys), **passwords(addresses)})
    if os.environ.get("SPELUNKER_FAULTS"):
        found.append("SPELUNKER_FAULTS must not be set: it is for tests that kill processes.")
    if debug:
        found.append("DEBUG must be off: its error pages show settings and data.")
    if found:
        raise UnsafeProduction("Spelunker does not start in production: " + " ".join(found))


def passwords(addresses: Mapping[str, str]) -> dict[str, str]:
    """The passwords inside the URLs, by name of variable; URLs without one are left out."""
    found = {name: urlsplit(url).password for name, url in addresses.items()}
    return {name: unquote(password) for name, password in found.items() if password is not None}


def _secret_key(value: str) -> list[str]:
    if not value:
        return [
            "SECRET_KEY is not set. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))".'
        ]
    if len(value) < SECRET_KEY_CHARACTERS or len(set(value)) < 10 or is_known(value):
        return [f"SECRET_KEY can be guessed: use {SECRET_KEY_CHARACTERS} random characters."]
    return []


def _field_keys(values: Sequence[str]) -> list[str]:
    if not values:
        return [
            "FIELD_KEYS is not set, so keys of LLM APIs cannot be stored. Make one with: "
            'python -c "from cryptography.fernet import Fernet; '
            'print(Fernet.generate_key().decode())".'
        ]
    return [
        f"Key {number} of FIELD_KEYS is not a Fernet key (32 bytes in base64)."
        for number, value in enumerate(values, 1)
        if not _is_fernet_key(value)
    ]


def _passwords(addresses: Mapping[str, str]) -> list[str]:
    return [
        f"The password in {name} can be guessed: use {PASSWORD_CHARACTERS} or more random "
        "characters."
        for name, password in passwords(addresses).items()
        if len(password) < PASSWORD_CHARACTERS or is_known(password)
    ]


def _used_twice(secrets: Mapping[str, str]) -> list[str]:
    first: dict[str, str] = {}
    found = []
    for name, value in secrets.items():
        if value and value in first:
            found.append(f"{name} is the same secret as {first[value]}: give each its own.")
        first.setdefault(value, name)
    return found


def _named(field_keys: Sequence[str]) -> dict[str, str]:
    return {f"key {number} of FIELD_KEYS": key for number, key in enumerate(field_keys, 1)}


def is_known(value: str) -> bool:
    """Whether it is one of those that stand in examples."""
    return any(word in value.lower() for word in WELL_KNOWN)


def _is_fernet_key(value: str) -> bool:
    try:
        Fernet(value)
    except ValueError:
        return False
    return True
