"""The settings of a stored source as its kind takes them, secrets included."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solution_library.models import DocumentationSource

#: Where a kind expects its place; the others take an address.
PLACES = {"folder": "path", "s3": "bucket"}
#: Kinds with more than one secret keep them as JSON.
SECRETS = {"git": ("token",), "s3": ("access_key", "secret_key")}


def source_config(source: "DocumentationSource") -> dict[str, Any]:
    """The adapter's settings: the stored ones, the place and the secrets. Never to be stored."""
    stored = {k: v for k, v in source.config.items() if k not in ("path", "url", "bucket")}
    secret = source.credentials.reveal() if source.credentials else ""
    return {**stored, place_name(source.kind): source.location, **unpacked(source.kind, secret)}


def place_name(kind: str) -> str:
    return PLACES.get(kind, "url")


def packed(kind: str, secrets: dict[str, str]) -> str:
    """Secrets as one text for the encrypted column; "" where none is given."""
    given = {name: secrets[name] for name in SECRETS.get(kind, ()) if secrets.get(name)}
    if not given:
        return ""
    return given["token"] if kind == "git" else json.dumps(given)


def unpacked(kind: str, secret: str) -> dict[str, str]:
    names = SECRETS.get(kind, ())
    if not secret or not names:
        return {}
    if names == ("token",):
        return {"token": secret}
    try:
        stored = json.loads(secret)
    except ValueError:
        return {}
    return {name: str(stored[name]) for name in names if isinstance(stored.get(name), str)}
