"""Takes documents out of the library for good."""

from functools import partial

from django.db import transaction
from django.db.models import ProtectedError

from solution_library.models import Document, DocumentVersion


class RemovalRefused(Exception):
    """The document is still needed; the message says by what and what to do instead."""


def remove(document: Document) -> None:
    """Delete a document with its versions, passages and files. Raises RemovalRefused."""
    files = [version.file for version in DocumentVersion.objects.filter(document=document)]
    try:
        with transaction.atomic():
            document.delete()
    except ProtectedError as error:
        raise RemovalRefused(
            f"“{document.title}” is still needed: answers or RFPs refer to it. Archive it "
            "instead; it will then no longer feed new answers."
        ) from error
    for file in filter(None, files):
        # After the commit: a file without a row wastes space, a row without a file loses data.
        transaction.on_commit(partial(file.storage.delete, str(file.name)))
