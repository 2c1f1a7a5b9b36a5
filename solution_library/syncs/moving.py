"""A source gets another address, and its documents move along."""

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from solution_library.fetching import FetchRefused, parse_target
from solution_library.models import Document, DocumentationSource, SourceKind
from solution_library.sources.pages import normalised

#: The choice of a person who says that the documents are the same at the new place.
SAME = "same"
#: The names of their documents say where they are; the others' are relative to the place.
BY_ADDRESS = (SourceKind.WEBSITE, SourceKind.SITEMAP, SourceKind.FEED, SourceKind.SINGLE_URL)


class CannotMove(Exception):
    """The message says why, for people."""


def move_along(source: DocumentationSource, location: str) -> int:
    """Give a source a new place where it has the same documents, and say how many were renamed
    for that. All are read again in full by the next sync. Raises CannotMove."""
    old = source.location
    try:
        with transaction.atomic():
            DocumentationSource.objects.filter(pk=source.pk).update(
                location=location, stale_since=None
            )
            documents = Document.objects.filter(source=source)
            documents.update(etag="", last_modified="", source_links=None, gone_count=0)
            return _rename(source, old, location) if source.kind in BY_ADDRESS else 0
    except (FetchRefused, IntegrityError) as error:
        raise CannotMove(
            "The documents cannot be renamed to the new address: some are there already. Choose "
            "another end for the old ones."
        ) from error


def _rename(source: DocumentationSource, old: str, new: str) -> int:
    before, after = parse_target(old), parse_target(new)
    documents = Document.objects.filter(source=source)
    if source.kind == SourceKind.SINGLE_URL:
        address = normalised(after).url
        return documents.update(source_key=address, path=address)
    named = documents.filter(source_key__startswith=before.origin + "/")
    tail = Substr("source_key", len(before.origin) + 1)
    moved = Concat(Value(after.origin), tail)
    return named.update(source_key=moved, path=moved)
