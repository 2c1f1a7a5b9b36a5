"""New versions of a document that people bring, and older ones brought back."""

from typing import IO, Any

from solution_library.ingest import (
    Received,
    UploadRefused,
    add_version,
    clean_name,
    digest_of,
    only_one,
    read_newest,
    refuse_unseen,
    within_quota,
)
from solution_library.models import Document, DocumentVersion
from solution_library.reviewing import check_may_review


def add_new_version(document: Document, stream: IO[bytes], *, filename: str, user: Any) -> Received:
    """Take a file as the document's next version. Raises UploadRefused, ReviewRefused."""
    check_may_review(user, document)
    if document.source_id is not None:
        raise UploadRefused("Its source brings new versions of this document. Change it there.")
    name = clean_name(filename)
    digest = digest_of(stream, name)
    return _add(document, stream, name, digest, user=user)


def restore(version: DocumentVersion, user: Any) -> Received:
    """Make the file of an older version the document's newest again: as a version of its own, so
    that nothing of what was in between is lost. Raises UploadRefused, ReviewRefused."""
    document = version.document
    check_may_review(user, document)
    if document.source_id is not None:
        raise UploadRefused("Its source would bring the newer text back. Change it there.")
    note = f"Version {version.number} restored"
    try:
        with version.file.open("rb") as stream:
            return _add(document, stream, version.filename, version.sha256, user=user, note=note)
    except FileNotFoundError as error:
        raise UploadRefused("The file of this version is not stored any more.") from error


def _add(
    document: Document,
    stream: IO[bytes],
    name: str,
    digest: str,
    *,
    user: Any,
    note: str = "",
) -> Received:
    with only_one(name), within_quota():
        held = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
        if held.sha256 == digest:
            return Received(held, created=False, duplicate=True)
        _refuse_elsewhere(digest, user)
        add_version(held, stream, name, digest, user=user, note=note)
        read_newest(held, user)
    return Received(held, created=False, duplicate=False, new_version=True)


def _refuse_elsewhere(digest: str, user: Any) -> None:
    other = Document.objects.of_library().filter(source=None, sha256=digest).first()
    if other is not None:
        refuse_unseen(other, user)
        raise UploadRefused(
            f"This file is a document of its own already: “{other.title}”. Remove that first."
        )
