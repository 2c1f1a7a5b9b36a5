"""A text field whose value is encrypted at rest with the keys in settings.FIELD_KEYS."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class KeyUnreadable(Exception):
    """The stored secret cannot be decrypted with the keys this process has."""


class Secret:
    """A secret that shows its last four characters and nothing more. `reveal()` where used."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return f"…{self._value[-4:]}" if len(self._value) >= 12 else ("…" if self._value else "")

    __repr__ = __str__


def _cipher() -> MultiFernet:
    if not settings.FIELD_KEYS:
        raise KeyUnreadable("FIELD_KEYS is not set, so stored keys can be neither kept nor read.")
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class EncryptedField(models.TextField):
    """Holds a `Secret`. Reading with a wrong key raises KeyUnreadable, never ciphertext."""

    def from_db_value(self, value: str | None, *_: Any) -> Secret:
        if not value:
            return Secret("")
        try:
            return Secret(_cipher().decrypt(value.encode()).decode())
        except InvalidToken as error:
            raise KeyUnreadable("This key was stored under another FIELD_KEYS.") from error

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> str:
        secret = self.to_python(value)
        return _cipher().encrypt(secret.reveal().encode()).decode() if secret else ""
