"""Documents that come with an RFP: taken in, replaced by a newer state, removed.

Each is a document of its own, whatever the library or another RFP has: what one buyer sent must
not be known by what another sent.
"""

from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.db.models import ProtectedError

from jobs.dispatch import Step, enqueue_chain
from rfp_manager.models import RFP, InformationDocument, SummaryJob
from rfp_manager.summaries import SUMMARIZE, key_of
from solution_library.ingest import (
    EMBED_DOCUMENT,
    UploadRefused,
    add_version,
    clean_name,
    digest_of,
    receive,
    within_quota,
)
from solution_library.models import Document, DocumentKind, EmbeddingJob
from solution_library.removal import RemovalRefused, remove
from solution_library.unpacking import is_archive

#: A tender has some dozens of documents; more is an archive of something else.
MOST_DOCUMENTS = 200


@dataclass(frozen=True)
class Attached:
    """What became of a file: `created` is false where the RFP has it already."""

    information: InformationDocument
    created: bool


class DetachRefused(Exception):
    """The document cannot be removed; the message says why and what to do instead."""


def attach(rfp: RFP, stream: IO[bytes], *, filename: str, user: Any) -> Attached:
    """Take a file in that came with the RFP; it is read and summarised by itself. Raises
    UploadRefused."""
    name = clean_name(filename)
    _refuse_archive(stream, name)
    digest = digest_of(stream, name)
    with transaction.atomic(), within_quota():
        # Two uploads of one file at the same moment come one after the other.
        RFP.objects.select_for_update(no_key=True).get(pk=rfp.pk)
        known = _holding(rfp, digest)
        if known is not None:
            return Attached(known, created=False)
        _refuse_too_many(rfp, name)
        received = receive(
            stream, filename=name, user=user, embed=False, kind=DocumentKind.INFORMATION
        )
        information = InformationDocument.objects.create(
            rfp=rfp, document=received.document, title=received.document.title
        )
        _read_and_summarise(information, user)
    return Attached(information, created=True)


def replace_file(
    information: InformationDocument, stream: IO[bytes], *, filename: str, user: Any
) -> bool:
    """Take a newer state of a document, which is read and summarised anew; the old one serves
    until then. False if this is the file that it has. Raises UploadRefused."""
    name = clean_name(filename)
    if information.document.kind != DocumentKind.INFORMATION:
        raise UploadRefused("This is a document of the library. Add the new version there.")
    _refuse_archive(stream, name)
    digest = digest_of(stream, name)
    with transaction.atomic(), within_quota():
        RFP.objects.select_for_update(no_key=True).get(pk=information.rfp_id)
        other = _holding(information.rfp, digest)
        if other is not None and other.pk != information.pk:
            raise UploadRefused(f"This file came with the RFP too, as “{other.title}”.")
        if other is not None:
            return False
        document = Document.objects.get(pk=information.document_id)
        version = add_version(document, stream, name, digest, user=user)
        _read_and_summarise(information, user, once=f":version:{version.number}")
    return True


def detach(information: InformationDocument) -> None:
    """Remove a document with its summary and findings. Raises DetachRefused while answers rest
    on it."""
    document = information.document
    try:
        with transaction.atomic():
            information.delete()
            if document.kind == DocumentKind.INFORMATION:
                remove(document)
    except (RemovalRefused, ProtectedError) as error:
        raise DetachRefused(
            f"Answers cite “{information.title}”, so it stays. Replace it with its newest state, "
            "or draft or edit those answers first."
        ) from error


def _holding(rfp: RFP, digest: str) -> InformationDocument | None:
    return rfp.information_documents.filter(document__sha256=digest).first()


def _refuse_archive(stream: IO[bytes], name: str) -> None:
    if is_archive(stream):
        raise UploadRefused(f"“{name}” is an archive. Unpack it and upload the files in it.")


def _refuse_too_many(rfp: RFP, name: str) -> None:
    if rfp.information_documents.count() >= MOST_DOCUMENTS:
        raise UploadRefused(
            f"“{name}” was not taken: an RFP can have {MOST_DOCUMENTS} such documents. Put those "
            "that are not about this tender alone into the library."
        )


def _read_and_summarise(information: InformationDocument, user: Any, *, once: str = "") -> None:
    """Queue the reading, and the summary behind it. `once` keeps those of a new version apart
    from work on the one before."""
    title = information.title
    reading = EmbeddingJob(
        document=information.document, started_by=user, title=f"Read “{title}”"[:200]
    )
    summary = SummaryJob(
        information_document=information, started_by=user, title=f"Summarise “{title}”"[:200]
    )
    enqueue_chain(
        Step(EMBED_DOCUMENT, reading, {"dedup_key": f"document:{information.document_id}{once}"}),
        Step(SUMMARIZE, summary, {"dedup_key": key_of(information) + once}),
    )
