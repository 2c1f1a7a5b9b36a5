"""Pairs of documents with the same or nearly the same text: found, listed, decided."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from solution_library.models import (
    Document,
    DocumentKind,
    DocumentVersion,
    DuplicatePair,
    PairState,
    ReviewStatus,
    SignatureBand,
)
from solution_library.similarity import NEAR, Fingerprint, band_keys, similarity_of

#: A place in the table of bands that is none: the version has not been compared yet. It is
#: written with the text and goes with the comparison, so a crash in between loses no pair.
NOT_COMPARED = 1000
#: Of a thousand pages with the same text each is told of the nearest, not of all.
MOST_COMPARED = 200
MOST_PAIRS = 20
MEETING = """
SELECT b.version_id FROM solution_library_signatureband b
JOIN unnest(%s::int[], %s::bigint[]) AS own(band, key) ON own.band = b.band AND own.key = b.key
JOIN solution_library_document d ON d.current_version_id = b.version_id
WHERE d.id <> %s AND d.kind = 'file'
GROUP BY b.version_id ORDER BY count(*) DESC, b.version_id LIMIT %s
"""


def record(version: DocumentVersion, found: Fingerprint) -> None:
    """Keep the fingerprint of the version that has just become current, in the transaction that
    stores its text; what it is like is looked up when that has been committed."""
    version.text_hash, version.signature = found.text_hash, found.signature
    version.save(update_fields=["text_hash", "signature"])
    SignatureBand.objects.filter(version__document_id=version.document_id).delete()
    SignatureBand.objects.bulk_create(_bands(version))
    # Two documents that are stored at the same moment do not see each other before.
    transaction.on_commit(partial(compare, version.pk), robust=True)


def _bands(version: DocumentVersion) -> list[SignatureBand]:
    keys = band_keys(version.signature) if version.signature else []
    rows = [SignatureBand(version=version, band=n, key=key) for n, key in enumerate(keys)]
    return [*rows, SignatureBand(version=version, band=NOT_COMPARED, key=0)]


def compare_rest(check: Callable[[], None] = lambda: None) -> int:
    """Compare what a crash has left uncompared. Returns how many versions that were. `check` is
    called before each, and raises what is to stop it."""
    left = SignatureBand.objects.filter(band=NOT_COMPARED).values_list("version_id", flat=True)
    for version_id in (waiting := list(left)):
        check()
        compare(version_id)
    return len(waiting)


@transaction.atomic
def compare(version_id: int) -> None:
    """Find the documents that a current version is like; pairs that hold no more are dropped,
    unless somebody has decided about them."""
    SignatureBand.objects.filter(version=version_id, band=NOT_COMPARED).delete()
    current = DocumentVersion.objects.filter(document__current_version=F("pk"))
    version = current.filter(pk=version_id, document__kind=DocumentKind.FILE).first()
    if version is None:
        return
    own = version.document_id
    # Before looking: what another comparison finds from here on is not known to be wrong.
    before = list(pairs_of(own).filter(state=PairState.OPEN).values_list("pk", flat=True))
    alike = dict(sorted(_alike(version), key=lambda pair: -pair[1])[:MOST_PAIRS])
    held = [Q(first=min(own, other), second=max(own, other)) for other in alike]
    ours = DuplicatePair.objects.filter(pk__in=before, state=PairState.OPEN)
    ours.exclude(_any(held)).delete() if held else ours.delete()
    rows = [
        DuplicatePair(first_id=min(own, other), second_id=max(own, other), similarity=share)
        for other, share in sorted(alike.items())
    ]
    DuplicatePair.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["first", "second"],
        update_fields=["similarity"],
    )  # fmt: skip


def _any(conditions: Iterable[Q]) -> Q:
    either = Q()
    for condition in conditions:
        either |= condition
    return either


def _alike(version: DocumentVersion) -> Iterable[tuple[int, float]]:
    """Ids of other documents and the share of word sequences that they have in common."""
    for other in _candidates(version):
        same = other.text_hash == version.text_hash
        share = 1.0 if same else similarity_of(version.signature, other.signature)
        # Texts that differ are never said to be the same, however near their signatures are.
        share = share if same else min(share, 0.999)
        if share >= NEAR:
            yield other.document_id, share


def _candidates(version: DocumentVersion) -> QuerySet[DocumentVersion]:
    if not version.text_hash:
        return DocumentVersion.objects.none()
    current = DocumentVersion.objects.filter(
        document__current_version=F("pk"), document__kind=DocumentKind.FILE
    ).exclude(document=version.document_id)
    same = current.filter(text_hash=version.text_hash).order_by("pk").values_list("pk", flat=True)
    ids = {*same[:MOST_PAIRS], *_meeting(version)}
    return current.filter(pk__in=ids).only("document_id", "text_hash", "signature")


def _meeting(version: DocumentVersion) -> list[int]:
    if not version.signature:
        return []
    keys = band_keys(version.signature)
    with connection.cursor() as cursor:
        cursor.execute(
            MEETING, [list(range(len(keys))), keys, version.document_id, MOST_COMPARED]
        )
        return [row[0] for row in cursor.fetchall()]


# -- reading and deciding -------------------------------------------------------------------
def pairs_of(document_id: int) -> QuerySet[DuplicatePair]:
    return DuplicatePair.objects.filter(Q(first=document_id) | Q(second=document_id))


def visible_pairs(user: Any) -> QuerySet[DuplicatePair]:
    """Pairs of which `user` may open both documents: the other's title is not for everybody."""
    readable = Document.objects.for_user(user).values("pk")
    return DuplicatePair.objects.filter(first__in=readable, second__in=readable)


def open_pairs(user: Any) -> QuerySet[DuplicatePair]:
    """Visible pairs to be decided: both documents are in use. One that is put away stays a pair,
    and is open again when it comes back."""
    away = (ReviewStatus.ARCHIVED, ReviewStatus.REJECTED)
    pairs = visible_pairs(user).filter(state=PairState.OPEN)
    return pairs.exclude(first__review_status__in=away).exclude(second__review_status__in=away)


def with_duplicates(document_ids: list[int], user: Any) -> set[int]:
    """Those of the documents that are part of an open pair; one query."""
    pairs = open_pairs(user).filter(Q(first__in=document_ids) | Q(second__in=document_ids))
    found = {pk for pair in pairs.values_list("first", "second") for pk in pair}
    return found.intersection(document_ids)


def keep_both(pair: DuplicatePair, user: Any) -> bool:
    """Both documents are wanted. False if somebody has said so before."""
    open_one = DuplicatePair.objects.filter(pk=pair.pk, state=PairState.OPEN)
    return bool(open_one.update(state=PairState.KEPT, decided_by=user))


def ask_again(pair: DuplicatePair) -> bool:
    """Take back that both are wanted."""
    kept = DuplicatePair.objects.filter(pk=pair.pk, state=PairState.KEPT)
    return bool(kept.update(state=PairState.OPEN, decided_by=None))
