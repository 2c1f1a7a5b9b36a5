"""Secrets at rest that are not fields of ours: sealed under the first of settings.FIELD_KEYS,
opened with any of them."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from accounts.errors import SecretUnreadable


def seal(text: str) -> str:
    """Raises SecretUnreadable if there is no key to seal it with."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises SecretUnreadable."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable("This was sealed with FIELD_KEYS that are not here.") from error


def is_current(sealed: str) -> bool:
    """Whether it is sealed under the first key, to which a rotation brings all."""
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _keys() -> MultiFernet:
    if not settings.FIELD_KEYS:
        raise SecretUnreadable("FIELD_KEYS is not set, so nothing can be sealed or opened.")
    try:
        return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
    except ValueError:
        # Without the original, whose text could quote the key.
        text = "FIELD_KEYS holds something that is no Fernet key (32 bytes in URL-safe base64)."
    raise SecretUnreadable(text)
