"""Hands stored files out so that no browser runs or guesses anything in them."""

from django.core.files.base import File
from django.http import FileResponse

#: A file of somebody else's making is never a page of ours.
SANDBOX = "default-src 'none'; sandbox"


def attachment(file: "File[bytes]", name: str, media_type: str = "") -> FileResponse:
    """`file` to be saved under `name`. Raises FileNotFoundError if it is not stored any more."""
    opened = file.open("rb")
    response = FileResponse(
        opened,
        as_attachment=True,
        filename=safe_name(name),
        content_type=media_type or "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    return response


def safe_name(name: str) -> str:
    """The last part of a path without what a header or a file system trips over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign.isprintable()).strip(" .")
    return kept[-200:] or "download"
