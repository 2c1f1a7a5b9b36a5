"""A text field whose value is encrypted at rest with the keys in settings.FIELD_KEYS."""

from typing import Any, NoReturn

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from audit.known_secrets import KNOWN

SHOWN = 4
#: Of a shorter secret, four characters would be too much.
SHORTEST_SHOWN = 12


class KeyUnreadable(Exception):
    """The stored secret cannot be decrypted with the keys this process has."""


class Secret:
    """A secret that shows its last four characters and nothing more. `reveal()` where used."""

    def __init__(self, value: str) -> None:
        self._value = value
        KNOWN.learn(value)  # no log line will ever show it

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        if len(self._value) < SHORTEST_SHOWN:
            return "…" if self._value else ""
        return f"…{self._value[-SHOWN:]}"

    __repr__ = __str__

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled: it would lie in clear in a cache or a queue.")


def cipher() -> MultiFernet:
    """Encrypts with the first of the keys, decrypts with any. Raises KeyUnreadable."""
    if not settings.FIELD_KEYS:
        raise KeyUnreadable("FIELD_KEYS is not set, so stored keys can be neither kept nor read.")
    try:
        return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
    except ValueError:
        # Without the original, whose text could quote the key.
        text = "FIELD_KEYS holds something that is no Fernet key (32 bytes in URL-safe base64)."
    raise KeyUnreadable(text)


class SecretAttribute(DeferredAttribute):
    """Makes a Secret of whatever is assigned, so that no instance holds a key in clear."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class EncryptedField(models.TextField[Any, Any]):
    """Holds a `Secret`. Reading with a wrong key raises KeyUnreadable, never ciphertext."""

    descriptor_class = SecretAttribute

    def from_db_value(self, value: str | None, *_: Any) -> Secret:
        if not value:
            return Secret("")
        try:
            return Secret(cipher().decrypt(value.encode()).decode())
        except InvalidToken as error:
            raise KeyUnreadable("This key was stored under another FIELD_KEYS.") from error

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> str:
        secret = self.to_python(value)
        return cipher().encrypt(secret.reveal().encode()).decode() if secret else ""

    def value_to_string(self, obj: models.Model) -> str:
        """A dump of the database holds no secrets: they are entered again after a restore."""
        return ""
