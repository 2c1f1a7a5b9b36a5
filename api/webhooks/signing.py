"""Signatures of messages: HMAC-SHA256 over “TIMESTAMP.BODY”, so that an old message cannot be sent
again under a new time."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

SIGNATURE = "Spelunker-Signature"
DELIVERY = "Spelunker-Delivery"
EVENT = "Spelunker-Event"
#: So that scanners of leaked secrets know one when they see it.
MARK = "whs_"


def new_secret() -> str:
    return MARK + secrets.token_urlsafe(32)


def signature(secret_texts: Iterable[str], timestamp: int, body: bytes) -> str:
    """The header: the time and one `v1` for each secret that signs now."""
    signed = f"{timestamp}.".encode() + body
    made = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in secret_texts]
    return ",".join([f"t={timestamp}", *(f"v1={each}" for each in made)])
